#include "data/testing/random_values.h"

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/timestamp.hpp>

#include <bit>
#include <cmath>
#include <set>

#include "base/check.h"
#include "data/testing/decoding.h"

namespace kappa::data::testing {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using duckdb::Value;

uint64_t below(Random& random, uint64_t limit) { return random() % limit; }

// Integers of all sizes, not only huge ones.
uint64_t random_bits(Random& random) { return random() >> below(random, 64); }

int64_t between(Random& random, int64_t low, int64_t high) {
  const auto span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  if (below(random, 20) == 0) return below(random, 2) == 0 ? low : high;
  return low + static_cast<int64_t>(span == UINT64_MAX ? random() : random() % (span + 1));
}

std::string random_text(Random& random) {
  static const char* const kPieces[] = {"a", "B", "\"", "\\", "\n", "\t", "\x01", "é", "漢",
                                        "😀", "/", "0",  " ",  "{",  "]",  ":",    ",", "u0041"};
  std::string text;
  for (uint64_t i = below(random, 30); i > 0; --i) text += kPieces[below(random, 18)];
  return text;
}

std::string random_bytes(Random& random) {
  std::string bytes;
  for (uint64_t i = below(random, 30); i > 0; --i) bytes += static_cast<char>(random());
  return bytes;
}

double random_double(Random& random) {
  switch (below(random, 4)) {
    case 0:
      return static_cast<double>(between(random, -1000, 1000)) / 4;
    case 1:
      return static_cast<double>(random_bits(random)) / 1000;
    default:
      return std::bit_cast<double>(random());  // NaN and infinities among them
  }
}

Value random_decimal(Random& random, const LogicalType& type) {
  const auto width = duckdb::DecimalType::GetWidth(type);
  std::string digits;
  for (uint64_t i = 1 + below(random, width); i > 0; --i)
    digits += static_cast<char>('0' + below(random, 10));
  const size_t scale = duckdb::DecimalType::GetScale(type);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, ".");
  if (below(random, 2) == 0) digits.insert(0, "-");
  return Value(digits).DefaultCastAs(type);
}

int64_t random_timestamp(Random& random, int64_t units_per_second) {
  // From year 1 to 9999 mostly; nanoseconds reach from 1677 to 2262 only.
  if (units_per_second == 1'000'000'000) return between(random, -INT64_MAX + 1, INT64_MAX - 1);
  const int64_t seconds = between(random, -62135596800, 253402300799);
  return seconds * units_per_second + between(random, 0, units_per_second - 1);
}

Value random_of(Random& random, const LogicalType& type, const char* (*pick)(uint64_t)) {
  return Value(pick(random())).DefaultCastAs(type);
}

const char* some_json(uint64_t number) {
  static const char* const kTexts[] = {"{}",   "[1,2.50,\"x\"]", "true",
                                       "-1e5", "\"\\u00e4\"",    "{\"a\" : [ {} , null ]}"};
  return kTexts[number % 6];
}
const char* some_time_tz(uint64_t number) {
  static const char* const kTexts[] = {"00:00:00+00", "23:59:59.999999-12:30", "10:15:00.5+02"};
  return kTexts[number % 3];
}
const char* some_bits(uint64_t number) {
  static const char* const kTexts[] = {"0", "1", "0101010101010101", "111111111"};
  return kTexts[number % 4];
}
const char* some_bignum(uint64_t number) {
  static const char* const kTexts[] = {"0", "-1", "123456789012345678901234567890123456789012345"};
  return kTexts[number % 3];
}

Value random_nested(Random& random, const LogicalType& type) {
  duckdb::vector<Value> values;
  switch (type.id()) {
    case LogicalTypeId::STRUCT: {
      duckdb::child_list_t<Value> fields;
      for (const auto& [name, child] : duckdb::StructType::GetChildTypes(type)) {
        fields.emplace_back(name, random_value(random, child));
      }
      return Value::STRUCT(std::move(fields));
    }
    case LogicalTypeId::LIST:
      for (uint64_t i = below(random, 5); i > 0; --i) {
        values.push_back(random_value(random, duckdb::ListType::GetChildType(type)));
      }
      return Value::LIST(duckdb::ListType::GetChildType(type), std::move(values));
    case LogicalTypeId::ARRAY:
      for (uint64_t i = duckdb::ArrayType::GetSize(type); i > 0; --i) {
        values.push_back(random_value(random, duckdb::ArrayType::GetChildType(type)));
      }
      return Value::ARRAY(duckdb::ArrayType::GetChildType(type), std::move(values));
    default: {
      const auto& key_type = duckdb::MapType::KeyType(type);
      duckdb::vector<Value> keys;
      std::set<std::string> seen;
      for (uint64_t i = below(random, 5); i > 0; --i) {
        auto key = random_value(random, key_type);
        if (key.IsNull() || !seen.insert(key.ToString()).second) continue;
        keys.push_back(std::move(key));
        values.push_back(random_value(random, duckdb::MapType::ValueType(type)));
      }
      return Value::MAP(key_type, duckdb::MapType::ValueType(type), std::move(keys),
                        std::move(values));
    }
  }
}

Value random_number(Random& random, const LogicalType& type) {
  const auto bits = random_bits(random);
  const bool is_negative = below(random, 2) == 0;
  const auto number = static_cast<int64_t>(is_negative ? -bits : bits);
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return Value::TINYINT(static_cast<int8_t>(number));
    case LogicalTypeId::SMALLINT:
      return Value::SMALLINT(static_cast<int16_t>(number));
    case LogicalTypeId::INTEGER:
      return Value::INTEGER(static_cast<int32_t>(number));
    case LogicalTypeId::BIGINT:
      return Value::BIGINT(number);
    case LogicalTypeId::UTINYINT:
      return Value::UTINYINT(static_cast<uint8_t>(number));
    case LogicalTypeId::USMALLINT:
      return Value::USMALLINT(static_cast<uint16_t>(number));
    case LogicalTypeId::UINTEGER:
      return Value::UINTEGER(static_cast<uint32_t>(number));
    case LogicalTypeId::UBIGINT:
      return Value::UBIGINT(bits);
    case LogicalTypeId::HUGEINT:
      return Value::HUGEINT(duckdb::hugeint_t(number, random()));
    case LogicalTypeId::UHUGEINT:
      return Value::UHUGEINT(duckdb::uhugeint_t(bits, random()));
    case LogicalTypeId::FLOAT:
      return Value::FLOAT(static_cast<float>(random_double(random)));
    case LogicalTypeId::DOUBLE:
      return Value::DOUBLE(random_double(random));
    default:
      return random_decimal(random, type);
  }
}

}  // namespace

