// The form of the files, as its parser sees it.

#include "sql/runner/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kappa::sql_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Script, CommandsAreBlocksBetweenEmptyLines) {
  auto commands = parse_script(R"(# words about the file
statement ok
CREATE TABLE t
  (id BIGINT);

ingest t partition 1
{"id": 1}
{"id": 2}

step

query IT rowsort
SELECT id, 'a b' FROM t
----
1	a b
2    a b
)");
  ASSERT_TRUE(commands.ok()) << commands.status();
  ASSERT_EQ(commands->size(), 4u);
  const auto& [create, ingest, step, query] =
      std::tie((*commands)[0], (*commands)[1], (*commands)[2], (*commands)[3]);
  EXPECT_EQ(create.sql, "CREATE TABLE t\n  (id BIGINT);\n");
  EXPECT_EQ(create.line, 2);
  EXPECT_THAT(ingest.words, ElementsAre("t", "partition", "1"));
  EXPECT_THAT(ingest.lines, ElementsAre("{\"id\": 1}", "{\"id\": 2}"));
  EXPECT_EQ(step.kind, CommandKind::kStep);
  EXPECT_THAT(query.words, ElementsAre("IT", "rowsort"));
  EXPECT_THAT(query.expected, ElementsAre("1\ta b", "2\ta b"));
}

TEST(Script, ARefusalCarriesItsRegularExpressionWhole) {
  auto commands = parse_script("statement error unknown .* source\nSELECT 1\n");
  ASSERT_TRUE(commands.ok()) << commands.status();
  EXPECT_EQ((*commands)[0].argument, "unknown .* source");
}

TEST(Script, AQueryMayExpectNoRows) {
  auto commands = parse_script("query I\nSELECT 1 WHERE false\n----\n\nstep\n");
  ASSERT_TRUE(commands.ok()) << commands.status();
  EXPECT_THAT((*commands)[0].expected, IsEmpty());
}

TEST(Script, MistakesAreReportedWithTheirLine) {
  for (const auto& [text, line] :
       std::vector<std::pair<std::string, std::string>>{{"\n\nselect 1\n", "line 3"},
                                                        {"statement ok\n\nstep\n", "line 1"},
                                                        {"query I\nSELECT 1\n", "line 1"},
                                                        {"query\nSELECT 1\n----\n1\n", "line 1"},
                                                        {"ingest\n{}\n", "line 1"},
                                                        {"ingest t\n\nstep\n", "line 1"},
                                                        {"step\nnow\n", "line 1"}}) {
    auto commands = parse_script(text);
    ASSERT_FALSE(commands.ok()) << text;
    EXPECT_THAT(std::string(message_of(commands.status())), testing::HasSubstr(line)) << text;
  }
}

}  // namespace
}  // namespace kappa::sql_test
