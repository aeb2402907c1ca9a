// Functions of pg_catalog that DuckDB lacks or means otherwise.

#include "serve/pg_catalog/bootstrap.h"

namespace kappa::serve::pg_catalog {
namespace {

constexpr Definition kMacros[] = {
    {"format_type",
     "(o, m) AS CASE WHEN o::BIGINT IN (199, 1000, 1001, 1005, 1007, 1009, 1014, 1015, 1016, "
     "1021, 1022, 1028, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 1563, 2951, 3807) THEN "
     "memory.kappa_pg.scalar_name(CASE o::BIGINT WHEN 199 THEN 114 WHEN 1000 THEN 16 "
     "WHEN 1001 THEN 17 WHEN 1005 THEN 21 WHEN 1007 THEN 23 WHEN 1009 THEN 25 "
     "WHEN 1014 THEN 1042 WHEN 1015 THEN 1043 WHEN 1016 THEN 20 WHEN 1021 THEN 700 "
     "WHEN 1022 THEN 701 WHEN 1028 THEN 26 WHEN 1115 THEN 1114 WHEN 1182 THEN 1082 "
     "WHEN 1183 THEN 1083 WHEN 1185 THEN 1184 WHEN 1187 THEN 1186 WHEN 1231 THEN 1700 "
     "WHEN 1270 THEN 1266 WHEN 1563 THEN 1562 WHEN 2951 THEN 2950 ELSE 3802 END, m) || '[]' "
     "ELSE memory.kappa_pg.scalar_name(o::BIGINT, m) END"},
    // Casts to PostgreSQL's object types, each way.
    {"regclass_oid",
     "(t) AS coalesce(try_cast(t AS BIGINT), (SELECT r.oid FROM memory.kappa_pg.shown_relations "
     "r "
     "WHERE r.name = replace(regexp_replace(t, '^(\"?public\"?|\"?main\"?|\"?kappa\"?)\\.', ''), "
     "'\"', '') ORDER BY r.oid LIMIT 1))"},
    {"regclass_name",
     "(o) AS coalesce((SELECT CASE WHEN r.schema_name = 'public' THEN r.name ELSE "
     "r.schema_name || '.' || r.name END FROM memory.kappa_pg.shown_relations r "
     "WHERE r.oid = o::BIGINT LIMIT 1), nullif(o, 0)::VARCHAR, '-')"},
    {"regtype_oid",
     "(t) AS coalesce(try_cast(t AS BIGINT), (SELECT p.oid FROM memory.kappa_pg.pg_type p "
     "WHERE p.typname = t OR memory.kappa_pg.format_type(p.oid, NULL) = t "
     "ORDER BY p.oid LIMIT 1))"},
    {"regtype_name", "(o) AS memory.kappa_pg.format_type(o, NULL)"},
    {"pg_get_userbyid", "(o) AS 'kappa'"},
    {"pg_table_is_visible", "(o) AS o::BIGINT < 2147483648"},
    {"pg_type_is_visible", "(o) AS true"},
    {"pg_function_is_visible", "(o) AS true"},
    {"pg_get_expr", "(e, r) AS e::VARCHAR, (e, r, p) AS e::VARCHAR"},
    {"pg_get_viewdef",
     "(o) AS (SELECT r.sql FROM memory.kappa_pg.shown_relations r WHERE r.oid = o::BIGINT), "
     "(o, p) AS (SELECT r.sql FROM memory.kappa_pg.shown_relations r WHERE r.oid = o::BIGINT)"},
    {"pg_get_indexdef",
     "(o) AS (SELECT 'CREATE UNIQUE INDEX ' || k.name || ' ON ' || k.schema_name || '.' || "
     "k.table_name || ' USING btree (' || array_to_string(k.columns, ', ') || ')' "
     "FROM memory.kappa_pg.shown_keys k WHERE k.oid = o::BIGINT), "
     "(o, c, p) AS CASE WHEN c > 0 THEN (SELECT k.columns[c] FROM memory.kappa_pg.shown_keys k "
     "WHERE k.oid = o::BIGINT) ELSE (SELECT 'CREATE UNIQUE INDEX ' || k.name || ' ON ' || "
     "k.table_name || ' USING btree (' || array_to_string(k.columns, ', ') || ')' "
     "FROM memory.kappa_pg.shown_keys k WHERE k.oid = o::BIGINT) END"},
    {"pg_get_constraintdef",
     "(o) AS (SELECT 'PRIMARY KEY (' || array_to_string(k.columns, ', ') || ')' "
     "FROM memory.kappa_pg.shown_keys k WHERE k.oid + 1 = o::BIGINT), "
     "(o, p) AS (SELECT 'PRIMARY KEY (' || array_to_string(k.columns, ', ') || ')' "
     "FROM memory.kappa_pg.shown_keys k WHERE k.oid + 1 = o::BIGINT)"},
    {"pg_get_ruledef", "(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR"},
    {"pg_get_triggerdef", "(o) AS NULL::VARCHAR, (o, p) AS NULL::VARCHAR"},
    {"pg_get_functiondef",
     "(o) AS (SELECT f.prosrc FROM memory.kappa_pg.pg_proc f WHERE f.oid = o)"},
    {"pg_get_function_result", "(o) AS 'text'"},
    {"pg_get_function_arguments",
     "(o) AS (SELECT array_to_string(f.proargnames, ', ') FROM memory.kappa_pg.pg_proc f "
     "WHERE f.oid = o)"},
    {"pg_get_function_identity_arguments",
     "(o) AS (SELECT array_to_string(f.proargnames, ', ') FROM memory.kappa_pg.pg_proc f "
     "WHERE f.oid = o)"},
    {"pg_get_statisticsobjdef_columns", "(o) AS NULL::VARCHAR"},
    {"pg_get_partkeydef", "(o) AS NULL::VARCHAR"},
    {"pg_get_serial_sequence", "(t, c) AS NULL::VARCHAR"},
    {"pg_relation_is_publishable", "(o) AS false"},
    {"pg_encoding_to_char", "(e) AS 'UTF8'"},
    {"pg_char_to_encoding", "(e) AS 6"},
    {"pg_client_encoding", "() AS 'UTF8'"},
    {"getdatabaseencoding", "() AS 'UTF8'"},
    {"pg_table_size", "(o) AS 0::BIGINT"},
    {"pg_indexes_size", "(o) AS 0::BIGINT"},
    {"pg_relation_size", "(o) AS 0::BIGINT, (o, f) AS 0::BIGINT"},
    {"pg_total_relation_size", "(o) AS 0::BIGINT"},
    {"pg_database_size", "(o) AS 0::BIGINT"},
    {"pg_tablespace_location", "(o) AS ''"},
    {"obj_description", "(o) AS NULL::VARCHAR, (o, c) AS NULL::VARCHAR"},
    {"shobj_description", "(o, c) AS NULL::VARCHAR"},
    {"col_description", "(o, c) AS NULL::VARCHAR"},
    {"pg_is_in_recovery", "() AS false"},
    {"pg_backend_pid", "() AS 1::INTEGER"},
    {"pg_stat_get_numscans", "(o) AS 0::BIGINT"},
    {"array_upper", "(a, d) AS len(a)"},
    {"array_lower", "(a, d) AS CASE WHEN len(a) > 0 THEN 1 END"},
    {"quote_ident",
     "(t) AS CASE WHEN regexp_full_match(t, '[a-z_][a-z0-9_$]*') THEN t "
     "ELSE '\"' || replace(t, '\"', '\"\"') || '\"' END"},
    {"quote_literal", "(t) AS '''' || replace(t, '''', '''''') || ''''"},
    {"pg_options_to_table",
     "(o) AS TABLE SELECT '' AS option_name, '' AS option_value WHERE false"},
    {"setting_of", "(n) AS (SELECT s.setting FROM memory.kappa_pg.pg_settings s WHERE s.name = n)"},
    {"to_regclass", "(t) AS memory.kappa_pg.regclass_oid(t)"},
    {"to_regtype", "(t) AS memory.kappa_pg.regtype_oid(t)"},
    {"_pg_expandarray", "(a) AS unnest(list_transform(a, lambda v, i: {'x': v, 'n': i}))"},
};
// They take the connected user and database.
constexpr Definition kSessionRelations[] = {
    {"pg_roles",
     "(u, d) AS TABLE SELECT u AS rolname, true AS rolsuper, true AS rolinherit, "
     "false AS rolcreaterole, false AS rolcreatedb, true AS rolcanlogin, "
     "false AS rolreplication, -1 AS rolconnlimit, NULL::VARCHAR AS rolpassword, "
     "NULL::TIMESTAMPTZ AS rolvaliduntil, false AS rolbypassrls, NULL::VARCHAR[] AS rolconfig, "
     "10::BIGINT AS oid"},
    {"pg_authid",
     "(u, d) AS TABLE SELECT 10::BIGINT AS oid, u AS rolname, true AS rolsuper, "
     "true AS rolinherit, false AS rolcreaterole, false AS rolcreatedb, true AS rolcanlogin, "
     "false AS rolreplication, false AS rolbypassrls, -1 AS rolconnlimit, "
     "NULL::VARCHAR AS rolpassword, NULL::TIMESTAMPTZ AS rolvaliduntil"},
    {"pg_user",
     "(u, d) AS TABLE SELECT u AS usename, 10::BIGINT AS usesysid, false AS usecreatedb, "
     "true AS usesuper, false AS userepl, false AS usebypassrls, NULL::VARCHAR AS passwd, "
     "NULL::TIMESTAMPTZ AS valuntil, NULL::VARCHAR[] AS useconfig"},
    {"pg_database",
     "(u, d) AS TABLE SELECT 16384::BIGINT AS oid, d AS datname, 10::BIGINT AS datdba, "
     "6 AS encoding, 'c' AS datlocprovider, false AS datistemplate, true AS datallowconn, "
     "-1 AS datconnlimit, 0::BIGINT AS datfrozenxid, 0::BIGINT AS datminmxid, "
     "1663::BIGINT AS dattablespace, 'C.UTF-8' AS datcollate, 'C.UTF-8' AS datctype, "
     "NULL::VARCHAR AS daticulocale, NULL::VARCHAR AS datcollversion, NULL::VARCHAR[] AS datacl"},
};

}  // namespace

std::span<const Definition> catalog_macros() { return kMacros; }
std::span<const Definition> session_relations() { return kSessionRelations; }

}  // namespace kappa::serve::pg_catalog
