#include "engine/query_runner.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/prepared_statement.hpp>
#include <duckdb/main/query_result_stream.hpp>
#include <duckdb/parser/sql_statement.hpp>

#include "sql/duckdb_error.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

std::vector<ResultColumn> columns_of(const duckdb::vector<duckdb::Identifier>& names,
                                     const duckdb::vector<duckdb::LogicalType>& types) {
  std::vector<ResultColumn> columns;
  for (size_t i = 0; i < names.size(); i++)
    columns.push_back({names[i].GetIdentifierName(), types[i]});
  return columns;
}

Status stream(duckdb::QueryResultStream<>& stream, std::string_view text,
              const QueryCallbacks& callbacks) {
  bool has_columns = false;
  auto tell_columns = [&]() -> Status {
    if (has_columns || !callbacks.columns) return OkStatus();
    has_columns = true;
    return callbacks.columns(columns_of(stream.GetNames(), stream.GetTypes()));
  };
  while (auto chunk = stream.Fetch()) {
    RETURN_IF_ERROR(tell_columns());
    if (callbacks.rows) RETURN_IF_ERROR(callbacks.rows(*chunk));
  }
  if (stream.HasError()) return sql::status_of(stream.GetErrorObject(), text);
  return tell_columns();
}

// Each statement of a text takes a copy of it: longer ones would cost too much.
constexpr size_t kCopiedTextBytesMax = 64 << 10;

}  // namespace

// DuckDB's positions are those in the text that was parsed, but to show them it takes them for
// positions in the statement's own part.
Runnable runnable(const sql::Statement& statement) {
  Runnable result{std::unique_ptr<duckdb::SQLStatement>(statement.duck->Copy().release()), {}};
  const bool is_short = statement.whole->size() <= kCopiedTextBytesMax;
  if (is_short) result.statement->query = *statement.whole;
  if (is_short || statement.offset == 0) result.text = *statement.whole;
  return result;
}

Status run_query(sql::DatabaseConnection& connection,
                 std::unique_ptr<duckdb::SQLStatement> statement,
                 const std::vector<duckdb::Value>& parameters, std::string_view text,
                 const QueryCallbacks& callbacks) {
  try {
    duckdb::vector<duckdb::Value> values(parameters.begin(), parameters.end());
    duckdb::unique_ptr<duckdb::SQLStatement> owned(statement.release());
    auto handle = values.empty() ? connection.duck().Submit(std::move(owned))
                                 : connection.duck().Submit(std::move(owned), values);
    if (handle->HasError()) return sql::status_of(handle->GetErrorObject(), text);
    duckdb::QueryResultStream<> result(std::move(handle));
    return stream(result, text, callbacks);
  } catch (const std::exception& error) {
    return sql::status_of(duckdb::ErrorData(error), text);
  }
}

Status run_query(sql::DatabaseConnection& connection, const std::string& sql,
                 const std::vector<duckdb::Value>& parameters, const QueryCallbacks& callbacks) {
  try {
    auto statements = connection.duck().ExtractStatements(sql);
    if (statements.size() != 1) return internal_error("not one statement: {}", sql);
    std::unique_ptr<duckdb::SQLStatement> statement(statements[0].release());
    return run_query(connection, std::move(statement), parameters, {}, callbacks);
  } catch (const std::exception& error) {
    return sql::status_of(duckdb::ErrorData(error));
  }
}

StatusOr<std::vector<duckdb::Value>> first_row(sql::DatabaseConnection& connection,
                                               const std::string& sql) {
  std::vector<duckdb::Value> row;
  QueryCallbacks callbacks;
  callbacks.rows = [&](duckdb::DataChunk& chunk) {
    if (!row.empty() || chunk.size() == 0) return OkStatus();
    for (size_t i = 0; i < chunk.ColumnCount(); i++) row.push_back(chunk.GetValue(i, 0));
    return OkStatus();
  };
  RETURN_IF_ERROR(run_query(connection, sql, {}, callbacks));
  if (row.empty()) return not_found("no row: {}", sql);
  return row;
}

StatusOr<Description> describe(sql::DatabaseConnection& connection,
                               std::unique_ptr<duckdb::SQLStatement> statement,
                               size_t parameter_count, const data::Types& declared,
                               std::string_view text) {
  try {
    duckdb::unique_ptr<duckdb::SQLStatement> owned(statement.release());
    auto prepared = connection.duck().Prepare(std::move(owned));
    if (prepared->HasError()) return sql::status_of(prepared->GetErrorObject(), text);
    Description description;
    if (prepared->MetadataAvailable())
      description.columns = columns_of(prepared->GetNames(), prepared->GetTypes());
    for (size_t i = 0; i < parameter_count; i++) {
      duckdb::LogicalType type = duckdb::LogicalType::VARCHAR;
      bool is_declared = i < declared.size() &&
                         declared[i].id() != duckdb::LogicalTypeId::UNKNOWN &&
                         declared[i].id() != duckdb::LogicalTypeId::INVALID;
      duckdb::LogicalType expected;
      if (is_declared)
        type = declared[i];
      else if (prepared->TryGetParameterType(duckdb::Identifier(std::to_string(i + 1)), expected) &&
               expected.id() != duckdb::LogicalTypeId::UNKNOWN)
        type = expected;
      description.parameters.push_back(type);
    }
    for (ResultColumn& column : description.columns)
      if (column.type.id() == duckdb::LogicalTypeId::UNKNOWN)
        column.type = duckdb::LogicalType::VARCHAR;
    return description;
  } catch (const std::exception& error) {
    return sql::status_of(duckdb::ErrorData(error), text);
  }
}

Status placed_in(sql::DatabaseConnection& connection, const sql::Statement& original,
                 const Status& error) {
  sql::SqlError found = sql::error_of(error);
  if (error.ok() || found.position > 0 || !found.sqlstate.starts_with("42")) return error;
  try {
    Runnable own_query = runnable(original);
    duckdb::unique_ptr<duckdb::SQLStatement> owned(own_query.statement.release());
    auto prepared = connection.duck().Prepare(std::move(owned));
    if (!prepared->HasError()) return error;
    sql::SqlError own = sql::error_of(sql::status_of(prepared->GetErrorObject(), own_query.text));
    if (own.sqlstate != found.sqlstate) return error;
    own.message = found.message;
    return sql::make_error(std::move(own));
  } catch (const std::exception&) {
    return error;  // less exact, but it tells what is wrong
  }
}

}  // namespace kappa::engine
