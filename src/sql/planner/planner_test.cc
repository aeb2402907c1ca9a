// What is planned and how, and every refusal.

#include "sql/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/error.h"
#include "sql/planner/memory_tables.h"
#include "sql/planner/plan_text.h"

namespace kappa::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PlannerTest : public testing::TablesTest {
 protected:
  std::string plan(const std::string& query) {
    auto view = plan_view(duck(), query);
    return view.ok() ? to_text(*view) : "error: " + std::string(message_of(view.status()));
  }

  SqlError error(const std::string& query) {
    auto view = plan_view(duck(), query);
    EXPECT_FALSE(view.ok()) << query;
    return view.ok() ? SqlError{} : error_of(view.status());
  }

  // Refused as not supported, with a message that names the thing and a hint.
  void expect_refused(const std::string& query, const std::string& start, int position = 0) {
    const SqlError refusal = error(query);
    EXPECT_EQ(refusal.sqlstate, "0A000") << query << ": " << refusal.message;
    EXPECT_THAT(refusal.message, StartsWith(start)) << query;
    EXPECT_EQ(refusal.position, position) << query;
  }
};

TEST_F(PlannerTest, PlansAFilterAndAGroup) {
  EXPECT_EQ(plan("SELECT customer, count(*), sum(amount) FROM orders WHERE amount > 5 GROUP BY 1"),
            "1: aggregate count_star()::BIGINT, sum(#0)::HUGEINT by #1::INTEGER"
            " -> (INTEGER, BIGINT, HUGEINT)\n"
            "  2: filter (#0 > 5)::BOOLEAN -> (INTEGER, INTEGER)\n"
            "    3: input 0 orders(2, 1) -> (INTEGER, INTEGER)\n");
}

TEST_F(PlannerTest, GivesNamesAndTypesOfTheResult) {
  auto view = plan_view(duck(), "SELECT id AS number, upper(status) FROM orders");
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->names, (std::vector<std::string>{"number", "upper(status)"}));
  EXPECT_EQ(view->types, (data::Types{duckdb::LogicalType::BIGINT, duckdb::LogicalType::VARCHAR}));
}

TEST_F(PlannerTest, ReadsARelationOnceWithTheColumnsOfAllItsScans) {
  auto view = plan_view(duck(), "SELECT o.amount FROM orders o JOIN orders p ON o.id = p.customer");
  ASSERT_TRUE(view.ok()) << view.status();
  ASSERT_EQ(view->inputs.size(), 1);
  EXPECT_EQ(view->inputs[0].relation, "orders");
  EXPECT_EQ(view->inputs[0].columns.size(), 3);
}

TEST_F(PlannerTest, CountsRowsThroughOneColumn) {
  auto view = plan_view(duck(), "SELECT count(*) FROM orders");
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->inputs[0].columns, std::vector<size_t>{0});
}

TEST_F(PlannerTest, EqualPartsAreOneNode) {
  const std::string text = plan(
      "SELECT x.n + y.n FROM (SELECT count(*) AS n FROM pairs WHERE a > 1) x, "
      "(SELECT count(*) AS n FROM pairs WHERE a > 1) y");
  EXPECT_THAT(text, HasSubstr("see above"));
  EXPECT_EQ(text.find("filter"), text.rfind("filter"));
}

TEST_F(PlannerTest, EqualTextHasAnEqualFingerprint) {
  auto first = plan_view(duck(), "SELECT a FROM pairs WHERE b = 1");
  auto again = plan_view(duck(), "SELECT a FROM pairs WHERE b = 1");
  auto other = plan_view(duck(), "SELECT a FROM pairs WHERE b = 2");
  auto renamed = plan_view(duck(), "SELECT a AS c FROM pairs WHERE b = 1");
  ASSERT_TRUE(first.ok() && again.ok() && other.ok() && renamed.ok());
  EXPECT_EQ(first->fingerprint, again->fingerprint);
  EXPECT_NE(first->fingerprint, other->fingerprint);
  EXPECT_NE(first->fingerprint, renamed->fingerprint);
}

TEST_F(PlannerTest, ARefusalLeavesTheTransactionUsable) {
  ASSERT_FALSE(duck().Query("BEGIN")->HasError());
  expect_refused("SELECT random() FROM pairs", "function random()", 8);
  EXPECT_TRUE(plan_view(duck(), "SELECT a FROM pairs").ok());
  EXPECT_FALSE(duck().Query("COMMIT")->HasError());
}

TEST_F(PlannerTest, RefusesFunctionsThatTheDataDoesNotDetermine) {
  expect_refused("SELECT random() FROM pairs", "function random()", 8);
  expect_refused("SELECT uuid(), a FROM pairs", "function uuid()", 8);
  expect_refused("SELECT nextval('s') FROM pairs", "function nextval()", 8);
  expect_refused("SELECT current_setting('TimeZone') FROM pairs", "function current_setting()", 8);
  expect_refused("SELECT list_transform([a], lambda x: x + random()) FROM pairs",
                 "function random()", 42);
  expect_refused("SELECT a FROM pairs WHERE a IN (SELECT txid_current())",
                 "function txid_current()", 40);
}

