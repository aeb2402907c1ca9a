// Cells in the binary format. Dates and timestamps count from 2000-01-01.

#include "base/bytes.h"
#include "serve/postgres/cell_access.h"
#include "serve/postgres/numeric.h"
#include "serve/postgres/row_encoder.h"

#include <duckdb/common/types/bit.hpp>
#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/datetime.hpp>
#include <duckdb/common/types/interval.hpp>

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

constexpr int32_t kEpochDays = 10'957;  // 1970-01-01 to 2000-01-01
constexpr int64_t kEpochMicros = int64_t{kEpochDays} * 86'400 * 1'000'000;

void append_bool(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out.push_back(cell<bool>(cells, index) ? 1 : 0);
}

template <typename From, typename To>
void append_integer(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  Writer(out).integer(static_cast<To>(cell<From>(cells, index)));
}

void append_string(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out += string_cell(cells, index);
}

void append_uuid(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const auto& value = cell<duckdb::hugeint_t>(cells, index);
  Writer writer(out);
  // DuckDB flips the highest bit so that UUIDs sort as integers.
  writer.integer(static_cast<uint64_t>(value.upper) ^ (uint64_t{1} << 63));
  writer.integer(value.lower);
}

void append_date(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const auto date = cell<duckdb::date_t>(cells, index);
  int32_t days = date.days - kEpochDays;
  if (date == duckdb::date_t::infinity()) days = INT32_MAX;
  if (date == duckdb::date_t::ninfinity()) days = INT32_MIN;
  Writer(out).i32(days);
}

template <int64_t kPerMicro>
void append_time(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  Writer(out).i64(cell<int64_t>(cells, index) / kPerMicro);
}

void append_timetz(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const auto& time = cell<duckdb::dtime_tz_t>(cells, index);
  Writer writer(out);
  writer.i64(time.time().value);
  writer.i32(-time.offset());
}

template <TimestampUnit kUnit>
void append_timestamp(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const auto timestamp = timestamp_cell<kUnit>(cells, index);
  int64_t micros = 0;
  if (timestamp == duckdb::timestamp_t::infinity()) {
    micros = INT64_MAX;
  } else if (__builtin_sub_overflow(timestamp.value, kEpochMicros, &micros) ||
             timestamp == duckdb::timestamp_t::ninfinity()) {
    micros = INT64_MIN;
  }
  Writer(out).i64(micros);
}

void append_interval(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const auto& interval = cell<duckdb::interval_t>(cells, index);
  Writer writer(out);
  writer.i64(interval.micros);
  writer.i32(interval.days);
  writer.i32(interval.months);
}

// int32 bits, then the bits from the highest of the first byte on. DuckDB: a byte that counts the
// padding bits, which stand in front.
void append_varbit(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  const std::string bits = duckdb::Bit::ToString(cell<duckdb::string_t>(cells, index));
  Writer(out).i32(static_cast<int32_t>(bits.size()));
  for (size_t i = 0; i < bits.size(); i += 8) {
    unsigned char byte = 0;
    for (size_t bit = 0; bit < 8 && i + bit < bits.size(); ++bit) {
      if (bits[i + bit] == '1') byte |= 0x80 >> bit;
    }
    out.push_back(static_cast<char>(byte));
  }
}

}  // namespace

void append_numeric_cell(const CellEncoder& encoder, std::string& out, const Cells& cells,
                         size_t index) {
  std::string text;
  encoder.element->write(text, cells, index);
  append_numeric(out, text);
}

void append_array_binary(const CellEncoder& encoder, std::string& out, const Cells& cells,
                         size_t index) {
  const ArraySlice slice(encoder, cells, index);
  Writer writer(out);
  writer.i32(slice.count == 0 ? 0 : 1);
  const size_t null_flag = out.size();
  writer.i32(0);
  writer.u32(encoder.type.element_oid);
  if (slice.count == 0) return;
  writer.i32(static_cast<int32_t>(slice.count));
  writer.i32(1);  // the first element's subscript
  for (size_t i = 0; i < slice.count; ++i) {
    const size_t start = out.size();
    writer.i32(-1);
    if (slice.is_null(i)) {
      writer.patch_i32(null_flag, 1);
      continue;
    }
    encoder.element->write(out, slice.elements, slice.position(i));
    writer.patch_i32(start, static_cast<int32_t>(out.size() - start - sizeof(int32_t)));
  }
}

CellEncoder::Append binary_append_of(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return append_bool;
    case LogicalTypeId::TINYINT:
      return append_integer<int8_t, int16_t>;
    case LogicalTypeId::UTINYINT:
      return append_integer<uint8_t, int16_t>;
    case LogicalTypeId::SMALLINT:
      return append_integer<int16_t, int16_t>;
    case LogicalTypeId::USMALLINT:
      return append_integer<uint16_t, int32_t>;
    case LogicalTypeId::INTEGER:
      return append_integer<int32_t, int32_t>;
    case LogicalTypeId::UINTEGER:
      return append_integer<uint32_t, int64_t>;
    case LogicalTypeId::BIGINT:
      return append_integer<int64_t, int64_t>;
    case LogicalTypeId::FLOAT:
      return append_integer<uint32_t, uint32_t>;
    case LogicalTypeId::DOUBLE:
      return append_integer<uint64_t, uint64_t>;
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
      return append_string;
    case LogicalTypeId::BIT:
      return append_varbit;
    case LogicalTypeId::UUID:
      return append_uuid;
    case LogicalTypeId::DATE:
      return append_date;
    case LogicalTypeId::TIME:
      return append_time<1>;
    case LogicalTypeId::TIME_NS:
      return append_time<1000>;
    case LogicalTypeId::TIME_TZ:
      return append_timetz;
    case LogicalTypeId::TIMESTAMP:
      return append_timestamp<TimestampUnit::kMicros>;
    case LogicalTypeId::TIMESTAMP_TZ:
      return append_timestamp<TimestampUnit::kMicros>;
    case LogicalTypeId::TIMESTAMP_SEC:
      return append_timestamp<TimestampUnit::kSeconds>;
    case LogicalTypeId::TIMESTAMP_MS:
      return append_timestamp<TimestampUnit::kMillis>;
    case LogicalTypeId::TIMESTAMP_NS:
      return append_timestamp<TimestampUnit::kNanos>;
    case LogicalTypeId::TIMESTAMP_TZ_NS:
      return append_timestamp<TimestampUnit::kNanos>;
    case LogicalTypeId::INTERVAL:
      return append_interval;
    default:
      return nullptr;
  }
}

}  // namespace kappa::serve::postgres
