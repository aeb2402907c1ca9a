// Where a setting's value comes from, and what is said about one that does not exist.

#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/nearest.h"

namespace kappa::app {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

const char* no_variable(const char*) { return nullptr; }

TEST(Settings, TheNearerPlaceWins) {
  auto variable = [](const char* name) -> const char* {
    return std::string(name) == "KAPPA_WORKERS" || std::string(name) == "KAPPA_DATA" ? "from env"
                                                                                     : nullptr;
  };
  SettingValues file = {{"workers", "from file"}, {"memory", "from file"}};
  SettingValues values = resolve_settings({{"data", "from flag"}}, variable, file);
  EXPECT_EQ(values["data"], "from flag");
  EXPECT_EQ(values["workers"], "from env");
  EXPECT_EQ(values["memory"], "from file");
  EXPECT_EQ(values["sql.listen"], "127.0.0.1:7432");
}

TEST(Settings, OneNameThreeSpellings) {
  Setting setting{.name = "kafka.listen"};
  EXPECT_EQ(flag_of(setting), "--kafka-listen");
  EXPECT_EQ(variable_of(setting), "KAPPA_KAFKA_LISTEN");
}

TEST(Settings, AFileHasSectionsAndNumbers) {
  auto values = parse_settings(
      "data = '/srv/kappa'\nworkers = 3\n[kafka]\nlisten = 'localhost:0'\n", "kappa.toml");
  ASSERT_TRUE(values.ok()) << values.status();
  EXPECT_THAT(*values, UnorderedElementsAre(Pair("data", "/srv/kappa"), Pair("workers", "3"),
                                            Pair("kafka.listen", "localhost:0")));
}

TEST(Settings, AnUnknownKeyNamesItsPlaceAndTheNearest) {
  auto values = parse_settings("workers = 3\n[kafka]\nlisten_on = ':9092'\n", "kappa.toml");
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(
      std::string(message_of(values.status())),
      HasSubstr("kappa.toml:3: unknown setting kafka.listen_on; did you mean kafka.listen?"));
  values = parse_settings("xyzzy = 1\n", "kappa.toml");
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(std::string(message_of(values.status())), HasSubstr("known are data, kafka.listen"));
}

TEST(Settings, BrokenFilesAreRefusedWithTheLine) {
  for (const auto& [toml, message] : std::vector<std::pair<std::string, std::string>>{
           {"workers = \n", "kappa.toml:1"},
           {"\nworkers = [1, 2]\n", "kappa.toml:2: workers must be a text or a whole number"},
           {"workers = 1\nworkers = 2\n", "kappa.toml:2"}}) {
    auto values = parse_settings(toml, "kappa.toml");
    ASSERT_FALSE(values.ok()) << toml;
    EXPECT_EQ(values.status().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(message_of(values.status())), HasSubstr(message));
  }
}

TEST(Settings, AMissingFileIsNotFound) {
  EXPECT_EQ(read_settings_file("no/such/file.toml").status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(read_settings_file(testing::TempDir()).ok());  // a directory
}

TEST(Settings, DefaultsCoverEveryName) {
  SettingValues values = resolve_settings({}, no_variable, {});
  for (const Setting& setting : server_settings()) EXPECT_TRUE(values.contains(setting.name));
}

TEST(NearestWord, IsTheOneWithTheFewestChanges) {
  std::vector<std::string> known = {"data", "workers", "memory"};
  EXPECT_EQ(nearest_word("worker", known), "workers");
  EXPECT_EQ(nearest_word("date", known), "data");
  EXPECT_EQ(nearest_word("completely different", {}), "");
  EXPECT_EQ(nearest_word("q", known), "");
}

}  // namespace
}  // namespace kappa::app