TEST_F(PlannerTest, RefusesTheClock) {
  expect_refused("SELECT now() FROM pairs", "now() in a view needs", 8);
  expect_refused("SELECT a FROM pairs WHERE now() - INTERVAL 1 HOUR > TIMESTAMPTZ '2024-01-01'",
                 "now() in a view needs", 27);
  expect_refused("SELECT current_date, a FROM pairs", "current_date() in a view needs", 8);
  expect_refused("SELECT current_timestamp FROM pairs", "current_timestamp() in a view needs", 8);
  expect_refused("SELECT age(placed) FROM orders", "age() in a view needs", 8);
  EXPECT_TRUE(plan_view(duck(), "SELECT age(placed, TIMESTAMP '2024-01-01') FROM orders").ok());
}

TEST_F(PlannerTest, RefusesWhatAMacroHides) {
  ASSERT_FALSE(duck().Query("CREATE TEMP MACRO jitter(x) AS x + random()")->HasError());
  ASSERT_FALSE(duck().Query("CREATE TEMP MACRO twice(x) AS x + x")->HasError());
  expect_refused("SELECT a, jitter(a) FROM pairs", "function random()", 11);
  EXPECT_TRUE(plan_view(duck(), "SELECT twice(a) FROM pairs").ok());
}

TEST_F(PlannerTest, RefusesAggregatesThatDependOnTheOrderOfRows) {
  expect_refused("SELECT list(a) FROM pairs", "list() in a view needs an ORDER BY", 8);
  expect_refused("SELECT string_agg(status, ',') FROM orders", "string_agg() in a view needs", 8);
  expect_refused("SELECT b, first(a) FROM pairs GROUP BY b", "first() in a view needs", 11);
  expect_refused("SELECT list(a) OVER () FROM pairs", "list() in a view needs", 8);
  expect_refused("SELECT approx_quantile(a, 0.5) FROM pairs", "approx_quantile() cannot", 8);
  EXPECT_TRUE(plan_view(duck(), "SELECT list(a ORDER BY a) FROM pairs").ok());
}

TEST_F(PlannerTest, RefusesRelationsThatAreNotInTheLog) {
  expect_refused("SELECT * FROM kappa.topics", "system relation \"topics\"");
  expect_refused("SELECT * FROM duckdb_tables()", "table function duckdb_tables()");
  ASSERT_FALSE(duck().Query("CREATE TEMP TABLE mine (a INTEGER)")->HasError());
  expect_refused("SELECT * FROM mine", "table \"mine\" of catalog \"temp\"");
}

TEST_F(PlannerTest, RefusesOperatorsByName) {
  expect_refused("SELECT unnest(NULL) FROM pairs", "UNNEST of something");
  expect_refused("SELECT * FROM pairs TABLESAMPLE 10%", "sampling");
  expect_refused("SELECT a FROM pairs LIMIT 10%", "LIMIT with a percentage");
  expect_refused("SELECT a FROM pairs LIMIT (SELECT 1)", "LIMIT with an expression");
  expect_refused("SELECT * FROM pairs p ASOF JOIN customers c ON p.a >= c.id", "ASOF JOIN");
  expect_refused("SELECT * FROM pairs POSITIONAL JOIN customers", "POSITIONAL JOIN");
  expect_refused(
      "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM "
      "r",
      "WITH RECURSIVE");
  expect_refused("SELECT rowid FROM pairs", "rowid", 8);
  expect_refused("SELECT span FROM events EXCEPT SELECT span FROM events",
                 "EXCEPT over columns of type INTERVAL");
  expect_refused(
      "SELECT * FROM (SELECT a FROM pairs ORDER BY a) UNION ALL (SELECT b FROM pairs) LIMIT 2",
      "ORDER BY in a subquery");
  expect_refused("SELECT DISTINCT status COLLATE NOCASE FROM orders", "DISTINCT over text");
  expect_refused("SELECT status COLLATE NOCASE AS s, count(*) FROM orders GROUP BY s",
                 "GROUP BY text with a collation");
  expect_refused("DESCRIBE pairs", "DESCRIBE");
}

TEST_F(PlannerTest, RefusesParametersAndOtherStatements) {
  expect_refused("SELECT $1 + a FROM pairs", "parameters");
  EXPECT_EQ(error("SELECT a FROM pairs; SELECT b FROM pairs").sqlstate, "42601");
  EXPECT_EQ(error("INSERT INTO pairs VALUES (1, 2)").sqlstate, "42601");
  EXPECT_EQ(error("").sqlstate, "42601");
}

TEST_F(PlannerTest, GivesDuckDbsErrorsWithSqlstateAndPosition) {
  const SqlError table = error("SELECT a FROM nosuch");
  EXPECT_EQ(table.sqlstate, "42P01");
  EXPECT_EQ(table.position, 15);
  const SqlError column = error("SELECT 'ä', nosuch FROM pairs");
  EXPECT_EQ(column.sqlstate, "42703");
  EXPECT_EQ(column.position, 13);  // characters, not bytes
  EXPECT_EQ(error("SELECT nofunction(a) FROM pairs").sqlstate, "42883");
  EXPECT_EQ(error("SELECT a, count(*) FROM pairs").sqlstate, "42803");
  const SqlError syntax = error("SELECT a FROM pairs WHERE");
  EXPECT_EQ(syntax.sqlstate, "42601");
  EXPECT_GT(syntax.position, 0);
  EXPECT_THAT(syntax.message, Not(HasSubstr("LINE")));
}

}  // namespace
}  // namespace kappa::sql
