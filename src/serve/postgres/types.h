#pragma once
// DuckDB's types as PostgreSQL's clients know them: object identifiers, sizes and modifiers.
//
//   DuckDB                          on the wire
//   BOOLEAN                         bool
//   TINYINT UTINYINT SMALLINT       int2
//   USMALLINT INTEGER               int4
//   UINTEGER BIGINT                 int8
//   UBIGINT HUGEINT UHUGEINT BIGNUM numeric
//   DECIMAL(p, s)                   numeric(p, s)
//   FLOAT, DOUBLE                   float4, float8
//   VARCHAR, ENUM                   varchar
//   JSON                            json
//   BLOB, BIT, UUID                 bytea, varbit, uuid
//   DATE TIME TIME_TZ INTERVAL      date, time, timetz, interval
//   TIMESTAMP (s, ms, us, ns)       timestamp, in microseconds
//   TIMESTAMP_TZ                    timestamptz
//   T[] and T[n] of the above       array of it
//   other nested types, the rest    text, in DuckDB's notation

#include <cstdint>
#include <optional>

#include <duckdb/common/types.hpp>

namespace kappa::serve::postgres {

namespace oid {
constexpr uint32_t kBool = 16, kBytea = 17, kChar = 18, kName = 19, kInt8 = 20, kInt2 = 21,
                   kInt4 = 23, kRegproc = 24, kText = 25, kOid = 26, kXid = 28, kJson = 114,
                   kFloat4 = 700, kFloat8 = 701, kUnknown = 705, kBpchar = 1042, kVarchar = 1043,
                   kDate = 1082, kTime = 1083, kTimestamp = 1114, kTimestamptz = 1184,
                   kInterval = 1186, kTimetz = 1266, kVarbit = 1562, kNumeric = 1700,
                   kRegclass = 2205, kRegtype = 2206, kUuid = 2950, kJsonb = 3802;
}  // namespace oid

struct PgType {
  uint32_t oid = oid::kText;
  int16_t size_bytes = -1;   // -1: any
  int32_t modifier = -1;     // -1: none; else (p << 16 | s) + 4 of a numeric
  uint32_t element_oid = 0;  // of an array, else 0

  friend bool operator==(const PgType&, const PgType&) = default;
};

PgType pg_type_of(const duckdb::LogicalType& type);

// The type that a client declares for a parameter; UNKNOWN for 0, unknown and what we do not know.
duckdb::LogicalType logical_type_of(uint32_t oid);

}  // namespace kappa::serve::postgres
