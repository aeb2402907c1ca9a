// MAP: an object if the keys are VARCHAR, {"de": 1, "fr": 2}, else an array of its entries,
// [{"key": 1, "value": "a"}, …]. A key that occurs twice, or is null, is an error, as in SQL.

#include <absl/container/flat_hash_set.h>

#include <duckdb/common/vector/list_vector.hpp>
#include <duckdb/common/vector/map_vector.hpp>
#include <duckdb/common/vector/struct_vector.hpp>

#include "data/clipped_text.h"
#include "data/json_list.h"
#include "data/json_object.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;

// An entry in either form; its vector is the STRUCT(key, value) below the map.
class EntryColumn : public JsonColumn {
 public:
  EntryColumn(std::unique_ptr<JsonColumn> key, std::unique_ptr<JsonColumn> value)
      : JsonColumn("an object with key and value"),
        reader_(fields_of(std::move(key), std::move(value))) {}

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    for (size_t i = 0; i < 2; ++i) {
      reader_.column(i).bind(&duckdb::StructVector::GetEntries(*target)[i]);
    }
  }

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    if (cursor.peek() != '{') return fail(error, cursor);
    set_valid(row);
    return reader_.read(cursor, row, error);
  }

  // "name": value, as part of an object.
  bool read_field(JsonCursor& cursor, uint64_t row, JsonError& error) {
    if (cursor.peek() != '"' || !reader_.column(0).read_scalar(cursor.token(), row, error)) {
      return error.malformed("a field name", cursor);
    }
    const auto name = cursor.token();
    cursor.advance();
    if (cursor.peek() != ':') return error.malformed("a colon", cursor);
    cursor.advance();
    set_valid(row);
    if (read_json_value(reader_.column(1), cursor, row, error)) return true;
    error.enter_field(clipped_text(name.text()));
    return false;
  }

  void write_null(uint64_t row) override {
    JsonColumn::write_null(row);
    reader_.write_null(row);
  }
  void finish(uint64_t row_count) override { reader_.finish(row_count); }

 private:
  static JsonObjectReader fields_of(std::unique_ptr<JsonColumn> key,
                                    std::unique_ptr<JsonColumn> value) {
    std::vector<JsonField> fields;
    fields.push_back({"key", std::move(key), /*is_not_null=*/true});
    fields.push_back({"value", std::move(value)});
    return JsonObjectReader(std::move(fields));
  }

  JsonObjectReader reader_;
};

// Equal keys can only be found among keys that are built, so a map that is only checked is built
// too, in row 0 of a chunk of its own.
class MapColumn : public JsonListColumn {
 public:
  MapColumn(const LogicalType& type, std::unique_ptr<EntryColumn> entry)
      : JsonListColumn("MAP", std::move(entry)),
        type_(type),
        has_text_keys_(is_text(duckdb::MapType::KeyType(type))) {}

  void bind(duckdb::Vector* target) override {
    is_wanted_ = target != nullptr;
    if (is_wanted_) return JsonListColumn::bind(target);
    if (scratch_.ColumnCount() == 0) {
      scratch_.Initialize(duckdb::Allocator::DefaultAllocator(), {type_}, 1);
    }
    scratch_.Reset();
    JsonListColumn::bind(&scratch_.data[0]);
  }

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    if (!is_wanted_) row = 0;
    const auto begin = cursor;
    if (cursor.peek() != (has_text_keys_ ? '{' : '[')) return fail(error, cursor);
    const uint64_t first = start_of(row);
    uint64_t end = first;
    const auto read_entry = [&] {
      make_room(end);
      auto& entry = static_cast<EntryColumn&>(element());
      if (has_text_keys_) return entry.read_field(cursor, end++, error);
      if (entry.read_container(cursor, end, error)) return ++end != 0;
      error.enter_element(end - first);
      return false;
    };
    if (!read_json_sequence(cursor, has_text_keys_ ? '}' : ']', error, read_entry)) return false;
    put_entry(row, first, end);
    if (has_equal_keys(row, first, end)) return error.expected("MAP with distinct keys", begin);
    return true;
  }

  void write_null(uint64_t row) override { JsonListColumn::write_null(is_wanted_ ? row : 0); }
  void finish(uint64_t row_count) override {
    if (is_wanted_) JsonListColumn::finish(row_count);
  }

 private:
  static bool is_text(const LogicalType& type) {
    return type.id() == duckdb::LogicalTypeId::VARCHAR && !type.IsJSONType();
  }

  bool has_equal_keys(uint64_t row, uint64_t first, uint64_t end) {
    if (end - first < 2) return false;
    if (has_text_keys_) return has_equal_text_keys(first, end);
    JsonListColumn::finish(row + 1);  // DuckDB looks at the sizes
    const duckdb::SelectionVector rows(row, 1);
    return duckdb::MapVector::CheckMapValidity(*target(), 1, rows) !=
           duckdb::MapInvalidReason::VALID;
  }

  bool has_equal_text_keys(uint64_t first, uint64_t end) {
    const auto* keys =
        duckdb::FlatVector::GetData<duckdb::string_t>(duckdb::MapVector::GetKeys(*target()));
    seen_.clear();
    for (uint64_t i = first; i < end; ++i) {
      if (!seen_.emplace(keys[i].GetData(), keys[i].GetSize()).second) return true;
    }
    return false;
  }

  const LogicalType type_;
  const bool has_text_keys_;
  bool is_wanted_ = false;
  duckdb::DataChunk scratch_;
  absl::flat_hash_set<std::string_view> seen_;
};

}  // namespace

StatusOr<std::unique_ptr<JsonColumn>> make_json_map_column(const LogicalType& type) {
  ASSIGN_OR_RETURN(auto key, make_json_column(duckdb::MapType::KeyType(type)));
  ASSIGN_OR_RETURN(auto value, make_json_column(duckdb::MapType::ValueType(type)));
  return std::make_unique<MapColumn>(
      type, std::make_unique<EntryColumn>(std::move(key), std::move(value)));
}

}  // namespace kappa::data
