#include "data/metadata_columns.h"

#include <absl/container/flat_hash_map.h>

#include <duckdb/common/vector/list_vector.hpp>
#include <duckdb/common/vector/string_vector.hpp>
#include <duckdb/common/vector/struct_vector.hpp>

#include "data/clipped_text.h"

namespace kappa::data {
namespace {

using duckdb::FlatVector;
using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::string_t;
using duckdb::StringVector;

// A column of one vector, or of none when it is checked only.
class ColumnPart : public RecordPart {
 public:
  ColumnPart(const RecordColumn& column, std::optional<size_t> output)
      : name_(column.name), is_not_null_(column.is_not_null), output_(output) {}

  void start(duckdb::DataChunk& out) override { vector_ = output_ ? &out.data[*output_] : nullptr; }
  void finish(size_t /*row_count*/) override {}

 protected:
  bool fail(std::string& reason, std::string_view why) const {
    reason = fmt::format("column {}: {}", name_, why);
    return false;
  }
  bool put_null(size_t row, std::string& reason) {
    if (is_not_null_) return fail(reason, "NOT NULL, but the record has none");
    if (vector_ != nullptr) FlatVector::SetNull(*vector_, row, true);
    return true;
  }
  template <typename T>
  bool put(size_t row, T value) {
    if (vector_ == nullptr) return true;
    FlatVector::GetDataMutable<T>(*vector_)[row] = value;
    FlatVector::ValidityMutable(*vector_).SetValid(row);
    return true;
  }
  duckdb::Vector* vector() { return vector_; }

 private:
  const std::string name_;
  const bool is_not_null_;
  const std::optional<size_t> output_;
  duckdb::Vector* vector_ = nullptr;
};

class PartitionPart : public ColumnPart {
 public:
  using ColumnPart::ColumnPart;
  bool read(const RecordView& record, size_t row, std::string& /*reason*/) override {
    return put<int32_t>(row, record.partition);
  }
};

class OffsetPart : public ColumnPart {
 public:
  using ColumnPart::ColumnPart;
  bool read(const RecordView& record, size_t row, std::string& /*reason*/) override {
    return put<int64_t>(row, record.offset);
  }
};

class TimestampPart : public ColumnPart {
 public:
  using ColumnPart::ColumnPart;
  bool read(const RecordView& record, size_t row, std::string& reason) override {
    if (record.timestamp_ms == -1) return put_null(row, reason);
    int64_t microseconds;
    if (__builtin_mul_overflow(record.timestamp_ms, 1000, &microseconds)) {
      return fail(reason, fmt::format("timestamp out of range: {} ms", record.timestamp_ms));
    }
    return put<int64_t>(row, microseconds);
  }
};

class KeyPart : public ColumnPart {
 public:
  KeyPart(const RecordColumn& column, std::optional<size_t> output)
      : ColumnPart(column, output), is_text_(column.type.id() == LogicalTypeId::VARCHAR) {}

  bool read(const RecordView& record, size_t row, std::string& reason) override {
    if (!record.key) return put_null(row, reason);
    if (is_text_ && !is_utf8(*record.key)) {
      return fail(reason, "expected VARCHAR, got bytes " + clipped_text(*record.key));
    }
    if (vector() == nullptr) return true;
    return put<string_t>(
        row, StringVector::AddStringOrBlob(*vector(), record.key->data(), record.key->size()));
  }

 private:
  const bool is_text_;
};

class HeadersPart : public ColumnPart {
 public:
  HeadersPart(const RecordColumn& column, std::optional<size_t> output)
      : ColumnPart(column, output), is_map_(column.type.id() == LogicalTypeId::MAP) {}

  bool read(const RecordView& record, size_t row, std::string& reason) override {
    for (const auto& header : record.headers) {
      if (!is_utf8(header.key)) {
        return fail(reason,
                    "expected UTF-8 as a header's key, got bytes " + clipped_text(header.key));
      }
    }
    if (vector() == nullptr) return true;
    const auto* entries = FlatVector::GetData<duckdb::list_entry_t>(*vector());
    const auto first = row == 0 ? 0 : entries[row - 1].offset + entries[row - 1].length;
    auto end = first;
    const auto headers = is_map_ ? last_of_each_key(record.headers) : record.headers;
    for (const auto& header : headers) append(header, end++);
    return put<duckdb::list_entry_t>(row, {first, end - first});
  }

