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

// The value that the cursor stands at, as far as a message shows it.
std::string shown_value(const JsonCursor& cursor) {
  if (cursor.is_at_end()) return "the end of the value";
  const char first = cursor.peek();
  const bool is_container = first == '{' || first == '[';
  return std::string(kind_of(first)) +
         clipped_text(is_container ? cursor.rest() : cursor.token());
}

}  // namespace

bool JsonError::expected(std::string_view what, const JsonCursor& cursor) {
  reason = fmt::format("expected {}, got {}", what, shown_value(cursor));
  return false;
}

bool JsonError::malformed(std::string_view what, const JsonCursor& cursor) {
  reason = fmt::format("malformed JSON: {}, got {}", what, shown_value(cursor));
  if (!cursor.is_at_end()) reason += fmt::format(" at byte {}", cursor.position());
  return false;
}

std::string JsonError::message() const {
  return path.empty() ? reason : fmt::format("column {}: {}", path, reason);
}

StatusOr<std::unique_ptr<JsonColumn>> make_json_column(const duckdb::LogicalType& type) {
  for (auto* make : {make_json_number_column, make_json_text_column, make_json_time_column,
                     make_json_cast_column}) {
    if (auto column = make(type)) return column;
  }
  return make_json_nested_column(type);
}

}  // namespace kappa::data
