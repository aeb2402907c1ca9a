#include "sql/random/oracle.h"

#include <duckdb/main/config.hpp>
#include <duckdb/main/prepared_statement.hpp>
#include <duckdb/main/query_result.hpp>

#include <algorithm>

namespace kappa::random_sql {
namespace {

duckdb::DBConfig* settings() {
  static duckdb::DBConfig config;
  config.SetOptionByName("threads", duckdb::Value::BIGINT(1));
  return &config;
}

std::string text_of(const duckdb::Value& value) {
  if (value.IsNull()) return "NULL";
  std::string text = value.ToString();
  return text.empty() ? "(empty)" : text;
}

// -0.0 becomes 0.0, -0.05 stays.
void drop_zero_signs(std::string& text) {
  constexpr std::string_view kZero = "-0.0";
  for (size_t at = text.find(kZero); at != std::string::npos; at = text.find(kZero, at + 1)) {
    const char next = at + kZero.size() < text.size() ? text[at + kZero.size()] : ' ';
    if (next < '0' || next > '9') text.erase(at, 1);
  }
}

}  // namespace

Oracle::Oracle() : database_(nullptr, settings()), connection_(database_) {
  connection_.Query("SET TimeZone='UTC'");
}

Answer Oracle::run(const std::string& sql) {
  Answer answer;
  auto result = connection_.Query(sql);
  if (result->HasError()) {
    answer.error = result->GetError();
    const auto type = result->GetErrorObject().Type();
    answer.is_internal_error =
        type == duckdb::ExceptionType::INTERNAL || type == duckdb::ExceptionType::FATAL;
    return answer;
  }
  for (const auto& type : result->GetTypes()) answer.types.push_back(type.ToString());
  while (auto chunk = result->Fetch()) {
    for (size_t row = 0; row < chunk->size(); ++row) {
      std::string line;
      for (size_t column = 0; column < chunk->ColumnCount(); ++column) {
        line += (column > 0 ? "\t" : "") + text_of(chunk->GetValue(column, row));
      }
      answer.rows.push_back(std::move(line));
    }
  }
  normalise(answer.rows);
  return answer;
}

std::string Oracle::run_all(const std::vector<std::string>& statements) {
  connection_.Query("BEGIN");
  for (const std::string& sql : statements) {
    auto result = connection_.Query(sql);
    if (!result->HasError()) continue;
    std::string error = result->GetError();
    connection_.Query("ROLLBACK");
    return error;
  }
  auto result = connection_.Query("COMMIT");
  return result->HasError() ? result->GetError() : "";
}

std::optional<std::vector<Column>> Oracle::columns_of(const std::string& query) {
  auto prepared = connection_.Prepare(query);
  if (prepared->HasError()) return std::nullopt;
  std::vector<Column> columns;
  const auto& names = prepared->GetNames();
  const auto& types = prepared->GetTypes();
  for (size_t i = 0; i < names.size(); ++i) {
    std::string name = duckdb::Identifier(names[i]).GetIdentifierName();
    columns.push_back({quoted_name(name), types[i].ToString(), kind_of(types[i])});
  }
  return columns;
}

void normalise(std::vector<std::string>& rows) {
  for (std::string& row : rows) drop_zero_signs(row);
  std::sort(rows.begin(), rows.end());
}

std::string quoted_name(const std::string& name) {
  std::string out = "\"";
  for (char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace kappa::random_sql
