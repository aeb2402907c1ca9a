#include "engine/sql_text.h"

#include <gtest/gtest.h>

namespace kappa::engine {
namespace {

TEST(SqlText, DoublesItsOwnMarkOnly) {
  EXPECT_EQ(quote_identifier("flights"), "\"flights\"");
  EXPECT_EQ(quote_identifier("a\"b'c"), "\"a\"\"b'c\"");
  EXPECT_EQ(quote_literal("Europe/Zurich"), "'Europe/Zurich'");
  EXPECT_EQ(quote_literal("it's \"so\""), "'it''s \"so\"'");
  EXPECT_EQ(quote_literal(""), "''");
}

}  // namespace
}  // namespace kappa::engine
