#include "serve/postgres/parameters.h"

#include <algorithm>
#include <cstring>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/datetime.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp_base.hpp>

#include "base/bytes.h"
#include "serve/postgres/array_literal.h"
#include "serve/postgres/errors.h"
#include "serve/postgres/numeric.h"
#include "serve/postgres/types.h"

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

constexpr int32_t kEpochDays = 10'957;  // 1970-01-01 to 2000-01-01
constexpr int64_t kEpochMicros = int64_t{kEpochDays} * 86'400 * 1'000'000;
constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
constexpr size_t kDecimalDigitsMax = 38;

StatusOr<Value> decode_bool_text(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return tolower(c); });
  for (const char* yes : {"t", "true", "y", "yes", "on", "1"}) {
    if (word == yes) return Value::BOOLEAN(true);
  }
  for (const char* no : {"f", "false", "n", "no", "off", "0"}) {
    if (word == no) return Value::BOOLEAN(false);
  }
  return invalid_text("invalid input syntax for type boolean: \"{}\"", text.substr(0, 100));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 32);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "\x6869"; the older escape form is read as the bytes themselves.
StatusOr<Value> decode_bytea_text(std::string_view text) {
  if (!text.starts_with("\\x")) return Value::BLOB_RAW(text);
  text.remove_prefix(2);
  if (text.size() % 2 != 0) return invalid_text("odd number of hexadecimal digits in a bytea");
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return invalid_text("invalid hexadecimal digit in a bytea");
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return Value::BLOB_RAW(bytes);
}

// The decimal with just as many digits as the text has, else a double.
Value value_of_numeric(std::string text) {
  const auto digits = static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }));
  const size_t point = text.find('.');
  const size_t scale = point == std::string::npos ? 0 : text.size() - point - 1;
  const bool is_decimal = digits != 0 && digits <= kDecimalDigitsMax;
  const auto type =
      is_decimal ? LogicalType::DECIMAL(static_cast<uint8_t>(digits), static_cast<uint8_t>(scale))
                 : LogicalType(LogicalTypeId::DOUBLE);
  return Value(std::move(text)).DefaultCastAs(type);
}

int64_t micros_since_1970(int64_t since_2000) {
  if (since_2000 == INT64_MAX) return duckdb::timestamp_t::infinity().value;
  if (since_2000 == INT64_MIN) return duckdb::timestamp_t::ninfinity().value;
  int64_t micros = 0;
  return __builtin_add_overflow(since_2000, kEpochMicros, &micros) ? INT64_MAX : micros;
}

duckdb::date_t date_of(int32_t since_2000) {
  if (since_2000 == INT32_MAX) return duckdb::date_t::infinity();
  if (since_2000 == INT32_MIN) return duckdb::date_t::ninfinity();
  int32_t days = 0;
  if (__builtin_add_overflow(since_2000, kEpochDays, &days)) return duckdb::date_t::infinity();
  return duckdb::date_t(days);
}

template <typename Float, typename Bits>
Float float_of(Bits bits) {
  Float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

// Types of a fixed size. The reader's end is checked by the caller.
StatusOr<Value> decode_fixed(uint32_t type_oid, Reader& reader) {
  switch (type_oid) {
    case oid::kBool:
      return Value::BOOLEAN(reader.i8() != 0);
    case oid::kInt2:
      return Value::SMALLINT(reader.i16());
    case oid::kInt4:
      return Value::INTEGER(reader.i32());
    case oid::kInt8:
      return Value::BIGINT(reader.i64());
    case oid::kOid:
      return Value::BIGINT(reader.u32());
    case oid::kFloat4:
      return Value::FLOAT(float_of<float>(reader.u32()));
    case oid::kFloat8:
      return Value::DOUBLE(reader.f64());
    case oid::kDate:
      return Value::DATE(date_of(reader.i32()));
    case oid::kTimestamp:
      return Value::TIMESTAMP(duckdb::timestamp_t(micros_since_1970(reader.i64())));
    case oid::kTimestamptz:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros_since_1970(reader.i64())));
    case oid::kInterval: {
      const int64_t micros = reader.i64();
      const int32_t days = reader.i32();
      return Value::INTERVAL(reader.i32(), days, micros);
    }
    case oid::kUuid: {
      const auto upper = static_cast<int64_t>(reader.integer<uint64_t>() ^ (uint64_t{1} << 63));
      return Value::UUID(duckdb::hugeint_t(upper, reader.integer<uint64_t>()));
    }
    default:
      return wire_error("0A000", "no binary format for parameters of type oid={}", type_oid);
  }
}

StatusOr<Value> decode_time(uint32_t type_oid, Reader& reader) {
  const int64_t micros = reader.i64();
  const int32_t west_seconds = type_oid == oid::kTimetz ? reader.i32() : 0;
  const bool is_valid = micros >= 0 && micros <= kMicrosPerDay &&
                        west_seconds <= duckdb::dtime_tz_t::MAX_OFFSET &&
                        west_seconds >= duckdb::dtime_tz_t::MIN_OFFSET;
  if (!is_valid) return wire_error("22008", "time out of range");
  if (type_oid == oid::kTime) return Value::TIME(duckdb::dtime_t(micros));
  return Value::TIMETZ(duckdb::dtime_tz_t(duckdb::dtime_t(micros), -west_seconds));
}

