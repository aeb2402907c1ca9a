#pragma once
// Runs one DuckDB statement and streams its chunks; DuckDB's errors become SQL errors.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "sql/database.h"
#include "sql/statement.h"

namespace duckdb {
class SQLStatement;
}

namespace kappa::engine {

struct QueryCallbacks {
  std::function<Status(const std::vector<ResultColumn>&)>
      columns;  // once, before rows; may be empty
  std::function<Status(duckdb::DataChunk&)> rows;
};

// A client's statement, ready to be given away, and the text that positions in its errors refer to:
// the whole one that it came in. Empty for those behind the first one of a text that is very long.
struct Runnable {
  std::unique_ptr<duckdb::SQLStatement> statement;
  std::string_view text;
};
Runnable runnable(const sql::Statement& statement);

// `text`: what positions in errors refer to.
Status run_query(sql::DatabaseConnection& connection,
                 std::unique_ptr<duckdb::SQLStatement> statement,
                 const std::vector<duckdb::Value>& parameters, std::string_view text,
                 const QueryCallbacks& callbacks);
// The same for SQL of our own making: one statement.
Status run_query(sql::DatabaseConnection& connection, const std::string& sql,
                 const std::vector<duckdb::Value>& parameters, const QueryCallbacks& callbacks);

// The first row of a query of our own; an error if there is none.
StatusOr<std::vector<duckdb::Value>> first_row(sql::DatabaseConnection& connection,
                                               const std::string& sql);

// What a statement returns and takes, without running it.
struct Description {
  std::vector<ResultColumn> columns;
  data::Types parameters;
};
StatusOr<Description> describe(sql::DatabaseConnection& connection,
                               std::unique_ptr<duckdb::SQLStatement> statement,
                               size_t parameter_count, const data::Types& declared,
                               std::string_view text);

// The error of a query of ours that stands in for `original`, with the position that the same error
// has there.
Status placed_in(sql::DatabaseConnection& connection, const sql::Statement& original,
                 const Status& error);

}  // namespace kappa::engine
