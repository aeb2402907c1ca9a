// STRUCT, LIST and ARRAY; MAP is in json_map_column.cc.

#include <duckdb/common/vector/array_vector.hpp>
#include <duckdb/common/vector/list_vector.hpp>
#include <duckdb/common/vector/struct_vector.hpp>

#include "data/json_list.h"
#include "data/json_object.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

class StructColumn : public JsonColumn {
 public:
  explicit StructColumn(JsonObjectReader reader)
      : JsonColumn("STRUCT"), reader_(std::move(reader)) {}

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    for (size_t i = 0; i < reader_.size(); ++i) {
      reader_.column(i).bind(target == nullptr ? nullptr
                                               : &duckdb::StructVector::GetEntries(*target)[i]);
    }
  }

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    if (cursor.peek() != '{') return fail(error, cursor);
    if (!reader_.read(cursor, row, error)) return false;
    if (is_bound()) set_valid(row);
    return true;
  }

  void write_null(uint64_t row) override {
    JsonColumn::write_null(row);
    reader_.write_null(row);
  }

  void finish(uint64_t row_count) override { reader_.finish(row_count); }

 private:
  JsonObjectReader reader_;
};

class ListColumn : public JsonListColumn {
 public:
  explicit ListColumn(std::unique_ptr<JsonColumn> element)
      : JsonListColumn("LIST", std::move(element)) {}

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    if (cursor.peek() != '[') return fail(error, cursor);
    const uint64_t first = start_of(row);
    uint64_t end = first;
    const auto read_element = [&] {
      make_room(end);
      if (!read_json_value(element(), cursor, end, error)) {
        error.enter_element(end - first);
        return false;
      }
      ++end;
      return true;
    };
    if (!read_json_sequence(cursor, ']', error, read_element)) return false;
    put_entry(row, first, end);
    return true;
  }
};

class ArrayColumn : public JsonColumn {
 public:
  ArrayColumn(std::unique_ptr<JsonColumn> element, uint64_t size)
      : JsonColumn(fmt::format("ARRAY of {} elements", size)),
        element_(std::move(element)),
        size_(size) {}

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    element_->bind(target == nullptr ? nullptr : &duckdb::ArrayVector::GetChildMutable(*target));
  }

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    const auto begin = cursor;
    if (cursor.peek() != '[') return fail(error, cursor);
    uint64_t count = 0;
    const auto read_element = [&] {
      if (count == size_) return fail(error, begin);
      if (!read_json_value(*element_, cursor, row * size_ + count, error)) {
        error.enter_element(count);
        return false;
      }
      ++count;
      return true;
    };
    if (!read_json_sequence(cursor, ']', error, read_element)) return false;
    if (count != size_) return fail(error, begin);
    if (is_bound()) set_valid(row);
    return true;
  }

  void write_null(uint64_t row) override {
    JsonColumn::write_null(row);
    if (!is_bound()) return;
    for (uint64_t i = 0; i < size_; ++i) element_->write_null(row * size_ + i);
  }

  void finish(uint64_t row_count) override { element_->finish(row_count * size_); }

 private:
  const std::unique_ptr<JsonColumn> element_;
  const uint64_t size_;
};

StatusOr<std::unique_ptr<JsonColumn>> make_struct_column(const LogicalType& type) {
  std::vector<JsonField> fields;
  for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
    ASSIGN_OR_RETURN(auto column, make_json_column(child));
    fields.push_back({name.GetIdentifierName(), std::move(column)});
  }
  return std::make_unique<StructColumn>(JsonObjectReader(std::move(fields)));
}

}  // namespace

void JsonListColumn::bind(duckdb::Vector* target) {
  JsonColumn::bind(target);
  target_ = target;
  if (target == nullptr) {
    entries_ = nullptr;
    element_->bind(nullptr);
    return;
  }
  entries_ = duckdb::FlatVector::GetDataMutable<duckdb::list_entry_t>(*target);
  capacity_ = duckdb::ListVector::GetListCapacity(*target);
  element_->bind(&duckdb::ListVector::GetChildMutable(*target));
}

void JsonListColumn::write_null(uint64_t row) {
  JsonColumn::write_null(row);
  if (entries_ != nullptr) entries_[row] = {start_of(row), 0};
}

void JsonListColumn::finish(uint64_t row_count) {
  if (target_ == nullptr) return;
  const auto size = start_of(row_count);
  duckdb::ListVector::SetListSize(*target_, size);
  element_->finish(size);
}

void JsonListColumn::grow(uint64_t index) {
  duckdb::ListVector::Reserve(*target_, index + 1);  // to the next power of two
  capacity_ = duckdb::ListVector::GetListCapacity(*target_);
  element_->bind(&duckdb::ListVector::GetChildMutable(*target_));
}

StatusOr<std::unique_ptr<JsonColumn>> make_json_nested_column(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::STRUCT:
      return make_struct_column(type);
    case LogicalTypeId::MAP:
      return make_json_map_column(type);
    case LogicalTypeId::LIST: {
      ASSIGN_OR_RETURN(auto element, make_json_column(duckdb::ListType::GetChildType(type)));
      return std::make_unique<ListColumn>(std::move(element));
    }
    case LogicalTypeId::ARRAY: {
      ASSIGN_OR_RETURN(auto element, make_json_column(duckdb::ArrayType::GetChildType(type)));
      return std::make_unique<ArrayColumn>(std::move(element), duckdb::ArrayType::GetSize(type));
    }
    default:
      return unimplemented("JSON cannot carry the type {}", type.ToString());
  }
}

}  // namespace kappa::data
