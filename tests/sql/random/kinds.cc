#include "sql/random/kinds.h"

#include <fmt/format.h>

#include <map>

namespace kappa::random_sql {
namespace {

using duckdb::LogicalTypeId;
using Texts = std::vector<std::string>;

Kind list_kind(const duckdb::LogicalType& type) {
  switch (kind_of(duckdb::ListType::GetChildType(type))) {
    case Kind::kInteger:
      return Kind::kIntegerList;
    case Kind::kText:
      return Kind::kTextList;
    default:
      return Kind::kOther;
  }
}

// Doubles are small multiples of a quarter: sums of them are exact in any order, so they are
// compared to the last bit.
const std::map<Kind, Texts>& literals() {
  static const std::map<Kind, Texts> kLiterals = {
      {Kind::kInteger, {"0", "1", "2", "3", "5", "-1", "7", "100"}},
      {Kind::kDecimal, {"0.0", "1.5", "2.25", "-0.75", "10.00"}},
      {Kind::kDouble, {"0.0::DOUBLE", "1.5::DOUBLE", "-2.25::DOUBLE", "0.5::DOUBLE"}},
      {Kind::kText,
       {"''", "'a'", "'ab'", "'b'", "'A'", "'ä'", "'漢字'", "'%'", "'a longer text, 42'"}},
      {Kind::kBoolean, {"true", "false"}},
      {Kind::kDate, {"DATE '2024-01-31'", "DATE '2024-02-29'", "DATE '1969-12-31'"}},
      {Kind::kTime, {"TIME '00:00:00'", "TIME '12:34:56.789'"}},
      {Kind::kTimestamp,
       {"TIMESTAMP '2024-01-31 12:00:00'", "TIMESTAMP '2024-02-29 23:59:59.999999'"}},
      {Kind::kTimestampTz, {"TIMESTAMPTZ '2024-01-31 12:00:00+02'"}},
      {Kind::kInterval, {"INTERVAL '1 day'", "INTERVAL '2 months'", "INTERVAL '90 seconds'"}},
      {Kind::kBlob, {"''::BLOB", "'a'::BLOB", "'\\x00\\xFF'::BLOB"}},
      {Kind::kUuid, {"UUID '00000000-0000-0000-0000-000000000001'"}},
      {Kind::kEnum, {"'red'", "'green'"}},
      {Kind::kIntegerList, {"[]::INTEGER[]", "[1, 2]", "[3, NULL, 1]", "[1]"}},
      {Kind::kTextList, {"[]::VARCHAR[]", "['a', 'b']", "['b', NULL]"}},
      {Kind::kStruct, {"{'x': 1, 'y': 'a'}", "{'x': NULL, 'y': 'b'}"}},
      {Kind::kMap, {"MAP {'a': 1, 'b': 2}", "MAP {'k': NULL}"}},
      {Kind::kOther, {"NULL"}},
  };
  return kLiterals;
}

constexpr const char* kEnum = "ENUM('red', 'green', 'blue')";

// Values of column types, as text that the type's cast takes.
const std::map<std::string, Texts>& values() {
  static const Texts kIntegers = {"0", "1", "2", "3", "4", "5", "6", "7"};
  static const Texts kSigned = {"0", "1", "2", "3", "4", "5", "-1", "-2"};
  static const Texts kDecimals = {"0", "0.5", "1.5", "-1.5", "2", "99.9"};
  static const Texts kDoubles = {"0", "0.25", "1.5", "-1.5", "2", "1000.75", "-3", "4"};
  static const Texts kTimestamps = {"2024-01-31 00:00:00", "2024-02-29 12:30:00",
                                    "1969-12-31 23:59:59", "2024-02-29 12:30:01"};
  static const std::map<std::string, Texts> kValues = {
      {"TINYINT", kSigned},
      {"SMALLINT", kSigned},
      {"INTEGER", kSigned},
      {"BIGINT", kSigned},
      {"HUGEINT", kSigned},
      {"UTINYINT", kIntegers},
      {"USMALLINT", kIntegers},
      {"UINTEGER", kIntegers},
      {"UBIGINT", kIntegers},
      {"UHUGEINT", kIntegers},
      {"DECIMAL(4,1)", kDecimals},
      {"DECIMAL(9,2)", kDecimals},
      {"DECIMAL(18,3)", kDecimals},
      {"DECIMAL(38,5)", kDecimals},
      {"FLOAT", kDoubles},
      {"DOUBLE", kDoubles},
      {"VARCHAR",
       {"", "a", "b", "ab", "A", "ä", "ß", "漢字", "😀", " a ", "a longer text, 42", "%", "_", "12",
        "quote \" and \\", "tab\tand\nline", "e\u0301"}},
      {"BLOB", {"", "a", "\\x00\\xFF", "\\xC3\\x28", "ab"}},
      {"BOOLEAN", {"true", "false"}},
      {"DATE", {"2024-01-31", "2024-02-29", "1969-12-31", "2024-01-30"}},
      {"TIME", {"00:00:00", "12:34:56.789", "23:59:59.999999"}},
      {"TIMESTAMP", kTimestamps},
      {"TIMESTAMPTZ", kTimestamps},
      {"TIMESTAMP_S", kTimestamps},
      {"TIMESTAMP_MS", kTimestamps},
      {"TIMESTAMP_NS", kTimestamps},
      {"INTERVAL", {"1 day", "2 months", "90 seconds", "-1 hour", "0 days", "1 month 3 days"}},
      {"UUID",
       {"00000000-0000-0000-0000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "12345678-90ab-cdef-1234-567890abcdef"}},
      {kEnum, {"red", "green", "blue"}},
      {"INTEGER[]", {"[]", "[1, 2]", "[3, NULL]", "[1]", "[5, 5, 2]"}},
      {"VARCHAR[]", {"[]", "[a, b]", "[b]", "[NULL]", "[a, a]"}},
      {"DOUBLE[]", {"[]", "[1.5]", "[0.25, NULL]"}},
      {"INTEGER[2]", {"[1, 2]", "[2, 1]", "[NULL, 1]"}},
      {"STRUCT(x INTEGER, y VARCHAR)",
       {"{'x': 1, 'y': a}", "{'x': 2, 'y': NULL}", "{'x': NULL, 'y': b}"}},
      {"MAP(VARCHAR, INTEGER)", {"{a=1, b=2}", "{}", "{a=NULL}", "{b=2}"}},
  };
  return kValues;
}

const std::map<std::string, Texts>& extremes() {
  static const std::map<std::string, Texts> kExtremes = {
      {"TINYINT", {"127", "-128"}},
      {"SMALLINT", {"32767", "-32768"}},
      {"INTEGER", {"2147483647", "-2147483648"}},
      {"BIGINT", {"9223372036854775807", "-9223372036854775808"}},
      {"HUGEINT",
       {"170141183460469231731687303715884105727", "-170141183460469231731687303715884105728"}},
      {"UTINYINT", {"255"}},
      {"USMALLINT", {"65535"}},
      {"UINTEGER", {"4294967295"}},
      {"UBIGINT", {"18446744073709551615"}},
      {"UHUGEINT", {"340282366920938463463374607431768211455"}},
      {"DECIMAL(4,1)", {"999.9", "-999.9"}},
      {"DECIMAL(18,3)", {"999999999999999.999"}},
      {"DECIMAL(38,5)", {"999999999999999999999999999999999.99999"}},
      {"FLOAT", {"nan", "inf", "-inf"}},
      {"DOUBLE", {"nan", "inf", "-inf"}},
      {"DATE", {"infinity", "-infinity", "0001-01-01", "9999-12-31"}},
      {"TIMESTAMP", {"infinity", "-infinity", "9999-12-31 23:59:59.999999"}},
      {"TIMESTAMPTZ", {"infinity", "-infinity"}},
      {"TIME", {"24:00:00"}},
  };
  return kExtremes;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Kind kind_of(const duckdb::LogicalType& type) {
  if (type.IsIntegral()) return Kind::kInteger;
  switch (type.id()) {
    case LogicalTypeId::DECIMAL:
      return Kind::kDecimal;
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return Kind::kDouble;
    case LogicalTypeId::VARCHAR:
      return type.IsJSONType() ? Kind::kOther : Kind::kText;
    case LogicalTypeId::BOOLEAN:
      return Kind::kBoolean;
    case LogicalTypeId::DATE:
      return Kind::kDate;
    case LogicalTypeId::TIME:
      return Kind::kTime;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return Kind::kTimestamp;
    case LogicalTypeId::TIMESTAMP_TZ:
      return Kind::kTimestampTz;
    case LogicalTypeId::INTERVAL:
      return Kind::kInterval;
    case LogicalTypeId::BLOB:
      return Kind::kBlob;
    case LogicalTypeId::UUID:
      return Kind::kUuid;
    case LogicalTypeId::ENUM:
      return Kind::kEnum;
    case LogicalTypeId::LIST:
      return list_kind(type);
    case LogicalTypeId::STRUCT:
      return type.ToString() == "STRUCT(x INTEGER, y VARCHAR)" ? Kind::kStruct : Kind::kOther;
    case LogicalTypeId::MAP:
      return type.ToString() == "MAP(VARCHAR, INTEGER)" ? Kind::kMap : Kind::kOther;
    default:
      return Kind::kOther;
  }
}

std::string literal(Random& random, Kind kind) { return random.pick(literals().at(kind)); }

std::string random_column_type(Random& random) {
  // The common types come oftener, so that columns of different tables can be joined.
  static const Texts kCommon = {"INTEGER",      "BIGINT", "VARCHAR",   "DOUBLE",
                                "DECIMAL(9,2)", "DATE",   "TIMESTAMP", "BOOLEAN"};
  if (random.chance(55)) return random.pick(kCommon);
  auto type = values().begin();
  std::advance(type, random.below(values().size()));
  return type->first;
}

std::string random_value(Random& random, const std::string& type, bool has_extremes) {
  if (random.chance(12)) return "NULL";
  auto wild = extremes().find(type);
  const bool is_wild = has_extremes && wild != extremes().end() && random.chance(8);
  return fmt::format("{}::{}", quoted(random.pick(is_wild ? wild->second : values().at(type))),
                     type);
}

}  // namespace kappa::random_sql
