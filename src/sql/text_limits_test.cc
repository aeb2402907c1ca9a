#include "sql/text_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/error.h"

namespace kappa::sql {
namespace {

std::string repeat(const std::string& text, size_t count) {
  std::string all;
  for (size_t i = 0; i < count; i++) all += text;
  return all;
}

TEST(TextLimits, OrdinaryTextsPass) {
  EXPECT_TRUE(check_text("").ok());
  EXPECT_TRUE(check_text("SELECT (a + -1.5e3)[2], {'k': '((('} FROM t; -- ((((").ok());
  EXPECT_TRUE(check_text("SELECT " + repeat("(", 500) + "1" + repeat(")", 500)).ok());
  EXPECT_TRUE(check_text(repeat("SELECT (1);", 1000)).ok());
}

TEST(TextLimits, NestingIsBounded) {
  Status status = check_text("SELECT é, " + repeat("([{", 200));
  EXPECT_EQ(error_of(status).sqlstate, "54001");
  EXPECT_EQ(error_of(status).position, 10 + 501);
  EXPECT_EQ(message_of(status),
            "statement too complex: the text is nested more than 500 levels deep");
  EXPECT_FALSE(check_text("SELECT " + repeat("- ", 501) + "1").ok());
}

TEST(TextLimits, BracketsInQuotesAndCommentsDoNotCount) {
  const std::string many = repeat("(", 600);
  EXPECT_TRUE(check_text("SELECT '" + many + "', \"" + many + "\"").ok());
  EXPECT_TRUE(check_text("SELECT 'it''s " + many + "'").ok());
  EXPECT_TRUE(check_text("SELECT E'\\'" + many + "'").ok());
  EXPECT_TRUE(check_text("SELECT $x$" + many + "$y$$x$, $1").ok());
  EXPECT_TRUE(check_text("/* " + many + " */ SELECT 1 -- " + many).ok());
  EXPECT_FALSE(check_text("SELECT 'x', '\\', " + many).ok());
}

TEST(TextLimits, TheNumberOfTokensIsBounded) {
  Status status = check_text(repeat("a ", kTextTokensMax + 1));
  EXPECT_EQ(error_of(status).sqlstate, "54001");
  EXPECT_THAT(error_of(status).hint, testing::HasSubstr("COPY"));
  EXPECT_TRUE(check_text("SELECT '" + std::string(4 * kTextTokensMax, 'x') + "'").ok());
}

TEST(TextLimits, NumbersAreBounded) {
  EXPECT_TRUE(check_text("SELECT " + std::string(kNumberBytesMax, '9')).ok());
  EXPECT_FALSE(check_text("SELECT 0." + std::string(kNumberBytesMax, '9')).ok());
  EXPECT_TRUE(check_text("SELECT a" + std::string(2 * kNumberBytesMax, '9')).ok());
}

TEST(TextLimits, WhatIsUnterminatedEndsWithTheText) {
  for (const char* text : {"'", "\"", "$a$", "/*", "--", "E'\\", "$", "SELECT 1."})
    EXPECT_TRUE(check_text(text).ok()) << text;
}

}  // namespace
}  // namespace kappa::sql
