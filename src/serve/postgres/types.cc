#include "serve/postgres/types.h"

#include <array>

namespace kappa::serve::postgres {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

struct TypeRow {
  LogicalTypeId id;
  uint32_t oid;
  int16_t size_bytes;
};

constexpr TypeRow kTypes[] = {
    {LogicalTypeId::BOOLEAN, oid::kBool, 1},
    {LogicalTypeId::TINYINT, oid::kInt2, 2},
    {LogicalTypeId::UTINYINT, oid::kInt2, 2},
    {LogicalTypeId::SMALLINT, oid::kInt2, 2},
    {LogicalTypeId::USMALLINT, oid::kInt4, 4},
    {LogicalTypeId::INTEGER, oid::kInt4, 4},
    {LogicalTypeId::UINTEGER, oid::kInt8, 8},
    {LogicalTypeId::BIGINT, oid::kInt8, 8},
    {LogicalTypeId::UBIGINT, oid::kNumeric, -1},
    {LogicalTypeId::HUGEINT, oid::kNumeric, -1},
    {LogicalTypeId::UHUGEINT, oid::kNumeric, -1},
    {LogicalTypeId::BIGNUM, oid::kNumeric, -1},
    {LogicalTypeId::DECIMAL, oid::kNumeric, -1},
    {LogicalTypeId::FLOAT, oid::kFloat4, 4},
    {LogicalTypeId::DOUBLE, oid::kFloat8, 8},
    {LogicalTypeId::VARCHAR, oid::kVarchar, -1},
    {LogicalTypeId::ENUM, oid::kVarchar, -1},
    {LogicalTypeId::BLOB, oid::kBytea, -1},
    {LogicalTypeId::BIT, oid::kVarbit, -1},
    {LogicalTypeId::UUID, oid::kUuid, 16},
    {LogicalTypeId::DATE, oid::kDate, 4},
    {LogicalTypeId::TIME, oid::kTime, 8},
    {LogicalTypeId::TIME_NS, oid::kTime, 8},
    {LogicalTypeId::TIME_TZ, oid::kTimetz, 12},
    {LogicalTypeId::INTERVAL, oid::kInterval, 16},
    {LogicalTypeId::TIMESTAMP, oid::kTimestamp, 8},
    {LogicalTypeId::TIMESTAMP_SEC, oid::kTimestamp, 8},
    {LogicalTypeId::TIMESTAMP_MS, oid::kTimestamp, 8},
    {LogicalTypeId::TIMESTAMP_NS, oid::kTimestamp, 8},
    {LogicalTypeId::TIMESTAMP_TZ, oid::kTimestamptz, 8},
    {LogicalTypeId::TIMESTAMP_TZ_NS, oid::kTimestamptz, 8},
};

struct ArrayRow {
  uint32_t element;
  uint32_t array;
};

constexpr ArrayRow kArrays[] = {
    {oid::kBool, 1000},   {oid::kBytea, 1001},    {oid::kInt2, 1005},        {oid::kInt4, 1007},
    {oid::kText, 1009},   {oid::kVarchar, 1015},  {oid::kInt8, 1016},        {oid::kFloat4, 1021},
    {oid::kFloat8, 1022}, {oid::kOid, 1028},      {oid::kTimestamp, 1115},   {oid::kDate, 1182},
    {oid::kTime, 1183},   {oid::kInterval, 1187}, {oid::kTimestamptz, 1185}, {oid::kNumeric, 1231},
    {oid::kTimetz, 1270}, {oid::kVarbit, 1563},   {oid::kJson, 199},         {oid::kUuid, 2951},
    {oid::kName, 1003},   {oid::kBpchar, 1014},   {oid::kChar, 1002},        {oid::kJsonb, 3807},
};

constexpr PgType kTextType{oid::kText, -1, -1, 0};

PgType scalar_type_of(const LogicalType& type) {
  if (type.IsJSONType()) return {oid::kJson, -1, -1, 0};
  for (const auto& row : kTypes) {
    if (row.id != type.id()) continue;
    PgType result{row.oid, row.size_bytes, -1, 0};
    if (type.id() == LogicalTypeId::DECIMAL) {
      const int32_t width = duckdb::DecimalType::GetWidth(type);
      result.modifier = (width << 16 | duckdb::DecimalType::GetScale(type)) + 4;
    }
    return result;
  }
  return kTextType;
}

bool is_list(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST || type.id() == LogicalTypeId::ARRAY;
}

const LogicalType& element_of(const LogicalType& type) {
  return type.id() == LogicalTypeId::LIST ? duckdb::ListType::GetChildType(type)
                                          : duckdb::ArrayType::GetChildType(type);
}

LogicalType scalar_logical_type_of(uint32_t type_oid) {
  switch (type_oid) {
    case oid::kJson:
    case oid::kJsonb:
      return LogicalType::JSON();
    case oid::kText:
    case oid::kBpchar:
    case oid::kName:
    case oid::kChar:
      return LogicalType(LogicalTypeId::VARCHAR);
    case oid::kInt2:
      return LogicalType(LogicalTypeId::SMALLINT);
    case oid::kInt4:
      return LogicalType(LogicalTypeId::INTEGER);
    case oid::kInt8:
    case oid::kOid:
      return LogicalType(LogicalTypeId::BIGINT);
    case oid::kTime:
      return LogicalType(LogicalTypeId::TIME);
    case oid::kTimestamp:
      return LogicalType(LogicalTypeId::TIMESTAMP);
    // A numeric parameter has no scale of its own; its value brings one.
    case oid::kNumeric:
      return LogicalType(LogicalTypeId::UNKNOWN);
    default:
      break;
  }
  for (const auto& row : kTypes) {
    if (row.oid == type_oid) return LogicalType(row.id);
  }
  return LogicalType(LogicalTypeId::UNKNOWN);
}

}  // namespace

PgType pg_type_of(const LogicalType& type) {
  if (!is_list(type)) return scalar_type_of(type);
  const PgType element = scalar_type_of(element_of(type));
  if (element.oid == oid::kText) return kTextType;
  for (const auto& row : kArrays) {
    if (row.element == element.oid) return {row.array, -1, element.modifier, element.oid};
  }
  return kTextType;
}

LogicalType logical_type_of(uint32_t type_oid) {
  for (const auto& row : kArrays) {
    if (row.array != type_oid) continue;
    LogicalType element = scalar_logical_type_of(row.element);
    if (row.element == oid::kNumeric) element = LogicalType::DECIMAL(38, 10);
    return LogicalType::LIST(element);
  }
  return scalar_logical_type_of(type_oid);
}

}  // namespace kappa::serve::postgres
