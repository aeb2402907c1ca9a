#include "data/json_object.h"

#include <bit>

namespace kappa::data {
namespace {

std::vector<std::string> names_of(const std::vector<JsonField>& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  return names;
}

}  // namespace

JsonObjectReader::JsonObjectReader(std::vector<JsonField> fields)
    : fields_(std::move(fields)), names_(names_of(fields_)), is_absent_((fields_.size() + 63) / 64) {}

bool JsonObjectReader::read(JsonCursor& cursor, uint64_t row, JsonError& error) {
  if (cursor.peek() != '{') return error.expected("an object", cursor);
  cursor.advance();
  for (size_t i = 0; i < is_absent_.size(); ++i) {
    const size_t bits = fields_.size() - i * 64;
    is_absent_[i] = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
  }
  if (cursor.peek() == '}') {
    cursor.advance();
  } else if (!read_fields(cursor, row, error)) {
    return false;
  }
  return complete(row, error);
}

bool JsonObjectReader::read_value(int index, JsonToken token, uint64_t row, JsonError& error) {
  if (index == JsonFields::kUndeclared) {
    if (starts_json_scalar(*token.begin)) return true;
    return error.expected("a value", token);
  }
  auto& field = fields_[static_cast<size_t>(index)];
  if (*token.begin == 'n' && token.text() == "null") {
    set_absent(static_cast<size_t>(index));
    return true;
  }
  if (!field.column->read_scalar(token, row, error)) [[unlikely]] {
    error.enter_field(field.name);
    return false;
  }
  set_present(static_cast<size_t>(index));
  return true;
}

// This loop keeps its cursor in registers (so only copies of it are handed out) and takes the four
// tokens of a field at once; that is what makes it fast.
bool JsonObjectReader::read_fields(JsonCursor& outer, uint64_t row, JsonError& error) {
  JsonCursor cursor = outer;
  auto place = names_.start();
  for (;;) {
    if (cursor.size() < 4 || *cursor.at(0) != '"' || *cursor.at(1) != ':') [[unlikely]] {
      return error.malformed("a field name, a colon and a value", JsonCursor(cursor));
    }
    const int field = names_.match(cursor.token(), place);
    if (field == JsonFields::kInvalid) [[unlikely]] {
      return error.malformed("a field name", JsonCursor(cursor));
    }
    const char first = *cursor.at(2);
    if (first == '{' || first == '[') {
      cursor.advance(2);
      outer = cursor;
      if (!read_container(field, outer, row, error)) return false;
      cursor = outer;
    } else {
      if (!read_value(field, cursor.token(2), row, error)) [[unlikely]] return false;
      cursor.advance(3);
    }
    const char next = cursor.peek();
    if (next != ',' && next != '}') [[unlikely]] {
      return error.malformed("a comma or }", JsonCursor(cursor));
    }
    cursor.advance();
    if (next == '}') break;
  }
  outer = cursor;
  return true;
}

bool JsonObjectReader::read_container(int index, JsonCursor& cursor, uint64_t row,
                                      JsonError& error) {
  if (index == JsonFields::kUndeclared) {
    const auto begin = cursor;
    return cursor.skip_value() || error.malformed("a value that is closed", begin);
  }
  auto& field = fields_[static_cast<size_t>(index)];
  if (!field.column->read_container(cursor, row, error)) {
    error.enter_field(field.name);
    return false;
  }
  set_present(static_cast<size_t>(index));
  return true;
}

bool JsonObjectReader::complete(uint64_t row, JsonError& error) {
  for (size_t i = 0; i < is_absent_.size(); ++i) {
    for (uint64_t bits = is_absent_[i]; bits != 0; bits &= bits - 1) {
      auto& field = fields_[i * 64 + static_cast<size_t>(std::countr_zero(bits))];
      if (field.is_not_null) {
        error.reason = "NOT NULL, but the field is absent or null";
        error.enter_field(field.name);
        return false;
      }
      field.column->write_null(row);
    }
  }
  return true;
}

void JsonObjectReader::write_null(uint64_t row) {
  for (auto& field : fields_) field.column->write_null(row);
}

void JsonObjectReader::finish(uint64_t row_count) {
  for (auto& field : fields_) field.column->finish(row_count);
}

}  // namespace kappa::data
