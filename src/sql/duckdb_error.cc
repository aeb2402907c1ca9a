#include "sql/duckdb_error.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/exception.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "sql/error.h"

namespace kappa::sql {
namespace {

using duckdb::ErrorData;
using duckdb::ExceptionType;

// In the extra information of exceptions of ours.
constexpr char kSqlstateKey[] = "kappa_sqlstate";
constexpr char kHintKey[] = "kappa_hint";

std::string info(const ErrorData& error, const char* key) {
  auto entry = error.ExtraInfo().find(key);
  return entry == error.ExtraInfo().end() ? "" : entry->second;
}

bool contains(const std::string& message, std::string_view part) {
  return message.find(part) != std::string::npos;
}

std::string catalog_sqlstate(const ErrorData& error) {
  const std::string kind = info(error, "type");
  const std::string& message = error.RawMessage();
  if (contains(message, "already exists")) return kind == "Schema" ? "42P06" : "42P07";
  if (kind == "Table" || kind == "View" || contains(message, "Table with name")) return "42P01";
  if (contains(kind, "Function") || contains(message, "Function with name")) return "42883";
  if (kind == "Schema" || contains(message, "Schema with name")) return "3F000";
  return "42704";
}

std::string binder_sqlstate(const ErrorData& error) {
  const std::string& message = error.RawMessage();
  const std::string subtype = info(error, "error_subtype");
  if (subtype == "COLUMN_NOT_FOUND" || contains(message, "Referenced column")) return "42703";
  if (subtype == "NO_MATCHING_FUNCTION") return "42883";
  if (contains(message, "does not have a column named")) return "42703";
  if (contains(message, "Referenced table")) return "42P01";
  if (contains(message, "mbiguous")) return "42702";
  if (contains(message, "must appear in the GROUP BY")) return "42803";
  if (contains(message, "aggregate")) return "42803";
  if (contains(message, "window function")) return "42P20";
  return "42000";
}

std::string constraint_sqlstate(const std::string& message) {
  if (contains(message, "NOT NULL")) return "23502";
  if (contains(message, "uplicate key")) return "23505";
  if (contains(message, "CHECK")) return "23514";
  return "23000";
}

constexpr std::pair<ExceptionType, const char*> kSqlstates[] = {
    {ExceptionType::PARSER, "42601"},
    {ExceptionType::SYNTAX, "42601"},
    {ExceptionType::OUT_OF_RANGE, "22003"},
    {ExceptionType::CONVERSION, "22P02"},
    {ExceptionType::DECIMAL, "22003"},
    {ExceptionType::DIVIDE_BY_ZERO, "22012"},
    {ExceptionType::INVALID_INPUT, "22023"},
    {ExceptionType::MISMATCH_TYPE, "42804"},
    {ExceptionType::INVALID_TYPE, "42804"},
    {ExceptionType::UNKNOWN_TYPE, "42704"},
    {ExceptionType::NOT_IMPLEMENTED, "0A000"},
    {ExceptionType::MISSING_EXTENSION, "0A000"},
    {ExceptionType::AUTOLOAD, "0A000"},
    {ExceptionType::PARAMETER_NOT_RESOLVED, "42P18"},
    {ExceptionType::PARAMETER_NOT_ALLOWED, "42P02"},
    {ExceptionType::EXPRESSION, "42000"},
    {ExceptionType::DEPENDENCY, "2BP01"},
    {ExceptionType::SETTINGS, "42704"},
    {ExceptionType::INVALID_CONFIGURATION, "22023"},
    {ExceptionType::TRANSACTION, "25000"},
    {ExceptionType::CONNECTION, "08000"},
    {ExceptionType::INTERRUPT, "57014"},
    {ExceptionType::OUT_OF_MEMORY, "53200"},
    {ExceptionType::OBJECT_SIZE, "54000"},
    {ExceptionType::PERMISSION, "42501"},
    {ExceptionType::SEQUENCE, "2200H"},
    {ExceptionType::RESOURCE_IN_USE, "55006"},
    {ExceptionType::IO, "58030"},
};

std::string sqlstate_of(const ErrorData& error) {
  if (std::string ours = info(error, kSqlstateKey); !ours.empty()) return ours;
  switch (error.Type()) {
    case ExceptionType::CATALOG:
      return catalog_sqlstate(error);
    case ExceptionType::BINDER:
      return binder_sqlstate(error);
    case ExceptionType::CONSTRAINT:
      return constraint_sqlstate(error.RawMessage());
    default:
      break;
  }
  for (const auto& [type, sqlstate] : kSqlstates) {
    if (type == error.Type()) return sqlstate;
  }
  return "XX000";
}

// DuckDB's message with the drawing "\n\nLINE 2: …\n   ^" at its end, taken apart.
struct Drawing {
  size_t start = std::string::npos;  // where the drawing starts in the message
  size_t line = 0;                   // 1-based
  size_t column = 0;                 // characters before the caret; npos: shortened, unknown
};

Drawing find_drawing(const std::string& message) {
  Drawing drawing;
  const size_t start = message.rfind("\n\nLINE ");
  if (start == std::string::npos) return drawing;
  const char* digits = message.data() + start + 7;
  const char* end = message.data() + message.size();
  const char* after = std::from_chars(digits, end, drawing.line).ptr;
  const size_t text = static_cast<size_t>(after - message.data()) + 2;  // behind ": "
  const size_t caret_line = message.find('\n', text);
  const size_t caret = message.find('^', caret_line);
  if (drawing.line == 0 || caret == std::string::npos) return Drawing{};
  drawing.start = start;
  const size_t indent = text - (start + 2);
  const size_t caret_column = caret - caret_line - 1;
  const bool is_shortened = message.compare(text, 3, "...") == 0;
  drawing.column =
      is_shortened || caret_column < indent ? std::string::npos : caret_column - indent;
  return drawing;
}

// 1-based character of a line and column.
int character_of(std::string_view text, const Drawing& drawing) {
  if (drawing.column == std::string::npos) return 0;
  size_t start = 0;
  for (size_t line = 1; line < drawing.line; ++line) {
    start = text.find('\n', start);
    if (start == std::string_view::npos) return 0;
    ++start;
  }
  const int before = start == 0 ? 0 : character_at(text, start - 1);
  return before + static_cast<int>(drawing.column) + 1;
}

int position_of(const ErrorData& error, const Drawing& drawing, std::string_view text) {
  if (text.empty()) return 0;
  const std::string position = info(error, "position");
  if (!position.empty()) {
    size_t offset = 0;
    auto parsed = std::from_chars(position.data(), position.data() + position.size(), offset);
    return parsed.ec == std::errc() ? character_at(text, offset) : 0;
  }
  return drawing.start == std::string::npos ? 0 : character_of(text, drawing);
}

}  // namespace

int character_at(std::string_view text, size_t byte_offset) {
  if (byte_offset > text.size()) return 0;
  const auto is_start = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; };
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(byte_offset);
  return 1 + static_cast<int>(std::count_if(text.begin(), end, is_start));
}

void throw_through_duckdb(const Status& status) {
  const SqlError error = error_of(status);
  throw duckdb::InvalidInputException({{kSqlstateKey, error.sqlstate}, {kHintKey, error.hint}},
                                      error.message);
}

Status status_of(const ErrorData& error, std::string_view text, int offset_characters) {
  const Drawing drawing = find_drawing(error.RawMessage());
  SqlError result;
  result.sqlstate = sqlstate_of(error);
  result.hint = info(error, kHintKey);
  result.message = error.RawMessage().substr(0, drawing.start);
  result.position = position_of(error, drawing, text);
  if (result.position > 0) result.position += offset_characters;
  return make_error(std::move(result));
}

}  // namespace kappa::sql
