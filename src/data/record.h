#pragma once
// What every record format shares: a record of the log as bytes, the columns it is decoded into,
// and what becomes of a record that does not decode. `data` knows no log: the engine hands records
// over as views.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/delta.h"

namespace kappa::data {

struct Header {
  std::string_view key;
  std::optional<std::string_view> value;
};

struct RecordView {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = -1;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  std::span<const Header> headers;
  // Bytes that may be read (not used) beyond the end of value: what lies in the same buffer.
  size_t readable_beyond_value = 0;
};

// Where a column's value comes from.
enum class ColumnOrigin { kValue, kKey, kPartition, kOffset, kTimestamp, kHeaders };

struct RecordColumn {
  std::string name;  // the field's name for kValue; matched exactly, then case-insensitively
  duckdb::LogicalType type;  // kKey: VARCHAR or BLOB (or any type decoded from its JSON text);
                             // kPartition INTEGER, kOffset BIGINT, kTimestamp TIMESTAMP (or _TZ),
                             // kHeaders MAP(VARCHAR, BLOB) or STRUCT(key, value)[]
  bool is_not_null = false;
  ColumnOrigin origin = ColumnOrigin::kValue;
};

struct BadRecord {
  size_t index;        // into the records handed over
  std::string reason;  // "column price: expected BIGINT, got string \"abc\"": names column and why
};

// Decodes records into rows. Confined to one thread; make one per worker.
// The rows are a function of the declared columns alone: a record is a row if EVERY declared
// column decodes (a missing or null field is NULL; an undeclared field is skipped; a wrong JSON
// type, a number out of range, a missing NOT NULL field, bytes after the object are errors), else
// it is a BadRecord as a whole. Only the columns in use are built.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  // Decodes at most 2,048 records into `out` (initialised with output_types(), reset by this
  // call): good records in order, one row each, bad ones appended to `bad`. `row_of` (if not null)
  // gets the record index of each row.
  virtual void decode(std::span<const RecordView> records, duckdb::DataChunk& out,
                      std::vector<BadRecord>& bad, std::vector<uint32_t>* row_of) = 0;
  // The types of the columns in use, in their order.
  virtual const Types& output_types() const = 0;
};

}  // namespace kappa::data
