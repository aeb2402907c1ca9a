#include "sql/runner/rows_sink.h"

namespace kappa::sql_test {
namespace {

char type_letter(const duckdb::LogicalType& type) {
  if (type.IsIntegral()) return 'I';
  if (type.IsNumeric()) return 'R';
  return 'T';
}

std::string text_of(const duckdb::Value& value) {
  if (value.IsNull()) return "NULL";
  std::string text = value.ToString();
  return text.empty() ? "(empty)" : text;
}

}  // namespace

Status RowsSink::columns(const std::vector<engine::ResultColumn>& columns) {
  for (const auto& column : columns) {
    rows_.columns.push_back(column.name);
    rows_.types += type_letter(column.type);
    rows_.type_names.push_back(column.type.ToString());
  }
  return OkStatus();
}

Status RowsSink::rows(duckdb::DataChunk& chunk) {
  for (duckdb::idx_t row = 0; row < chunk.size(); ++row) {
    std::string line;
    for (duckdb::idx_t column = 0; column < chunk.ColumnCount(); ++column) {
      if (column > 0) line += '\t';
      line += text_of(chunk.GetValue(column, row));
    }
    rows_.rows.push_back(std::move(line));
  }
  return OkStatus();
}

void RowsSink::notice(std::string_view severity, std::string_view message) {
  rows_.notices.push_back(fmt::format("{}: {}", severity, message));
}

void RowsSink::complete(std::string_view) { is_complete_ = true; }

}  // namespace kappa::sql_test
