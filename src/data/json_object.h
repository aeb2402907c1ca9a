#pragma once
// Reads a JSON object into columns: a record, or a STRUCT in it.

#include <memory>
#include <string>
#include <vector>

#include "data/json_column.h"
#include "data/json_fields.h"

namespace kappa::data {

struct JsonField {
  std::string name;
  std::unique_ptr<JsonColumn> column;
  bool is_not_null = false;
};

// Undeclared fields are skipped, absent ones are NULL, of duplicates the last one wins (but each of
// them must be right). Confined to one thread.
class JsonObjectReader {
 public:
  explicit JsonObjectReader(std::vector<JsonField> fields);

  // Reads the object that the cursor stands at into row `row` of every column and moves behind it.
  // False with `error` set if a field does not decode, or one that must not be NULL is.
  bool read(JsonCursor& cursor, uint64_t row, JsonError& error);
  void write_null(uint64_t row);
  void finish(uint64_t row_count);

  size_t size() const { return fields_.size(); }
  JsonColumn& column(size_t index) { return *fields_[index].column; }

 private:
  // Which fields have a value in this object; null counts as none.
  class Present;
  bool read_fields(JsonCursor& cursor, uint64_t row, Present& present, JsonError& error);
  [[gnu::always_inline]] inline bool read_value(int field, JsonToken token, uint64_t row,
                                                Present& present, JsonError& error);
  bool read_container(int field, JsonCursor& cursor, uint64_t row, JsonError& error);
  bool complete(uint64_t row, const Present& present, JsonError& error);

  std::vector<JsonField> fields_;
  JsonFields names_;
  std::vector<uint64_t> present_;  // room for the bits of the fields from 64 on
};

}  // namespace kappa::data
