#include "data/json_object.h"

namespace kappa::data {
namespace {

std::vector<std::string> names_of(const std::vector<JsonField>& fields) {
  std::vector<std::string> names;
  for (const auto& field : fields) names.push_back(field.name);
  return names;
}

}  // namespace

// A bit per field. The first 64 lie in a word that the loop below can keep in a register.
class JsonObjectReader::Present {
 public:
  explicit Present(std::vector<uint64_t>& further) : further_(further.data()) {
    for (auto& word : further) word = 0;
  }

  bool get(size_t field) const {
    return ((field < 64 ? first_ : further_[field / 64 - 1]) >> (field % 64) & 1) != 0;
  }
  void set(size_t field, bool is_present) {
    if (field < 64) [[likely]]
      return set(first_, field, is_present);
    set(further_[field / 64 - 1], field % 64, is_present);
  }
  // Whether the first `count` fields are all there. Only for up to 64.
  bool has_all(size_t count) const { return first_ == ~uint64_t{0} >> (64 - count); }

 private:
  static void set(uint64_t& word, size_t bit, bool is_present) {
    const uint64_t mask = uint64_t{1} << bit;
    word = is_present ? word | mask : word & ~mask;
  }

  uint64_t first_ = 0;
  uint64_t* further_;
};

JsonObjectReader::JsonObjectReader(std::vector<JsonField> fields)
    : fields_(std::move(fields)), names_(names_of(fields_)), present_(fields_.size() / 64) {}

bool JsonObjectReader::read(JsonCursor& cursor, uint64_t row, JsonError& error) {
  if (cursor.peek() != '{') return error.expected("an object", cursor);
  cursor.advance();
  Present present(present_);
  if (cursor.peek() == '}') {
    cursor.advance();
  } else if (!read_fields(cursor, row, present, error)) {
    return false;
  }
  return complete(row, present, error);
}

bool JsonObjectReader::read_value(int index, JsonToken token, uint64_t row, Present& present,
                                  JsonError& error) {
  if (index == JsonFields::kUndeclared) {
    return starts_json_scalar(*token.begin) || error.expected("a value", token);
  }
  auto& field = fields_[static_cast<size_t>(index)];
  const bool is_null = *token.begin == 'n' && token.text() == "null";
  if (!is_null && !field.column->read_scalar(token, row, error)) [[unlikely]] {
    error.enter_field(field.name);
    return false;
  }
  present.set(static_cast<size_t>(index), !is_null);
  return true;
}

// This loop keeps its state in registers (so only copies of the cursor are handed out) and takes
// the four tokens of a field at once; that is what makes it fast.
bool JsonObjectReader::read_fields(JsonCursor& outer_cursor, uint64_t row, Present& outer_present,
                                   JsonError& error) {
  auto cursor = outer_cursor;
  auto present = outer_present;
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
      outer_cursor = cursor;
      outer_cursor.advance(2);
      if (!read_container(field, outer_cursor, row, error)) return false;
      if (field != JsonFields::kUndeclared) present.set(static_cast<size_t>(field), true);
      cursor = outer_cursor;
    } else {
      if (!read_value(field, cursor.token(2), row, present, error)) [[unlikely]]
        return false;
      cursor.advance(3);
    }
    const char next = cursor.peek();
    if (next != ',' && next != '}') [[unlikely]] {
      return error.malformed("a comma or }", JsonCursor(cursor));
    }
    cursor.advance();
    if (next == '}') break;
  }
  outer_cursor = cursor;
  outer_present = present;
  return true;
}

bool JsonObjectReader::read_container(int index, JsonCursor& cursor, uint64_t row,
                                      JsonError& error) {
  if (index == JsonFields::kUndeclared) {
    const auto begin = cursor;
    return cursor.skip_value() || error.malformed("a value that is closed", begin);
  }
  auto& field = fields_[static_cast<size_t>(index)];
  if (field.column->read_container(cursor, row, error)) return true;
  error.enter_field(field.name);
  return false;
}

bool JsonObjectReader::complete(uint64_t row, const Present& present, JsonError& error) {
  const size_t count = fields_.size();
  if (count - 1 < 64 && present.has_all(count)) return true;
  for (size_t i = 0; i < count; ++i) {
    if (present.get(i)) continue;
    if (fields_[i].is_not_null) {
      error.reason = "NOT NULL, but the field is absent or null";
      error.enter_field(fields_[i].name);
      return false;
    }
    fields_[i].column->write_null(row);
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
