#pragma once
// Statements as the engine runs them: what kind, what they name, and for those that DuckDB is to
// run or rewrite, its parsed form.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace duckdb {
class Connection;
class SQLStatement;
}  // namespace duckdb

namespace kappa::sql {

using Options = std::map<std::string, std::string>;  // names in lower case

struct ColumnDefinition {
  std::string name;
  std::string type;  // SQL text
  bool is_not_null = false;
  bool is_key = false;
  std::string default_expression;  // SQL text; empty: none
};

struct IncludedColumn {
  std::string what;  // key, partition, offset, timestamp, headers
  std::string name;
};

struct CreateSource {
  std::string name;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::vector<IncludedColumn> included;
  Options options;
  std::string format = "plain";
  std::string encode = "json";
};

struct CreateTable {
  std::string name;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;  // is_key marks the primary key, in column order
  Options options;
};

struct CreateView {
  std::string name;
  bool or_replace = false;
  bool if_not_exists = false;
  std::vector<std::string> columns;  // empty: the query's own names
  Options options;
  std::string query;
  size_t query_offset = 0;  // of the query in the statement's text
};

enum class DropKind { kSource, kTable, kMaterializedView };

struct Drop {
  DropKind kind = DropKind::kTable;
  std::vector<std::string> names;
  bool if_exists = false;
  bool is_cascade = false;
};

struct Show {
  std::string what;  // sources, tables, materialized views, topics, sinks, replays
};

struct ExplainView {
  std::string name;
};

struct Verify {
  std::vector<std::string> names;  // empty: all
};

struct Flush {};
struct Discard {};

enum class TransactionAction { kBegin, kCommit, kRollback };

struct SetVariable {
  std::string name;   // lower case
  std::string value;  // as text; empty when reset
  bool is_reset = false;
};

struct CopyData {
  bool is_in = false;
  std::string table;                 // empty: a query
  std::vector<std::string> columns;  // empty: all
  std::string query;
  Options options;  // format, header, delimiter, null, quote, escape
};

// Parsed by DuckDB, for DuckDB to run (queries) or for us to rewrite (INSERT, UPDATE, DELETE).
struct Query {};
struct Insert {};
struct Update {};
struct Delete {};

struct Statement {
  std::string text;   // of this statement alone, without the semicolon
  size_t offset = 0;  // of it in the text that was parsed
  // That text, with the statements before and behind: what DuckDB's positions count in.
  std::shared_ptr<const std::string> whole;
  std::variant<Query, Insert, Update, Delete, CreateSource, CreateTable, CreateView, Drop, Show,
               ExplainView, Verify, Flush, Discard, TransactionAction, SetVariable, CopyData>
      body;
  std::shared_ptr<duckdb::SQLStatement> duck;  // Query, Insert, Update, Delete
  size_t parameter_count = 0;
};

// Splits and parses a text. Errors carry SQLSTATE and position in the whole text; what is valid SQL
// and not ours to do (ATTACH, CREATE INDEX, …) is refused here, by name.
StatusOr<std::vector<Statement>> parse(duckdb::Connection& connection, std::string_view text);

}  // namespace kappa::sql
