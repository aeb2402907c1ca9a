#include "sql/statement.h"

#include <gtest/gtest.h>
#include <duckdb/main/connection.hpp>

#include "sql/database.h"
#include "sql/error.h"

namespace kappa::sql {
namespace {

class StatementTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto opened = Database::open({});
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = opened->release();
  }
  static void TearDownTestSuite() { delete database_; }

  std::vector<Statement> parsed(const std::string& text) {
    auto statements = parse(connection_->duck(), text);
    EXPECT_TRUE(statements.ok()) << text << ": " << statements.status();
    return statements.ok() ? std::move(*statements) : std::vector<Statement>();
  }
  template <typename Body>
  Body one(const std::string& text) {
    auto statements = parsed(text);
    EXPECT_EQ(statements.size(), 1u);
    if (statements.empty() || !std::holds_alternative<Body>(statements[0].body)) {
      ADD_FAILURE() << "another statement: " << text;
      return Body();
    }
    return std::get<Body>(statements[0].body);
  }
  SqlError refused(const std::string& text) {
    auto statements = parse(connection_->duck(), text);
    EXPECT_FALSE(statements.ok()) << text;
    return error_of(statements.status());
  }

  static Database* database_;
  std::unique_ptr<DatabaseConnection> connection_ = database_->connect();
};
Database* StatementTest::database_ = nullptr;

TEST_F(StatementTest, ReadsASourceWithAllItsParts) {
  auto source = one<CreateSource>(
      "CREATE SOURCE IF NOT EXISTS bids (auction BIGINT NOT NULL, \"Price\" DECIMAL(18, 2), tags "
      "STRUCT(a INT, b VARCHAR)[]) INCLUDE offset AS log_offset, timestamp, key AS k "
      "WITH (topic = 'the-bids', partitions = 4) FORMAT PLAIN ENCODE JSON");
  EXPECT_EQ(source.name, "bids");
  EXPECT_TRUE(source.if_not_exists);
  ASSERT_EQ(source.columns.size(), 3u);
  EXPECT_EQ(source.columns[0].name, "auction");
  EXPECT_TRUE(source.columns[0].is_not_null);
  EXPECT_EQ(source.columns[1].name, "Price");
  EXPECT_EQ(source.columns[1].type, "DECIMAL(18, 2)");
  EXPECT_FALSE(source.columns[1].is_not_null);
  EXPECT_EQ(source.columns[2].type, "STRUCT(a INT, b VARCHAR)[]");
  ASSERT_EQ(source.included.size(), 3u);
  EXPECT_EQ(source.included[0].what, "offset");
  EXPECT_EQ(source.included[0].name, "log_offset");
  EXPECT_EQ(source.included[1].name, "timestamp");
  EXPECT_EQ(source.options, (Options{{"topic", "the-bids"}, {"partitions", "4"}}));
  EXPECT_EQ(source.format, "plain");
  EXPECT_EQ(source.encode, "json");
}

TEST_F(StatementTest, ReadsTablesWithKeysAndDefaults) {
  auto table = one<CreateTable>(
      "CREATE TABLE t (id BIGINT PRIMARY KEY, made TIMESTAMP DEFAULT '2020-01-01', n INT NOT "
      "NULL)");
  ASSERT_EQ(table.columns.size(), 3u);
  EXPECT_TRUE(table.columns[0].is_key);
  EXPECT_TRUE(table.columns[0].is_not_null);
  EXPECT_EQ(table.columns[1].default_expression, "'2020-01-01'");
  EXPECT_FALSE(table.columns[2].is_key);

  auto composite = one<CreateTable>("CREATE TABLE t (a INT, b INT, c INT, PRIMARY KEY (c, A))");
  EXPECT_TRUE(composite.columns[0].is_key);
  EXPECT_FALSE(composite.columns[1].is_key);
  EXPECT_TRUE(composite.columns[2].is_key);
  EXPECT_EQ(refused("CREATE TABLE t (a INT, PRIMARY KEY (b))").sqlstate, "42703");
}

