#include "serve/postgres/frontend.h"

#include <gtest/gtest.h>

namespace kappa::serve::postgres {
namespace {

using namespace std::string_literals;

TEST(Frontend, StartUp) {
  auto startup = parse_startup("\0\3\0\0user\0ada\0database\0d\0\0"s);
  ASSERT_TRUE(startup.ok());
  const auto& message = std::get<StartupMessage>(*startup);
  EXPECT_EQ(message.parameters.size(), 2u);
  EXPECT_EQ(message.parameters[0].second, "ada");
  EXPECT_TRUE(std::holds_alternative<SslRequest>(*parse_startup("\x04\xd2\x16\x2f"s)));
  EXPECT_TRUE(std::holds_alternative<GssRequest>(*parse_startup("\x04\xd2\x16\x30"s)));
  auto cancel = parse_startup("\x04\xd2\x16\x2e\0\0\0\1\0\0\0\2"s);
  ASSERT_TRUE(cancel.ok());
  EXPECT_EQ(std::get<CancelRequest>(*cancel).secret, 2);
}

TEST(Frontend, Bind) {
  const std::string body = "p\0s\0\0\1\0\1\0\2\0\0\0\1x\xff\xff\xff\xff\0\1\0\1"s;
  auto bind = parse_bind(body);
  ASSERT_TRUE(bind.ok());
  EXPECT_EQ(bind->portal, "p");
  EXPECT_EQ(bind->statement, "s");
  ASSERT_EQ(bind->values.size(), 2u);
  EXPECT_EQ(bind->values[0].bytes, "x");
  EXPECT_TRUE(bind->values[1].is_null);
  EXPECT_EQ(format_at(bind->parameter_formats, 1), 1);
  EXPECT_EQ(format_at(bind->result_formats, 7), 1);
}

// A body that ends early, at any byte, or goes on, is refused.
template <typename Parse>
void expect_exact(const std::string& body, Parse parse) {
  EXPECT_TRUE(parse(body).ok());
  for (size_t size = 0; size < body.size(); ++size) {
    EXPECT_FALSE(parse(std::string_view(body).substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(parse(body + "x").ok());
}

TEST(Frontend, RefusesShortAndLongBodies) {
  expect_exact("p\0s\0\0\1\0\1\0\1\0\0\0\1x\0\1\0\1"s, parse_bind);
  expect_exact("s\0SELECT 1\0\0\1\0\0\0\x17"s, parse_parse);
  expect_exact("Sname\0"s, parse_target);
  expect_exact("name\0\0\0\0\5"s, parse_execute);
  expect_exact("text\0"s, parse_text);
}

TEST(Frontend, RefusesWrongCountsAndFormats) {
  EXPECT_FALSE(parse_bind("\0\0\0\0\xff\xff\0\0"s).ok());      // 65,535 values, none there
  EXPECT_FALSE(parse_bind("\0\0\0\1\0\2\0\0\0\0"s).ok());      // format 2
  EXPECT_FALSE(parse_bind("\0\0\0\2\0\0\0\1\0\0\0\0"s).ok());  // two formats, no values
  EXPECT_FALSE(parse_bind("\0\0\0\0\0\1\xff\xff\xff\xfe\0\0"s).ok());
  EXPECT_FALSE(parse_target("Xname\0"s).ok());
  EXPECT_FALSE(parse_startup("\0\2\0\0"s).ok());
}

}  // namespace
}  // namespace kappa::serve::postgres
