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
  names_.start();
  if (cursor.peek() == '}') {
    cursor.advance();
  } else if (!read_fields(cursor, row, error)) {
    return false;
  }
  return complete(row, error);
}

bool JsonObjectReader::read_fields(JsonCursor& cursor, uint64_t row, JsonError& error) {
  for (;;) {
    int field;
    if (cursor.peek() != '"' || !names_.match(cursor, field)) [[unlikely]] {
      return error.malformed("expected a field name", cursor);
    }
    cursor.advance();
    if (cursor.peek() != ':') [[unlikely]] return error.malformed("expected a colon", cursor);
    cursor.advance();
    if (field != JsonFields::kUndeclared) {
      if (!read_field(static_cast<size_t>(field), cursor, row, error)) [[unlikely]] return false;
    } else {
      const auto value = cursor;
      if (!cursor.skip_value()) return error.malformed("expected a value", value);
    }
    const char next = cursor.peek();
    if (next != ',' && next != '}') return error.malformed("expected a comma or }", cursor);
    cursor.advance();
    if (next == '}') return true;
  }
}

bool JsonObjectReader::read_field(size_t index, JsonCursor& cursor, uint64_t row,
                                  JsonError& error) {
  const uint64_t bit = uint64_t{1} << (index % 64);
  if (cursor.peek() == 'n') {
    if (!cursor.take_null()) return error.malformed("expected a value", cursor);
    is_absent_[index / 64] |= bit;
    return true;
  }
  if (!fields_[index].column->read(cursor, row, error)) [[unlikely]] {
    error.enter_field(fields_[index].name);
    return false;
  }
  is_absent_[index / 64] &= ~bit;
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
