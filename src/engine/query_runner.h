#pragma once
// Runs one DuckDB statement and streams its chunks; DuckDB's errors become SQL errors.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "sql/database.h"

namespace duckdb {
class SQLStatement;
}

namespace kappa::engine {

struct QueryCallbacks {
  std::function<Status(const std::vector<ResultColumn>&)>
      columns;  // once, before rows; may be empty
  std::function<Status(duckdb::DataChunk&)> rows;
};

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

}  // namespace kappa::engine