  void finish(size_t row_count) override {
    if (vector() == nullptr || row_count == 0) return;
    const auto& last = FlatVector::GetData<duckdb::list_entry_t>(*vector())[row_count - 1];
    duckdb::ListVector::SetListSize(*vector(), last.offset + last.length);
  }

 private:
  // In the order of the keys' first occurrence.
  std::span<const Header> last_of_each_key(std::span<const Header> headers) {
    place_of_key_.clear();
    distinct_.clear();
    for (const auto& header : headers) {
      const auto [place, is_new] = place_of_key_.emplace(header.key, distinct_.size());
      if (is_new) {
        distinct_.push_back(header);
      } else {
        distinct_[place->second] = header;
      }
    }
    return distinct_;
  }

  void append(const Header& header, duckdb::idx_t at) {
    if (at >= duckdb::ListVector::GetListCapacity(*vector())) {
      duckdb::ListVector::Reserve(*vector(), (at + 1) * 2);
    }
    auto& parts = duckdb::StructVector::GetEntries(duckdb::ListVector::GetChildMutable(*vector()));
    set(parts[0], at, header.key);
    set(parts[1], at, header.value);
  }

  static void set(duckdb::Vector& vector, duckdb::idx_t at, std::optional<std::string_view> bytes) {
    FlatVector::ValidityMutable(vector).Set(at, bytes.has_value());
    if (!bytes) return;
    FlatVector::GetDataMutable<string_t>(vector)[at] =
        StringVector::AddStringOrBlob(vector, bytes->data(), bytes->size());
  }

  const bool is_map_;
  absl::flat_hash_map<std::string_view, size_t> place_of_key_;
  std::vector<Header> distinct_;
};

bool is_string(const LogicalType& type) {
  return type.id() == LogicalTypeId::VARCHAR && !type.IsJSONType();
}

bool is_headers_type(const LogicalType& type) {
  if (type.id() != LogicalTypeId::MAP && type.id() != LogicalTypeId::LIST) return false;
  const auto& entry = duckdb::ListType::GetChildType(type);
  return entry.id() == LogicalTypeId::STRUCT && duckdb::StructType::GetChildCount(entry) == 2 &&
         is_string(duckdb::StructType::GetChildType(entry, 0)) &&
         duckdb::StructType::GetChildType(entry, 1).id() == LogicalTypeId::BLOB;
}

bool has_its_type(const RecordColumn& column) {
  const auto id = column.type.id();
  switch (column.origin) {
    case ColumnOrigin::kPartition:
      return id == LogicalTypeId::INTEGER;
    case ColumnOrigin::kOffset:
      return id == LogicalTypeId::BIGINT;
    case ColumnOrigin::kTimestamp:
      return id == LogicalTypeId::TIMESTAMP || id == LogicalTypeId::TIMESTAMP_TZ;
    case ColumnOrigin::kHeaders:
      return is_headers_type(column.type);
    case ColumnOrigin::kKey:
    case ColumnOrigin::kValue:
      return true;
  }
  return false;
}

}  // namespace

bool is_key_bytes(const LogicalType& type) {
  return is_string(type) || type.id() == LogicalTypeId::BLOB;
}

StatusOr<std::unique_ptr<RecordPart>> make_metadata_part(const RecordColumn& column,
                                                         std::optional<size_t> output) {
  if (!has_its_type(column)) {
    return invalid_argument("column {} cannot have the type {}", column.name,
                            column.type.ToString());
  }
  switch (column.origin) {
    case ColumnOrigin::kPartition:
      return std::make_unique<PartitionPart>(column, output);
    case ColumnOrigin::kOffset:
      return std::make_unique<OffsetPart>(column, output);
    case ColumnOrigin::kTimestamp:
      return std::make_unique<TimestampPart>(column, output);
    case ColumnOrigin::kHeaders:
      return std::make_unique<HeadersPart>(column, output);
    case ColumnOrigin::kKey:
      if (is_key_bytes(column.type)) {
        return std::make_unique<KeyPart>(column, output);
      }
      return unimplemented("key of type {}: column={}", column.type.ToString(), column.name);
    case ColumnOrigin::kValue:
      break;
  }
  return invalid_argument("column {} comes from the value", column.name);
}

}  // namespace kappa::data
