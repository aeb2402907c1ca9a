// Cells in the text format.

#include <fmt/format.h>

#include <duckdb/common/types/uuid.hpp>

#include "serve/postgres/calendar_text.h"
#include "serve/postgres/cell_access.h"
#include "serve/postgres/row_encoder.h"

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

void append_bool(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out.push_back(cell<bool>(cells, index) ? 't' : 'f');
}

template <typename T>
void append_integer(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  fmt::format_int text(cell<T>(cells, index));
  out.append(text.data(), text.size());
}

template <typename T>
void append_wide(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out += cell<T>(cells, index).ToString();
}

template <typename T>
void append_real(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_float(out, cell<T>(cells, index));
}

void append_wide_decimal(const CellEncoder& encoder, std::string& out, const Cells& cells,
                         size_t index) {
  std::string digits = cell<duckdb::hugeint_t>(cells, index).ToString();
  const bool is_negative = digits[0] == '-';
  if (is_negative) digits.erase(0, 1);
  if (digits.size() <= encoder.scale) digits.insert(0, encoder.scale + 1 - digits.size(), '0');
  if (encoder.scale != 0) digits.insert(digits.size() - encoder.scale, ".");
  if (is_negative) out.push_back('-');
  out += digits;
}

template <typename T>
void append_small_decimal(const CellEncoder& encoder, std::string& out, const Cells& cells,
                          size_t index) {
  const int64_t value = cell<T>(cells, index);
  const uint64_t magnitude =
      value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  fmt::format_int digits(magnitude);
  if (value < 0) out.push_back('-');
  if (digits.size() <= encoder.scale) out.append(encoder.scale + 1 - digits.size(), '0');
  out.append(digits.data(), digits.size());
  if (encoder.scale != 0) out.insert(out.size() - encoder.scale, 1, '.');
}

void append_string(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out += string_cell(cells, index);
}

void append_bytea(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\x";
  for (char c : string_cell(cells, index)) {
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[c & 15]);
  }
}

void append_uuid(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  out += duckdb::UUID::ToString(cell<duckdb::hugeint_t>(cells, index));
}

void append_date_cell(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_date(out, cell<duckdb::date_t>(cells, index));
}

template <int64_t kPerMicro>
void append_time_cell(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_time(out, cell<int64_t>(cells, index) / kPerMicro);
}

void append_timetz_cell(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_timetz(out, cell<duckdb::dtime_tz_t>(cells, index));
}

template <TimestampUnit kUnit>
void append_timestamp_cell(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_timestamp(out, timestamp_cell<kUnit>(cells, index));
}

template <TimestampUnit kUnit>
void append_timestamptz_cell(const CellEncoder& encoder, std::string& out, const Cells& cells,
                             size_t index) {
  append_timestamptz(out, timestamp_cell<kUnit>(cells, index), encoder.zone);
}

void append_interval_cell(const CellEncoder&, std::string& out, const Cells& cells, size_t index) {
  append_interval(out, cell<duckdb::interval_t>(cells, index));
}

CellEncoder::Append decimal_append_of(const LogicalType& type) {
  switch (type.InternalType()) {
    case duckdb::PhysicalType::INT16:
      return append_small_decimal<int16_t>;
    case duckdb::PhysicalType::INT32:
      return append_small_decimal<int32_t>;
    case duckdb::PhysicalType::INT64:
      return append_small_decimal<int64_t>;
    default:
      return append_wide_decimal;
  }
}

// An element that array_in could misread is quoted.
void append_element(std::string& out, std::string_view text) {
  const bool is_plain = !text.empty() &&
                        text.find_first_of("{}\",\\ \t\n\r\v\f") == std::string_view::npos &&
                        !(text.size() == 4 && (text[0] | 32) == 'n' && (text[1] | 32) == 'u' &&
                          (text[2] | 32) == 'l' && (text[3] | 32) == 'l');
  if (is_plain) return void(out += text);
  out.push_back('"');
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace

void append_array_text(const CellEncoder& encoder, std::string& out, const Cells& cells,
                       size_t index) {
  const ArraySlice slice(encoder, cells, index);
  std::string text;
  out.push_back('{');
  for (size_t i = 0; i < slice.count; ++i) {
    if (i != 0) out.push_back(',');
    if (slice.is_null(i)) {
      out += "NULL";
      continue;
    }
    text.clear();
    encoder.element->write(text, slice.elements, slice.position(i));
    append_element(out, text);
  }
  out.push_back('}');
}

CellEncoder::Append text_append_of(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return append_bool;
    case LogicalTypeId::TINYINT:
      return append_integer<int8_t>;
    case LogicalTypeId::SMALLINT:
      return append_integer<int16_t>;
    case LogicalTypeId::INTEGER:
      return append_integer<int32_t>;
    case LogicalTypeId::BIGINT:
      return append_integer<int64_t>;
    case LogicalTypeId::UTINYINT:
      return append_integer<uint8_t>;
    case LogicalTypeId::USMALLINT:
      return append_integer<uint16_t>;
    case LogicalTypeId::UINTEGER:
      return append_integer<uint32_t>;
    case LogicalTypeId::UBIGINT:
      return append_integer<uint64_t>;
    case LogicalTypeId::HUGEINT:
      return append_wide<duckdb::hugeint_t>;
    case LogicalTypeId::UHUGEINT:
      return append_wide<duckdb::uhugeint_t>;
    case LogicalTypeId::DECIMAL:
      return decimal_append_of(type);
    case LogicalTypeId::FLOAT:
      return append_real<float>;
    case LogicalTypeId::DOUBLE:
      return append_real<double>;
    case LogicalTypeId::VARCHAR:
      return append_string;
    case LogicalTypeId::BLOB:
      return append_bytea;
    case LogicalTypeId::UUID:
      return append_uuid;
    case LogicalTypeId::DATE:
      return append_date_cell;
    case LogicalTypeId::TIME:
      return append_time_cell<1>;
    case LogicalTypeId::TIME_NS:
      return append_time_cell<1000>;
    case LogicalTypeId::TIME_TZ:
      return append_timetz_cell;
    case LogicalTypeId::TIMESTAMP:
      return append_timestamp_cell<TimestampUnit::kMicros>;
    case LogicalTypeId::TIMESTAMP_SEC:
      return append_timestamp_cell<TimestampUnit::kSeconds>;
    case LogicalTypeId::TIMESTAMP_MS:
      return append_timestamp_cell<TimestampUnit::kMillis>;
    case LogicalTypeId::TIMESTAMP_NS:
      return append_timestamp_cell<TimestampUnit::kNanos>;
    case LogicalTypeId::TIMESTAMP_TZ:
      return append_timestamptz_cell<TimestampUnit::kMicros>;
    case LogicalTypeId::TIMESTAMP_TZ_NS:
      return append_timestamptz_cell<TimestampUnit::kNanos>;
    case LogicalTypeId::INTERVAL:
      return append_interval_cell;
    default:
      return nullptr;
  }
}

}  // namespace kappa::serve::postgres
