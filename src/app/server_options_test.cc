// What the settings' texts may say.

#include "app/server_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kappa::app {
namespace {

SettingValues values_with(const std::string& name, const std::string& value) {
  SettingValues flags;
  flags[name] = value;
  return resolve_settings(flags, [](const char*) -> const char* { return nullptr; }, {});
}

TEST(ServerOptions, DefaultsAreLoopbackAndTheMachinesOwnSize) {
  auto options = parse_server_options(values_with("data", "d"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(to_string(options->kafka), "127.0.0.1:9092");
  EXPECT_EQ(to_string(options->sql), "127.0.0.1:7432");
  EXPECT_GE(options->worker_count, 1u);
  EXPECT_GE(options->memory_bytes, int64_t{64} << 20);
}

TEST(ServerOptions, GroupsHaveKafkasDefaultsButDoNotWaitOnLoopback) {
  auto options = parse_server_options(values_with("data", "d"));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->broker.groups.initial_rebalance_delay_ms, 0);
  EXPECT_EQ(options->broker.groups.offsets_retention_ms, int64_t{7} * 24 * 3600 * 1000);
  auto given = parse_server_options(values_with("group.initial.rebalance.delay.ms", "500"));
  EXPECT_EQ(given->broker.groups.initial_rebalance_delay_ms, 500);
}

TEST(ServerOptions, TheLeastThatAGroupMaySetIsNotMoreThanTheMost) {
  auto refused =
      parse_server_options(values_with("group.consumer.min.session.timeout.ms", "60001"));
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(message_of(refused.status())),
              testing::HasSubstr("group.consumer.max.session.timeout.ms: 60000 is less than"));
}

TEST(ServerOptions, GroupSettingsAreWholeNumbersWithinBounds) {
  for (const char* name :
       {"group.max.size", "offsets.retention.minutes", "offset.metadata.max.bytes",
        "group.initial.rebalance.delay.ms", "group.min.session.timeout.ms",
        "group.consumer.max.size", "group.consumer.session.timeout.ms",
        "group.consumer.heartbeat.interval.ms"}) {
    for (const char* wrong : {"-1", "x", "1.5", "2147483648"}) {
      auto options = parse_server_options(values_with(name, wrong));
      EXPECT_EQ(options.status().code(), StatusCode::kInvalidArgument) << name << "=" << wrong;
    }
  }
  auto crossed = parse_server_options(values_with("group.max.session.timeout.ms", "5"));
  EXPECT_EQ(crossed.status().code(), StatusCode::kInvalidArgument);
}

TEST(ServerOptions, TheMigrationPolicyIsOneOfFour) {
  auto given = parse_server_options(values_with("group.consumer.migration.policy", "upgrade"));
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->broker.groups.migration_policy, kafka::MigrationPolicy::kUpgrade);
  auto wrong = parse_server_options(values_with("group.consumer.migration.policy", "sometimes"));
  EXPECT_EQ(wrong.status().code(), StatusCode::kInvalidArgument);
}

TEST(ServerOptions, HeartbeatsAreMoreFrequentThanSessionsEnd) {
  auto crossed = parse_server_options(values_with("group.consumer.heartbeat.interval.ms", "45000"));
  EXPECT_EQ(crossed.status().code(), StatusCode::kInvalidArgument);
}

TEST(ServerOptions, AddressesAreHostAndPort) {
  EXPECT_EQ(parse_address("[::1]:9092")->host, "::1");
  EXPECT_EQ(to_string(*parse_address("[::1]:9092")), "[::1]:9092");
  EXPECT_EQ(parse_address("localhost:0")->port, 0);
  for (const char* wrong : {"", "9092", ":9092", "host:", "host:x", "host:65536", "host:-1"}) {
    EXPECT_EQ(parse_address(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(ServerOptions, OtherMachinesCannotBeLetInWithoutAuthentication) {
  for (const char* open : {"0.0.0.0:9092", "192.168.1.7:9092", "[::]:9092", "example.org:9092"}) {
    auto options = parse_server_options(values_with("kafka.listen", open));
    ASSERT_EQ(options.status().code(), StatusCode::kPermissionDenied) << open;
    EXPECT_THAT(std::string(message_of(options.status())), testing::HasSubstr("authentication"));
  }
  EXPECT_TRUE(parse_server_options(values_with("kafka.listen", "127.0.0.2:1")).ok());
}

TEST(ServerOptions, SizesHaveUnits) {
  EXPECT_EQ(*parse_size("4096"), 4096);
  EXPECT_EQ(*parse_size("512MiB"), int64_t{512} << 20);
  EXPECT_EQ(*parse_size("2GB"), 2'000'000'000);
  for (const char* wrong : {"", "GiB", "8G", "-1", "8 GiB", "9999999999TiB"}) {
    EXPECT_EQ(parse_size(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(ServerOptions, LimitsNameTheirSetting) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"workers", "0"},
                                                        {"workers", "two"},
                                                        {"workers", "100000"},
                                                        {"memory", "1MiB"},
                                                        {"sql.listen", "nowhere"},
                                                        {"data", ""}}) {
    auto options = parse_server_options(values_with(name, value));
    ASSERT_EQ(options.status().code(), StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(message_of(options.status())), testing::HasSubstr(name));
  }
}

}  // namespace
}  // namespace kappa::app
