#include "data/json_column.h"

#include "data/clipped_text.h"

namespace kappa::data {
namespace {

std::string_view kind_of(char first) {
  switch (first) {
    case '"':
      return "string ";
    case '{':
      return "object ";
    case '[':
      return "array ";
    case 't':
    case 'f':
      return "boolean ";
    case 'n':
      return "";
    default:
      return first == '-' || (first >= '0' && first <= '9') ? "number " : "";
  }
}

std::string shown_token(JsonToken token) {
  return std::string(kind_of(*token.begin)) + clipped_text(token.text());
}

// The value that the cursor stands at, as far as a message shows it.
std::string shown_value(const JsonCursor& cursor) {
  const char first = cursor.peek();
  if (cursor.is_at_end()) return "the end of the value";
  if (first != '{' && first != '[') return shown_token(cursor.token());
  return std::string(kind_of(first)) + clipped_text(cursor.rest());
}

}  // namespace

bool JsonError::expected(std::string_view what, JsonToken token) {
  reason = fmt::format("expected {}, got {}", what, shown_token(token));
  return false;
}

bool JsonError::expected(std::string_view what, const JsonCursor& cursor) {
  reason = fmt::format("expected {}, got {}", what, shown_value(cursor));
  return false;
}

bool JsonError::malformed(std::string_view what, const JsonCursor& cursor) {
  reason = fmt::format("malformed JSON: expected {}, got {}", what, shown_value(cursor));
  if (!cursor.is_at_end()) reason += fmt::format(" at byte {}", cursor.position());
  return false;
}

void JsonError::enter_field(std::string_view name) {
  const bool is_innermost = path.empty() || path[0] == '[';
  path = fmt::format("{}{}{}", name, is_innermost ? "" : ".", path);
}

void JsonError::enter_element(uint64_t index) {
  const bool is_innermost = path.empty() || path[0] == '[';
  path = fmt::format("[{}]{}{}", index, is_innermost ? "" : ".", path);
}

std::string JsonError::message() const {
  return path.empty() ? reason : fmt::format("column {}: {}", path, reason);
}

bool JsonColumn::read_scalar(JsonToken token, uint64_t /*row*/, JsonError& error) {
  return fail(error, token);
}

bool JsonColumn::read_container(JsonCursor& cursor, uint64_t /*row*/, JsonError& error) {
  return fail(error, cursor);
}

bool read_json_value(JsonColumn& column, JsonCursor& cursor, uint64_t row, JsonError& error) {
  const char first = cursor.peek();
  if (first == '{' || first == '[') return column.read_container(cursor, row, error);
  if (cursor.is_at_end()) return error.malformed("a value", cursor);
  const auto token = cursor.token();
  cursor.advance();
  if (first != 'n' || token.text() != "null") return column.read_scalar(token, row, error);
  column.write_null(row);
  return true;
}

StatusOr<std::unique_ptr<JsonColumn>> make_json_column(const duckdb::LogicalType& type) {
  for (auto* make : {make_json_number_column, make_json_text_column, make_json_time_column,
                     make_json_cast_column}) {
    if (auto column = make(type)) return column;
  }
  return make_json_nested_column(type);
}

}  // namespace kappa::data
