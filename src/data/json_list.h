#pragma once
// What LIST and MAP columns share: rows that are ranges of a child vector that grows.

#include <memory>

#include "data/json_column.h"

namespace kappa::data {

// Calls read_part() at each part of the array or object that the cursor stands at and moves behind
// it. `close` is the bracket that ends it.
template <typename ReadPart>
bool read_json_sequence(JsonCursor& cursor, char close, JsonError& error, ReadPart&& read_part) {
  cursor.advance();
  if (cursor.peek() == close) {
    cursor.advance();
    return true;
  }
  for (;;) {
    if (!read_part()) return false;
    const char next = cursor.peek();
    if (next != ',' && next != close) {
      return error.malformed("a comma or a closing bracket", cursor);
    }
    cursor.advance();
    if (next == close) return true;
  }
}

class JsonListColumn : public JsonColumn {
 public:
  JsonListColumn(std::string name, std::unique_ptr<JsonColumn> element)
      : JsonColumn(std::move(name)), element_(std::move(element)) {}

  void bind(duckdb::Vector* target) override;
  void write_null(uint64_t row) override;
  void finish(uint64_t row_count) override;

 protected:
  JsonColumn& element() { return *element_; }
  duckdb::Vector* target() { return target_; }
  // Where the elements of `row` go: behind those of the row before.
  uint64_t start_of(uint64_t row) const {
    return row == 0 || entries_ == nullptr ? 0
                                           : entries_[row - 1].offset + entries_[row - 1].length;
  }
  // Before element `index` of the child vector is written.
  void make_room(uint64_t index) {
    if (entries_ != nullptr && index >= capacity_) [[unlikely]]
      grow(index);
  }
  void put_entry(uint64_t row, uint64_t first, uint64_t end) {
    if (entries_ == nullptr) return;
    entries_[row] = {first, end - first};
    set_valid(row);
  }

 private:
  void grow(uint64_t index);

  const std::unique_ptr<JsonColumn> element_;
  duckdb::Vector* target_ = nullptr;
  duckdb::list_entry_t* entries_ = nullptr;
  uint64_t capacity_ = 0;
};

StatusOr<std::unique_ptr<JsonColumn>> make_json_map_column(const duckdb::LogicalType& type);

}  // namespace kappa::data