StatusOr<Value> decode_array_binary(std::string_view bytes, uint32_t element_oid) {
  Reader reader(bytes);
  const int32_t dimensions = reader.i32();
  reader.i32();  // whether there are NULLs
  const uint32_t sent_oid = reader.u32();
  const LogicalType element = duckdb::ListType::GetChildType(logical_type_of(element_oid));
  // An array's elements are not arrays themselves; so this does not go deeper.
  if (!reader.ok() || logical_type_of(sent_oid).id() == LogicalTypeId::LIST) {
    return invalid_binary("malformed binary array");
  }
  if (dimensions == 0) return Value::LIST(element, {});
  if (dimensions != 1) {
    return wire_error("0A000", "arrays of more than one dimension are not supported");
  }
  const int32_t count = reader.i32();
  reader.i32();  // the first subscript
  if (count < 0 || static_cast<size_t>(count) > reader.remaining() / sizeof(int32_t)) {
    return invalid_binary("malformed binary array: elements={}", count);
  }
  duckdb::vector<Value> values;
  for (int32_t i = 0; i < count; ++i) {
    const int32_t length = reader.i32();
    if (length < 0) {
      values.emplace_back(element);
      continue;
    }
    std::string_view item = reader.view(static_cast<size_t>(length));
    if (!reader.ok()) return invalid_binary("malformed binary array");
    ASSIGN_OR_RETURN(Value value, decode_binary(sent_oid, item));
    values.push_back(value.DefaultCastAs(element));
  }
  if (!reader.ok() || reader.remaining() != 0) return invalid_binary("malformed binary array");
  return Value::LIST(element, std::move(values));
}

bool is_valid_utf8(std::string_view text) { return Value::StringIsValid(text.data(), text.size()); }

StatusOr<Value> decode_string(std::string_view text) {
  if (!is_valid_utf8(text)) {
    return wire_error("22021", "invalid byte sequence for encoding \"UTF8\"");
  }
  return Value(std::string(text));
}

StatusOr<Value> decode_binary_unguarded(uint32_t type_oid, std::string_view bytes) {
  const bool is_array = logical_type_of(type_oid).id() == LogicalTypeId::LIST;
  if (is_array) return decode_array_binary(bytes, type_oid);
  switch (type_oid) {
    case 0:
    case oid::kUnknown:
    case oid::kText:
    case oid::kVarchar:
    case oid::kBpchar:
    case oid::kName:
    case oid::kChar:
    case oid::kJson:
      return decode_string(bytes);
    case oid::kJsonb:
      if (bytes.empty() || bytes[0] != 1) return invalid_binary("unknown version of jsonb");
      return decode_string(bytes.substr(1));
    case oid::kBytea:
      return Value::BLOB_RAW(bytes);
    case oid::kNumeric: {
      ASSIGN_OR_RETURN(std::string text, numeric_text(bytes));
      return value_of_numeric(std::move(text));
    }
    default:
      break;
  }
  Reader reader(bytes);
  const bool is_time = type_oid == oid::kTime || type_oid == oid::kTimetz;
  auto value = is_time ? decode_time(type_oid, reader) : decode_fixed(type_oid, reader);
  RETURN_IF_ERROR(value.status());
  if (!reader.ok() || reader.remaining() != 0) {
    return invalid_binary("wrong length of a binary parameter: bytes={} type oid={}", bytes.size(),
                          type_oid);
  }
  return value;
}

}  // namespace

StatusOr<Value> decode_array_text(const LogicalType& element, std::string_view text) {
  ASSIGN_OR_RETURN(auto items, parse_array_literal(text));
  duckdb::vector<Value> values;
  for (const auto& item : items) {
    if (!item.has_value()) {
      values.emplace_back(element);
      continue;
    }
    ASSIGN_OR_RETURN(Value value, decode_text(element, *item));
    values.push_back(std::move(value));
  }
  return Value::LIST(element, std::move(values));
}

StatusOr<Value> decode_text(const LogicalType& type, std::string_view text) {
  ASSIGN_OR_RETURN(Value value, decode_string(text));
  switch (type.id()) {
    // What a text means here may depend on the session, so the session casts it.
    case LogicalTypeId::UNKNOWN:
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::TIMESTAMP_TZ:
      return value;
    case LogicalTypeId::BOOLEAN:
      return decode_bool_text(text);
    case LogicalTypeId::BLOB:
      return decode_bytea_text(text);
    case LogicalTypeId::LIST:
      if (!text.starts_with('{')) break;
      return decode_array_text(duckdb::ListType::GetChildType(type), text);
    default:
      break;
  }
  std::string message;
  auto cast = value.DefaultTryCastAs(type, &message);
  if (!cast) {
    return invalid_text("invalid input syntax for type {}: \"{}\"", type.ToString(),
                        text.substr(0, 100));
  }
  return *cast;
}

StatusOr<Value> decode_numeric_text(std::string_view text) {
  try {
    return value_of_numeric(std::string(text));
  } catch (const std::exception&) {
    return invalid_text("invalid input syntax for type numeric: \"{}\"", text.substr(0, 100));
  }
}

StatusOr<Value> decode_binary(uint32_t type_oid, std::string_view bytes) {
  try {
    return decode_binary_unguarded(type_oid, bytes);
  } catch (const std::exception&) {
    return invalid_binary("a binary parameter cannot be read: type oid={}", type_oid);
  }
}

}  // namespace kappa::serve::postgres
