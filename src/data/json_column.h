#pragma once
// One column, field or element that JSON values are decoded into: checks every value against its
// SQL type and, if it is bound to a vector, writes it there.
//
// A tree of these mirrors the declared type; STRUCT, LIST, ARRAY and MAP own the columns of their
// parts. Rows are written in ascending order, each at least once (a row may be written again: the
// last field of a name wins, and the next record takes the row of a bad one); so a list finds where
// its elements go from the entry of the row before.
//
// Adding a type: a class here or a case in an existing one, its writer in json_writer.h, a line in
// docs/formats/json.md, its good and bad values in json_decoder_test.cc.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/vector/flat_vector.hpp>

#include "base/status.h"
#include "data/json_cursor.h"

namespace kappa::data {

// Why a value does not decode. `path` is built from the inside out while the calls return.
struct JsonError {
  std::string path;    // "address.lines[2]"; empty if the record as a whole is malformed
  std::string reason;  // "expected BIGINT, got string \"abc\""

  // Set the reason from what was read instead; all return false.
  bool expected(std::string_view what, JsonToken token);
  bool expected(std::string_view what, const JsonCursor& cursor);
  bool malformed(std::string_view what, const JsonCursor& cursor);
  // The error lies in this field, or element, of the value that is being read.
  void enter_field(std::string_view name);
  void enter_element(uint64_t index);
  // "column price: expected …", or the reason alone.
  std::string message() const;
};

class JsonColumn {
 public:
  explicit JsonColumn(std::string name) : name_(std::move(name)) {}
  virtual ~JsonColumn() = default;

  // Where values go from now on (a flat vector, borrowed); null: they are only checked.
  virtual void bind(duckdb::Vector* target) {
    validity_ = target == nullptr ? nullptr : &duckdb::FlatVector::ValidityMutable(*target);
  }
  // Reads a string, number or boolean. False with `error` set if it does not decode.
  virtual bool read_scalar(JsonToken token, uint64_t row, JsonError& error);
  // Reads the object or array that the cursor stands at and moves behind it.
  virtual bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error);
  virtual void write_null(uint64_t row) {
    if (validity_ != nullptr) validity_->SetInvalid(row);
  }
  // After the last of `row_count` rows: sets the sizes of what lies below.
  virtual void finish(uint64_t /*row_count*/) {}

 protected:
  void set_valid(uint64_t row) { validity_->SetValid(row); }
  bool is_bound() const { return validity_ != nullptr; }
  // The content of a string token, valid until the next call.
  bool get_string(JsonToken token, std::string_view& content) {
    return read_json_string(token, unescaped_, content);
  }
  // Sets the error that the value is not of the column's type; false.
  template <typename Value>
  bool fail(JsonError& error, const Value& value) const {
    return error.expected(name_, value);
  }

 private:
  const std::string name_;  // of the type, for messages
  std::string unescaped_;
  duckdb::ValidityMask* validity_ = nullptr;
};

// A column whose vector is an array of T.
template <typename T>
class JsonFlatColumn : public JsonColumn {
 public:
  using JsonColumn::JsonColumn;

  void bind(duckdb::Vector* target) override {
    JsonColumn::bind(target);
    data_ = target == nullptr ? nullptr
                              : reinterpret_cast<T*>(duckdb::FlatVector::GetDataMutable(*target));
  }

 protected:
  void put(uint64_t row, T value) {
    if (data_ == nullptr) return;
    data_[row] = value;
    set_valid(row);
  }

 private:
  T* data_ = nullptr;
};

// Reads the value that the cursor stands at, or the literal null, which becomes NULL, and moves
// behind it.
bool read_json_value(JsonColumn& column, JsonCursor& cursor, uint64_t row, JsonError& error);

// DuckDB's own cast of a text; nullopt where it fails or gives NULL. Slow; for what has no fast
// path.
std::optional<duckdb::Value> cast_text(std::string_view text, const duckdb::LogicalType& type);

// Errors: kUnimplemented for a type that JSON cannot carry here.
StatusOr<std::unique_ptr<JsonColumn>> make_json_column(const duckdb::LogicalType& type);

// The families of make_json_column(); null if the type is not of the family.
std::unique_ptr<JsonColumn> make_json_number_column(const duckdb::LogicalType& type);
std::unique_ptr<JsonColumn> make_json_text_column(const duckdb::LogicalType& type);
std::unique_ptr<JsonColumn> make_json_time_column(const duckdb::LogicalType& type);
std::unique_ptr<JsonColumn> make_json_cast_column(const duckdb::LogicalType& type);
StatusOr<std::unique_ptr<JsonColumn>> make_json_nested_column(const duckdb::LogicalType& type);

}  // namespace kappa::data