TEST_F(StatementTest, ReadsViewsAndKeepsTheQueryAsWritten) {
  std::string text =
      "CREATE OR REPLACE MATERIALIZED VIEW public.v (a, \"b c\") WITH (x = 'y') AS\n"
      "  SELECT count(*), sum(x) FROM t ";
  auto view = one<CreateView>(text);
  EXPECT_EQ(view.name, "v");
  EXPECT_TRUE(view.or_replace);
  EXPECT_EQ(view.columns, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(view.query, "SELECT count(*), sum(x) FROM t");
  EXPECT_EQ(text.substr(view.query_offset, view.query.size()), view.query);
  EXPECT_EQ(refused("CREATE MATERIALIZED VIEW v AS SELECT 1 EMIT ON WINDOW CLOSE").sqlstate,
            "0A000");
}

TEST_F(StatementTest, SplitsATextAndKnowsWhereEachStatementStands) {
  std::string text = " SELECT 1; FLUSH;\n\nVERIFY a, b; DROP MATERIALIZED VIEW IF EXISTS v CASCADE";
  auto statements = parsed(text);
  ASSERT_EQ(statements.size(), 4u);
  EXPECT_EQ(statements[0].text, "SELECT 1");
  EXPECT_EQ(statements[1].text, "FLUSH");
  EXPECT_TRUE(std::holds_alternative<Flush>(statements[1].body));
  EXPECT_EQ(std::get<Verify>(statements[2].body).names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(text.substr(statements[2].offset, 6), "VERIFY");
  const auto& drop = std::get<Drop>(statements[3].body);
  EXPECT_EQ(drop.kind, DropKind::kMaterializedView);
  EXPECT_TRUE(drop.if_exists);
  EXPECT_TRUE(drop.is_cascade);
}

TEST_F(StatementTest, KnowsTheShortStatements) {
  EXPECT_EQ(one<Show>("SHOW SOURCES").what, "sources");
  EXPECT_EQ(one<Show>("show materialized views").what, "materialized views");
  EXPECT_EQ(one<Show>("SHOW TABLES").what, "tables");
  EXPECT_EQ(one<ExplainView>("EXPLAIN MATERIALIZED VIEW v").name, "v");
  EXPECT_EQ(one<TransactionAction>("BEGIN"), TransactionAction::kBegin);
  EXPECT_EQ(one<TransactionAction>("START TRANSACTION"), TransactionAction::kBegin);
  EXPECT_EQ(one<TransactionAction>("COMMIT"), TransactionAction::kCommit);
  EXPECT_EQ(one<TransactionAction>("ROLLBACK"), TransactionAction::kRollback);
  auto set = one<SetVariable>("SET background_ddl = true");
  EXPECT_EQ(set.name, "background_ddl");
  EXPECT_EQ(set.value, "true");
  EXPECT_TRUE(one<SetVariable>("RESET background_ddl").is_reset);
  auto copy = one<CopyData>("COPY t (a, b) FROM STDIN WITH (FORMAT csv, HEADER)");
  EXPECT_TRUE(copy.is_in);
  EXPECT_EQ(copy.table, "t");
  EXPECT_EQ(copy.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(copy.options["format"], "csv");
  EXPECT_EQ(copy.options.count("header"), 1u);
  EXPECT_FALSE(one<CopyData>("COPY (SELECT 1 AS x) TO STDOUT (FORMAT csv)").query.empty());
}

TEST_F(StatementTest, TheNewWordsAreNoReservedOnes) {
  parsed(
      "SELECT source, verify, flush FROM (SELECT 1 AS source, 2 AS verify, 3 AS flush) AS format");
  one<CreateTable>("CREATE TABLE source (include INT, watermark INT, encode INT)");
}

// Took six times as long for each WITH, and as much more memory.
TEST_F(StatementTest, AWrongTextWithManyWithsIsRefusedAtOnce) {
  std::string text;
  for (int i = 0; i < 30; i++) text += "WITH a AS (";
  EXPECT_EQ(refused(text).sqlstate, "42601");
  EXPECT_EQ(refused(text + "SELECT 1 1").sqlstate, "42601");
}

TEST_F(StatementTest, RefusesWhatIsNotOurs) {
  EXPECT_EQ(refused("ATTACH 'x.db'").sqlstate, "0A000");
  EXPECT_EQ(refused("CREATE INDEX i ON t (a)").sqlstate, "0A000");
  EXPECT_EQ(refused("COPY t FROM 'file.csv'").sqlstate, "0A000");
  EXPECT_EQ(refused("CREATE SOURCE s (a INT, WATERMARK FOR a AS a) WITH (topic = 't')").sqlstate,
            "0A000");
  SqlError syntax = refused("SELECT 1 FROM WHERE");
  EXPECT_EQ(syntax.sqlstate, "42601");
  EXPECT_GT(syntax.position, 0);
  EXPECT_EQ(refused("CREATE SOURCE other.s (a INT)").sqlstate, "3F000");
}

}  // namespace
}  // namespace kappa::sql
