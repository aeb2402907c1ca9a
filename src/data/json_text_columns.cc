// What is written as a JSON string and kept as bytes or a number: VARCHAR, BLOB, ENUM, UUID; and
// the type JSON, which keeps any value's text.

#include <duckdb/common/types/blob.hpp>
#include <duckdb/common/types/uuid.hpp>
#include <duckdb/common/vector/string_vector.hpp>

#include <exception>

#include "data/json_column.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::string_t;

string_t borrowed(std::string_view text) {
  return {text.data(), static_cast<uint32_t>(text.size())};
}

// A column whose vector holds strings, longer ones in the vector's own heap.
class StringColumn : public JsonFlatColumn<string_t> {
 public:
  using JsonFlatColumn::JsonFlatColumn;

  void bind(duckdb::Vector* target) override {
    JsonFlatColumn::bind(target);
    heap_ = target == nullptr ? nullptr : &duckdb::StringVector::GetStringHeap(*target);
  }

 protected:
  void put_text(uint64_t row, std::string_view text) {
    put(row, heap_->AddBlob(text.data(), text.size()));
  }

 private:
  duckdb::StringHeap* heap_ = nullptr;
};

class VarcharColumn : public StringColumn {
 public:
  using StringColumn::StringColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    if (!this->get_string(token, text)) [[unlikely]]
      return this->fail(error, token);
    if (is_bound()) put_text(row, text);
    return true;
  }
};

// Base64 with padding (RFC 4648, section 4).
class BlobColumn : public StringColumn {
 public:
  using StringColumn::StringColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    if (!this->get_string(token, text)) return this->fail(error, token);
    try {
      const auto bytes = duckdb::Blob::FromBase64(borrowed(text));
      if (is_bound()) put_text(row, bytes);
    } catch (const std::exception&) {
      return error.expected("BLOB in base64", token);
    }
    return true;
  }
};

class JsonTextColumn : public StringColumn {
 public:
  using StringColumn::StringColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    if (!validator_.is_valid(token.text())) return fail(error, token);
    if (is_bound()) put_text(row, token.text());
    return true;
  }

  bool read_container(JsonCursor& cursor, uint64_t row, JsonError& error) override {
    const auto begin = cursor;
    if (!cursor.skip_value()) return fail(error, begin);
    auto text = begin.rest();
    if (!cursor.is_at_end()) text.remove_suffix(cursor.rest().size());
    while (is_json_space(text.back())) text.remove_suffix(1);
    if (!validator_.is_valid(text)) return fail(error, begin);
    if (is_bound()) put_text(row, text);
    return true;
  }

 private:
  JsonValidator validator_;
};

// T is what DuckDB stores the position of a member in.
template <typename T>
class EnumColumn : public JsonFlatColumn<T> {
 public:
  explicit EnumColumn(const LogicalType& type) : JsonFlatColumn<T>("ENUM"), type_(type) {}

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    if (!this->get_string(token, text)) return this->fail(error, token);
    const auto position = duckdb::EnumType::GetPos(type_, borrowed(text));
    if (position < 0) return error.expected("a member of the ENUM", token);
    this->put(row, static_cast<T>(position));
    return true;
  }

 private:
  const LogicalType type_;
};

class UuidColumn : public JsonFlatColumn<duckdb::hugeint_t> {
 public:
  using JsonFlatColumn::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    duckdb::hugeint_t value;
    if (!this->get_string(token, text) ||
        !duckdb::UUID::FromString(std::string(text), value, /*strict=*/true)) {
      return this->fail(error, token);
    }
    put(row, value);
    return true;
  }
};

std::unique_ptr<JsonColumn> make_enum_column(const LogicalType& type) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::UINT8:
      return std::make_unique<EnumColumn<uint8_t>>(type);
    case duckdb::PhysicalType::UINT16:
      return std::make_unique<EnumColumn<uint16_t>>(type);
    default:
      return std::make_unique<EnumColumn<uint32_t>>(type);
  }
}

}  // namespace

std::unique_ptr<JsonColumn> make_json_text_column(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::VARCHAR:
      if (type.IsJSONType()) return std::make_unique<JsonTextColumn>("JSON");
      return std::make_unique<VarcharColumn>("VARCHAR");
    case LogicalTypeId::BLOB:
      return std::make_unique<BlobColumn>("BLOB");
    case LogicalTypeId::ENUM:
      return make_enum_column(type);
    case LogicalTypeId::UUID:
      return std::make_unique<UuidColumn>("UUID");
    default:
      return nullptr;
  }
}

}  // namespace kappa::data
