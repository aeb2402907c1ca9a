#include "serve/postgres/numeric.h"

#include <gtest/gtest.h>

namespace kappa::serve::postgres {
namespace {

using namespace std::string_literals;

std::string binary(std::string_view text) {
  std::string bytes;
  append_numeric(bytes, text);
  return bytes;
}

TEST(Numeric, KnownBytes) {
  EXPECT_EQ(binary("0"), "\0\0\0\0\0\0\0\0"s);
  EXPECT_EQ(binary("1"), "\0\1\0\0\0\0\0\0\0\1"s);
  EXPECT_EQ(binary("-12345.6700"), "\0\3\0\1\x40\0\0\4\0\1\x09\x29\x1a\x2c"s);
  EXPECT_EQ(binary("0.0001"), "\0\1\xff\xff\0\0\0\4\0\1"s);
}

TEST(Numeric, ComesBackAsItWent) {
  for (const char* text :
       {"0", "0.00", "1", "-1", "10000", "9999", "100000000", "0.5", "-0.05", "123456789.987654321",
        "0.00000001", "99999999999999999999999999999999999999", "1200.0", "-10000.0001"}) {
    auto back = numeric_text(binary(text));
    ASSERT_TRUE(back.ok()) << text;
    EXPECT_EQ(*back, text);
  }
}

TEST(Numeric, SpecialAndMalformed) {
  EXPECT_EQ(*numeric_text("\0\0\0\0\xc0\0\0\0"s), "NaN");
  EXPECT_EQ(*numeric_text("\0\0\0\0\xf0\0\0\0"s), "-Infinity");
  EXPECT_FALSE(numeric_text("").ok());
  EXPECT_FALSE(numeric_text("\0\2\0\0\0\0\0\0\0\1"s).ok());      // a digit is missing
  EXPECT_FALSE(numeric_text("\0\1\0\0\0\0\0\0\x27\x10"s).ok());  // a digit of 10,000
  EXPECT_FALSE(numeric_text("\0\0\x7f\xff\0\0\0\0"s).ok());      // weight beyond the limit
  EXPECT_FALSE(numeric_text("\0\0\0\0\0\0\xff\xff"s).ok());      // scale below zero
  EXPECT_FALSE(numeric_text("\xff\xff\0\0\0\0\0\0"s).ok());
}

}  // namespace
}  // namespace kappa::serve::postgres
