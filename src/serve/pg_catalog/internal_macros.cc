// Macros that our views and rewritten statements use.

#include "serve/pg_catalog/bootstrap.h"

namespace kappa::serve::pg_catalog {
namespace {

constexpr Definition kMacros[] = {
    // Relations outside of public have an oid above 2^31: they are not visible.
    {"shown_schema", "(s) AS CASE s WHEN 'main' THEN 'public' ELSE s END"},
    {"relation_oid",
     "(s, n) AS (hash(s || '.' || n) % 2000000000)::BIGINT + "
     "CASE WHEN s = 'main' THEN 20000 ELSE 2147483648 END"},
    {"namespace_oid",
     "(s) AS CASE s WHEN 'public' THEN 2200 WHEN 'pg_catalog' THEN 11 "
     "WHEN 'information_schema' THEN 13000 ELSE 16400 END::BIGINT"},
    {"namespace_name",
     "(o) AS CASE o WHEN 2200 THEN 'public' WHEN 11 THEN 'pg_catalog' "
     "WHEN 13000 THEN 'information_schema' WHEN 16400 THEN 'kappa' ELSE o::VARCHAR END"},
    {"scalar_type_oid",
     "(t) AS CASE WHEN t LIKE 'DECIMAL%' THEN 1700 ELSE CASE t WHEN 'BOOLEAN' THEN 16 "
     "WHEN 'TINYINT' THEN 21 WHEN 'UTINYINT' THEN 21 WHEN 'SMALLINT' THEN 21 "
     "WHEN 'USMALLINT' THEN 23 WHEN 'INTEGER' THEN 23 WHEN 'UINTEGER' THEN 20 "
     "WHEN 'BIGINT' THEN 20 WHEN 'UBIGINT' THEN 1700 WHEN 'HUGEINT' THEN 1700 "
     "WHEN 'UHUGEINT' THEN 1700 WHEN 'BIGNUM' THEN 1700 WHEN 'FLOAT' THEN 700 "
     "WHEN 'DOUBLE' THEN 701 WHEN 'VARCHAR' THEN 1043 WHEN 'JSON' THEN 114 WHEN 'BLOB' THEN 17 "
     "WHEN 'BIT' THEN 1562 WHEN 'UUID' THEN 2950 WHEN 'DATE' THEN 1082 WHEN 'TIME' THEN 1083 "
     "WHEN 'TIME_NS' THEN 1083 WHEN 'TIME WITH TIME ZONE' THEN 1266 "
     "WHEN 'TIMESTAMP' THEN 1114 WHEN 'TIMESTAMP_S' THEN 1114 WHEN 'TIMESTAMP_MS' THEN 1114 "
     "WHEN 'TIMESTAMP_NS' THEN 1114 WHEN 'TIMESTAMP WITH TIME ZONE' THEN 1184 "
     "WHEN 'INTERVAL' THEN 1186 ELSE CASE WHEN t LIKE 'ENUM%' THEN 1043 ELSE 25 END END END"
     "::BIGINT"},
    {"array_type_oid",
     "(o) AS CASE o WHEN 16 THEN 1000 WHEN 17 THEN 1001 WHEN 20 THEN 1016 WHEN 21 THEN 1005 "
     "WHEN 23 THEN 1007 WHEN 114 THEN 199 WHEN 700 THEN 1021 WHEN 701 THEN 1022 "
     "WHEN 1043 THEN 1015 WHEN 1082 THEN 1182 WHEN 1083 THEN 1183 WHEN 1114 THEN 1115 "
     "WHEN 1184 THEN 1185 WHEN 1186 THEN 1187 WHEN 1266 THEN 1270 WHEN 1562 THEN 1563 "
     "WHEN 1700 THEN 1231 WHEN 2950 THEN 2951 ELSE 25 END::BIGINT"},
    {"type_oid",
     "(t) AS CASE WHEN regexp_full_match(t, '[^(]*(\\([0-9,]*\\))?\\[[0-9]*\\]') "
     "THEN memory.kappa_pg.array_type_oid(memory.kappa_pg.scalar_type_oid("
     "regexp_replace(t, '\\[[0-9]*\\]$', ''))) ELSE memory.kappa_pg.scalar_type_oid(t) END"},
    {"type_modifier",
     "(t) AS CASE WHEN t LIKE 'DECIMAL(%' THEN "
     "(regexp_extract(t, '\\(([0-9]+),', 1)::INTEGER * 65536 + "
     "regexp_extract(t, ',([0-9]+)\\)', 1)::INTEGER + 4) ELSE -1 END::INTEGER"},
    {"type_length",
     "(o) AS CASE o WHEN 16 THEN 1 WHEN 21 THEN 2 WHEN 23 THEN 4 WHEN 700 THEN 4 "
     "WHEN 1082 THEN 4 WHEN 20 THEN 8 WHEN 701 THEN 8 WHEN 1083 THEN 8 WHEN 1114 THEN 8 "
     "WHEN 1184 THEN 8 WHEN 1266 THEN 12 WHEN 1186 THEN 16 WHEN 2950 THEN 16 ELSE -1 END"
     "::SMALLINT"},
    {"object_name", "(o) AS CASE o::VARCHAR WHEN '0' THEN '-' ELSE o::VARCHAR END"},
    {"scalar_name",
     "(o, m) AS CASE o WHEN 16 THEN 'boolean' WHEN 17 THEN 'bytea' WHEN 18 THEN '\"char\"' "
     "WHEN 19 THEN 'name' WHEN 20 THEN 'bigint' WHEN 21 THEN 'smallint' WHEN 23 THEN 'integer' "
     "WHEN 24 THEN 'regproc' WHEN 25 THEN 'text' WHEN 26 THEN 'oid' WHEN 28 THEN 'xid' "
     "WHEN 114 THEN 'json' WHEN 700 THEN 'real' WHEN 701 THEN 'double precision' "
     "WHEN 705 THEN 'unknown' WHEN 1042 THEN 'character' WHEN 1043 THEN 'character varying' "
     "WHEN 1082 THEN 'date' WHEN 1083 THEN 'time without time zone' "
     "WHEN 1114 THEN 'timestamp without time zone' WHEN 1184 THEN 'timestamp with time zone' "
     "WHEN 1186 THEN 'interval' WHEN 1266 THEN 'time with time zone' WHEN 1560 THEN 'bit' "
     "WHEN 1562 THEN 'bit varying' WHEN 1700 THEN 'numeric' || CASE WHEN m > 4 THEN "
     "'(' || ((m::INTEGER - 4) >> 16) || ',' || ((m::INTEGER - 4) & 65535) || ')' ELSE '' END "
     "WHEN 2205 THEN 'regclass' WHEN 2206 THEN 'regtype' WHEN 2249 THEN 'record' "
     "WHEN 2278 THEN 'void' WHEN 2950 THEN 'uuid' WHEN 3802 THEN 'jsonb' WHEN 0 THEN '-' "
     "ELSE '???' END"},
};

}  // namespace

std::span<const Definition> internal_macros() { return kMacros; }

}  // namespace kappa::serve::pg_catalog