LogicalType random_type(Random& random, int depth) {
  static const char* const kScalars[] = {"BOOLEAN",
                                         "TINYINT",
                                         "SMALLINT",
                                         "INTEGER",
                                         "BIGINT",
                                         "UTINYINT",
                                         "USMALLINT",
                                         "UINTEGER",
                                         "UBIGINT",
                                         "HUGEINT",
                                         "UHUGEINT",
                                         "FLOAT",
                                         "DOUBLE",
                                         "DECIMAL(4,2)",
                                         "DECIMAL(9,9)",
                                         "DECIMAL(18,3)",
                                         "DECIMAL(38,12)",
                                         "VARCHAR",
                                         "BLOB",
                                         "JSON",
                                         "ENUM('a','b c','\"')",
                                         "UUID",
                                         "DATE",
                                         "TIME",
                                         "TIMESTAMP_S",
                                         "TIMESTAMP_MS",
                                         "TIMESTAMP",
                                         "TIMESTAMP_NS",
                                         "TIMESTAMPTZ",
                                         "INTERVAL",
                                         "TIMETZ",
                                         "BIT",
                                         "BIGNUM"};
  if (depth == 0 || below(random, 2) == 0)
    return sql_type(kScalars[below(random, std::size(kScalars))]);
  switch (below(random, 5)) {
    case 0:
      return LogicalType::LIST(random_type(random, depth - 1));
    case 1:
      return LogicalType::ARRAY(random_type(random, depth - 1), 1 + below(random, 3));
    case 2:
      return LogicalType::MAP(LogicalType::VARCHAR, random_type(random, depth - 1));
    case 3:
      return LogicalType::MAP(LogicalType::INTEGER, random_type(random, depth - 1));
    default: {
      duckdb::child_list_t<LogicalType> fields;
      for (const char* name : {"x", "a \"b\"", "a field with a long name"}) {
        fields.emplace_back(name, random_type(random, depth - 1));
      }
      return LogicalType::STRUCT(std::move(fields));
    }
  }
}

Value random_value(Random& random, const LogicalType& type) {
  if (below(random, 8) == 0) return Value(type);
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return Value::BOOLEAN(below(random, 2) == 0);
    case LogicalTypeId::VARCHAR:
      if (type.IsJSONType()) return Value(some_json(random())).WithType(type);
      return Value(random_text(random));
    case LogicalTypeId::BLOB:
      return Value::BLOB_RAW(random_bytes(random));
    case LogicalTypeId::ENUM:
      return Value::ENUM(below(random, 3), type);
    case LogicalTypeId::UUID:
      return Value::UUID(duckdb::hugeint_t(static_cast<int64_t>(random()), random()));
    case LogicalTypeId::DATE:
      return Value::DATE(
          duckdb::date_t(static_cast<int32_t>(between(random, -INT32_MAX, INT32_MAX))));
    case LogicalTypeId::TIME:
      return Value::TIME(duckdb::dtime_t(between(random, 0, 86'400'000'000)));
    case LogicalTypeId::TIMESTAMP_SEC:
      return Value::TIMESTAMPSEC(duckdb::timestamp_sec_t(random_timestamp(random, 1)));
    case LogicalTypeId::TIMESTAMP_MS:
      return Value::TIMESTAMPMS(duckdb::timestamp_ms_t(random_timestamp(random, 1000)));
    case LogicalTypeId::TIMESTAMP:
      return Value::TIMESTAMP(duckdb::timestamp_t(random_timestamp(random, 1'000'000)));
    case LogicalTypeId::TIMESTAMP_NS:
      return Value::TIMESTAMPNS(duckdb::timestamp_ns_t(random_timestamp(random, 1'000'000'000)));
    case LogicalTypeId::TIMESTAMP_TZ:
      return Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(random_timestamp(random, 1'000'000)));
    case LogicalTypeId::INTERVAL:
      return Value::INTERVAL(static_cast<int32_t>(between(random, -10000, 10000)),
                             static_cast<int32_t>(between(random, -10000, 10000)),
                             between(random, -100'000'000'000, 100'000'000'000));
    case LogicalTypeId::TIME_TZ:
      return random_of(random, type, some_time_tz);
    case LogicalTypeId::BIT:
      return random_of(random, type, some_bits);
    case LogicalTypeId::BIGNUM:
      return random_of(random, type, some_bignum);
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::LIST:
    case LogicalTypeId::ARRAY:
    case LogicalTypeId::MAP:
      return random_nested(random, type);
    default:
      return random_number(random, type);
  }
}

}  // namespace kappa::data::testing
