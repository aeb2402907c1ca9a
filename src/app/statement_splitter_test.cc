// Where one statement ends and the next begins.

#include "app/statement_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace kappa::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> split(std::string_view text) {
  StatementSplitter splitter;
  splitter.add(text);
  std::vector<std::string> statements;
  while (auto statement = splitter.next()) statements.push_back(*statement);
  if (std::string rest = splitter.rest(); !rest.empty()) statements.push_back("rest:" + rest);
  return statements;
}

TEST(StatementSplitter, CutsAtSemicolons) {
  EXPECT_THAT(split("SELECT 1;SELECT 2; SELECT 3"),
              ElementsAre("SELECT 1", "SELECT 2", "rest: SELECT 3"));
}

TEST(StatementSplitter, QuotesAndCommentsHideThem) {
  EXPECT_THAT(split("SELECT ';';"), ElementsAre("SELECT ';'"));
  EXPECT_THAT(split("SELECT 'it''s;' AS \"a;b\";"), ElementsAre("SELECT 'it''s;' AS \"a;b\""));
  EXPECT_THAT(split("SELECT E'\\';';x;"), ElementsAre("SELECT E'\\';'", "x"));
  EXPECT_THAT(split("SELECT 1 -- one; or\n+ 1;"), ElementsAre("SELECT 1 -- one; or\n+ 1"));
  EXPECT_THAT(split("SELECT /* a; /* b; */ c; */ 1;"),
              ElementsAre("SELECT /* a; /* b; */ c; */ 1"));
  EXPECT_THAT(split("SELECT $$a;b$$, $x$;$$;$x$, $1;"),
              ElementsAre("SELECT $$a;b$$, $x$;$$;$x$, $1"));
}

TEST(StatementSplitter, NothingIsNoStatement) {
  EXPECT_THAT(split(" ;; \n; -- only words\n /* and more */ ;"), IsEmpty());
}

TEST(StatementSplitter, TextMayComeInPieces) {
  StatementSplitter splitter;
  splitter.add("SELECT 'a;");
  EXPECT_EQ(splitter.next(), std::nullopt);
  EXPECT_FALSE(splitter.is_empty());
  splitter.add("b';\n");
  EXPECT_EQ(splitter.next(), "SELECT 'a;b'");
  EXPECT_TRUE(splitter.is_empty());
}

}  // namespace
}  // namespace kappa::app
