// Relations of pg_catalog that have rows, over DuckDB's own tables of tables.

#include "serve/pg_catalog/bootstrap.h"

namespace kappa::serve::pg_catalog {
namespace {

constexpr Definition kViews[] = {
    // Every relation that we show: the base of the others. Its oid is made of its name, so that
    // it is the same in every query.
    {"shown_relations", R"sql(
        WITH found AS (
          SELECT schema_name, table_name AS name, column_count, sql, 'r' AS duck_kind
          FROM duckdb_tables() WHERE database_name = 'kappadb' AND NOT internal
          UNION ALL
          SELECT schema_name, view_name, column_count, sql, 'v'
          FROM duckdb_views() WHERE database_name = 'kappadb' AND NOT internal
        ), kinds AS (SELECT name, any_value(kind) AS kind, any_value(definition) AS definition
                   FROM kappadb.kappa.relations GROUP BY name)
        SELECT memory.kappa_pg.relation_oid(schema_name, found.name) AS oid,
               memory.kappa_pg.shown_schema(schema_name) AS schema_name, schema_name AS duck_schema,
               found.name, column_count, coalesce(kinds.definition, sql) AS sql,
               CASE WHEN schema_name = 'kappa' OR found.name LIKE '%$%' THEN 'v'
                    WHEN kinds.kind = 'source' THEN 'f'
                    WHEN kinds.kind IN ('view', 'materialized view', 'materialized_view') THEN 'm'
                    ELSE duck_kind END AS kind
        FROM found LEFT JOIN kinds ON kinds.name = found.name AND schema_name = 'main')sql"},
    {"shown_columns", R"sql(
        SELECT memory.kappa_pg.relation_oid(schema_name, table_name) AS oid,
               memory.kappa_pg.shown_schema(schema_name) AS schema_name, table_name, column_name,
               column_index, data_type, is_nullable, column_default,
               memory.kappa_pg.type_oid(data_type) AS type_oid,
               memory.kappa_pg.type_modifier(data_type) AS type_modifier
        FROM duckdb_columns() WHERE database_name = 'kappadb' AND NOT internal)sql"},
    {"shown_keys", R"sql(
        SELECT memory.kappa_pg.relation_oid(schema_name, table_name) AS relation_oid,
               memory.kappa_pg.relation_oid(schema_name, table_name || '_pkey') AS oid,
               memory.kappa_pg.shown_schema(schema_name) AS schema_name, table_name,
               table_name || '_pkey' AS name, constraint_column_names AS columns,
               list_transform(constraint_column_indexes, lambda i: (i + 1)::int2) AS positions
        FROM duckdb_constraints()
        WHERE database_name = 'kappadb' AND constraint_type = 'PRIMARY KEY')sql"},
    {"pg_namespace", R"sql(
        SELECT * FROM (VALUES (2200::oid, 'public', 10::oid, NULL::text[]),
                              (16400::oid, 'kappa', 10, NULL), (11::oid, 'pg_catalog', 10, NULL),
                              (13000::oid, 'information_schema', 10, NULL))
        AS t(oid, nspname, nspowner, nspacl))sql"},
    {"pg_class", R"sql(
        WITH every AS (
          SELECT oid, name, schema_name, kind, column_count AS columns,
                 oid IN (SELECT relation_oid FROM memory.kappa_pg.shown_keys) AS has_key
          FROM memory.kappa_pg.shown_relations
          UNION ALL
          SELECT oid, name, schema_name, 'i', len(columns), false FROM memory.kappa_pg.shown_keys)
        SELECT oid, name AS relname, memory.kappa_pg.namespace_oid(schema_name) AS relnamespace,
               0::oid AS reltype, 0::oid AS reloftype, 10::oid AS relowner,
               CASE WHEN kind IN ('r', 'm') THEN 2 ELSE 0 END::oid AS relam, oid AS relfilenode,
               0::oid AS reltablespace, 0::int4 AS relpages, -1::float4 AS reltuples,
               0::int4 AS relallvisible, 0::oid AS reltoastrelid, has_key AS relhasindex,
               false AS relisshared, 'p' AS relpersistence, kind AS relkind,
               columns::int2 AS relnatts, 0::int2 AS relchecks, false AS relhasrules,
               false AS relhastriggers, false AS relhassubclass, false AS relrowsecurity,
               false AS relforcerowsecurity, true AS relispopulated, 'd' AS relreplident,
               false AS relispartition, 0::oid AS relrewrite, 0::oid AS relfrozenxid,
               0::oid AS relminmxid, NULL::text[] AS relacl, NULL::text[] AS reloptions,
               NULL::text AS relpartbound
        FROM every)sql"},
    {"pg_attribute", R"sql(
        SELECT oid AS attrelid, column_name AS attname, type_oid AS atttypid,
               -1::int4 AS attstattarget, memory.kappa_pg.type_length(type_oid) AS attlen,
               column_index::int2 AS attnum,
               CASE WHEN data_type LIKE '%]' THEN 1 ELSE 0 END::int4 AS attndims,
               -1::int4 AS attcacheoff, type_modifier AS atttypmod,
               memory.kappa_pg.type_length(type_oid) > 0 AS attbyval, 'i' AS attalign,
               CASE WHEN memory.kappa_pg.type_length(type_oid) > 0 THEN 'p' ELSE 'x' END
                 AS attstorage,
               '' AS attcompression, NOT is_nullable AS attnotnull,
               column_default IS NOT NULL AS atthasdef, false AS atthasmissing, '' AS attidentity,
               '' AS attgenerated, false AS attisdropped, true AS attislocal, 0::int4 AS attinhcount,
               0::oid AS attcollation, NULL::text[] AS attacl, NULL::text[] AS attoptions,
               NULL::text[] AS attfdwoptions, NULL::text AS attmissingval
        FROM memory.kappa_pg.shown_columns)sql"},
    {"pg_attrdef", R"sql(
        SELECT oid + column_index AS oid, oid AS adrelid, column_index::int2 AS adnum,
               column_default AS adbin
        FROM memory.kappa_pg.shown_columns WHERE column_default IS NOT NULL)sql"},
    {"pg_constraint", R"sql(
        SELECT oid + 1 AS oid, name AS conname,
               memory.kappa_pg.namespace_oid(schema_name) AS connamespace,
               'p' AS contype, false AS condeferrable, false AS condeferred, true AS convalidated,
               relation_oid AS conrelid, 0::oid AS contypid, oid AS conindid, 0::oid AS conparentid,
               0::oid AS confrelid, ' ' AS confupdtype, ' ' AS confdeltype, ' ' AS confmatchtype,
               true AS conislocal, 0::int4 AS coninhcount, true AS connoinherit, positions AS conkey,
               NULL::int2[] AS confkey, NULL::oid[] AS conpfeqop, NULL::oid[] AS conppeqop,
               NULL::oid[] AS conffeqop, NULL::int2[] AS confdelsetcols, NULL::oid[] AS conexclop,
               NULL::text AS conbin
        FROM memory.kappa_pg.shown_keys)sql"},
    {"pg_index", R"sql(
        SELECT oid AS indexrelid, relation_oid AS indrelid, len(columns)::int2 AS indnatts,
               len(columns)::int2 AS indnkeyatts, true AS indisunique, false AS indnullsnotdistinct,
               true AS indisprimary, false AS indisexclusion, true AS indimmediate,
               false AS indisclustered, true AS indisvalid, false AS indcheckxmin,
               true AS indisready, true AS indislive, false AS indisreplident, positions AS indkey,
               NULL::oid[] AS indcollation, NULL::oid[] AS indclass,
               list_transform(positions, lambda i: 0::int2) AS indoption, NULL::text AS indexprs,
               NULL::text AS indpred
        FROM memory.kappa_pg.shown_keys)sql"},
    {"pg_indexes", R"sql(
        SELECT schema_name AS schemaname, table_name AS tablename, name AS indexname,
               NULL::text AS tablespace,
               'CREATE UNIQUE INDEX ' || name || ' ON ' || table_name AS indexdef
        FROM memory.kappa_pg.shown_keys)sql"},
    {"pg_type", R"sql(
        WITH types AS (SELECT * FROM (VALUES
          (16, 'bool', 1, 'b', 'B', 0, 1000), (17, 'bytea', -1, 'b', 'U', 0, 1001),
          (18, 'char', 1, 'b', 'Z', 0, 1002), (19, 'name', 64, 'b', 'S', 18, 1003),
          (20, 'int8', 8, 'b', 'N', 0, 1016), (21, 'int2', 2, 'b', 'N', 0, 1005),
          (23, 'int4', 4, 'b', 'N', 0, 1007), (24, 'regproc', 4, 'b', 'N', 0, 1008),
          (25, 'text', -1, 'b', 'S', 0, 1009), (26, 'oid', 4, 'b', 'N', 0, 1028),
          (28, 'xid', 4, 'b', 'U', 0, 1011), (114, 'json', -1, 'b', 'U', 0, 199),
          (700, 'float4', 4, 'b', 'N', 0, 1021), (701, 'float8', 8, 'b', 'N', 0, 1022),
          (705, 'unknown', -2, 'p', 'X', 0, 0), (1042, 'bpchar', -1, 'b', 'S', 0, 1014),
          (1043, 'varchar', -1, 'b', 'S', 0, 1015), (1082, 'date', 4, 'b', 'D', 0, 1182),
          (1083, 'time', 8, 'b', 'D', 0, 1183), (1114, 'timestamp', 8, 'b', 'D', 0, 1115),
          (1184, 'timestamptz', 8, 'b', 'D', 0, 1185), (1186, 'interval', 16, 'b', 'T', 0, 1187),
          (1266, 'timetz', 12, 'b', 'D', 0, 1270), (1560, 'bit', -1, 'b', 'V', 0, 1561),
          (1562, 'varbit', -1, 'b', 'V', 0, 1563), (1700, 'numeric', -1, 'b', 'N', 0, 1231),
          (2205, 'regclass', 4, 'b', 'N', 0, 2210), (2206, 'regtype', 4, 'b', 'N', 0, 2211),
          (2249, 'record', -1, 'p', 'P', 0, 2287), (2278, 'void', 4, 'p', 'P', 0, 0),
          (2950, 'uuid', 16, 'b', 'U', 0, 2951), (3802, 'jsonb', -1, 'b', 'U', 0, 3807))
          AS t(oid, name, length, type, category, element, array_oid)),
        every AS (
          SELECT * FROM types
          UNION ALL
          SELECT array_oid, '_' || name, -1, 'b', 'A', oid, 0 FROM types WHERE array_oid > 0)
        SELECT oid::oid AS oid, name AS typname, 11::oid AS typnamespace, 10::oid AS typowner,
               length::int2 AS typlen, length BETWEEN 1 AND 8 AS typbyval, type AS typtype,
               category AS typcategory, oid IN (16, 25, 26, 701, 1184, 1186) AS typispreferred,
               true AS typisdefined, ',' AS typdelim, 0::oid AS typrelid, 0::oid AS typsubscript,
               element::oid AS typelem, array_oid::oid AS typarray,
               CASE WHEN category = 'A' THEN 'array_in' ELSE name || 'in' END AS typinput,
               CASE WHEN category = 'A' THEN 'array_out' ELSE name || 'out' END AS typoutput,
               CASE WHEN category = 'A' THEN 'array_recv' ELSE name || 'recv' END AS typreceive,
               CASE WHEN category = 'A' THEN 'array_send' ELSE name || 'send' END AS typsend,
               0::oid AS typmodin, 0::oid AS typmodout, 0::oid AS typanalyze, 'i' AS typalign,
               'p' AS typstorage, false AS typnotnull, 0::oid AS typbasetype, -1::int4 AS typtypmod,
               0::int4 AS typndims, 0::oid AS typcollation, NULL::text AS typdefaultbin,
               NULL::text AS typdefault, NULL::text[] AS typacl
        FROM every)sql"},
    {"pg_proc", R"sql(
        SELECT memory.kappa_pg.relation_oid(schema_name, function_name) AS oid,
               function_name AS proname, 2200::oid AS pronamespace, 10::oid AS proowner,
               14::oid AS prolang, 1::float4 AS procost, 0::float4 AS prorows, 0::oid AS provariadic,
               0::oid AS prosupport, 'f' AS prokind, false AS prosecdef, false AS proleakproof,
               false AS proisstrict, function_type = 'table_macro' AS proretset,
               'i' AS provolatile, 's' AS proparallel, len(parameters)::int2 AS pronargs,
               0::int2 AS pronargdefaults, 25::oid AS prorettype, []::oid[] AS proargtypes,
               NULL::oid[] AS proallargtypes, NULL::text[] AS proargmodes,
               parameters::text[] AS proargnames, NULL::text AS proargdefaults,
               NULL::oid[] AS protrftypes, macro_definition AS prosrc, NULL::text AS probin,
               NULL::text AS prosqlbody, NULL::text[] AS proconfig, NULL::text[] AS proacl
        FROM duckdb_functions() WHERE database_name = 'kappadb' AND NOT internal)sql"},
    {"pg_am", R"sql(
        SELECT 2::oid AS oid, 'heap' AS amname, 0::oid AS amhandler, 't' AS amtype
        UNION ALL SELECT 403, 'btree', 0, 'i')sql"},
    {"pg_language", R"sql(
        SELECT 14::oid AS oid, 'sql' AS lanname, 10::oid AS lanowner, false AS lanispl,
               true AS lanpltrusted, 0::oid AS lanplcallfoid, 0::oid AS laninline,
               0::oid AS lanvalidator, NULL::text[] AS lanacl, 2612::oid AS tableoid)sql"},
    {"pg_collation", R"sql(
        SELECT 100::oid AS oid, 'default' AS collname, 11::oid AS collnamespace, 10::oid AS collowner,
               'd' AS collprovider, true AS collisdeterministic, -1::int4 AS collencoding,
               NULL::text AS collcollate, NULL::text AS collctype, NULL::text AS colliculocale,
               NULL::text AS collversion)sql"},
    {"pg_tablespace", R"sql(
        SELECT 1663::oid AS oid, 'pg_default' AS spcname, 10::oid AS spcowner, NULL::text[] AS spcacl,
               NULL::text[] AS spcoptions)sql"},
    {"pg_description", R"sql(
        SELECT 0::oid AS objoid, 0::oid AS classoid, 0::int4 AS objsubid, '' AS description
        WHERE false)sql"},
    {"pg_foreign_server", R"sql(
        SELECT 16401::oid AS oid, 'kappa_log' AS srvname, 10::oid AS srvowner, 16402::oid AS srvfdw,
               NULL::text AS srvtype, NULL::text AS srvversion, NULL::text[] AS srvacl,
               NULL::text[] AS srvoptions)sql"},
    {"pg_foreign_table", R"sql(
        SELECT oid AS ftrelid, 16401::oid AS ftserver, NULL::text[] AS ftoptions
        FROM memory.kappa_pg.shown_relations WHERE kind = 'f')sql"},
    {"pg_tables", R"sql(
        SELECT schema_name AS schemaname, name AS tablename, 'kappa' AS tableowner,
               NULL::text AS tablespace,
               oid IN (SELECT relation_oid FROM memory.kappa_pg.shown_keys) AS hasindexes,
               false AS hasrules, false AS hastriggers, false AS rowsecurity
        FROM memory.kappa_pg.shown_relations WHERE kind = 'r')sql"},
    {"pg_views", R"sql(
        SELECT schema_name AS schemaname, name AS viewname, 'kappa' AS viewowner, sql AS definition
        FROM memory.kappa_pg.shown_relations WHERE kind = 'v')sql"},
    {"pg_matviews", R"sql(
        SELECT schema_name AS schemaname, name AS matviewname, 'kappa' AS matviewowner,
               NULL::text AS tablespace, false AS hasindexes, true AS ispopulated,
               sql AS definition
        FROM memory.kappa_pg.shown_relations WHERE kind = 'm')sql"},
    {"pg_settings", R"sql(
        SELECT name, value AS setting, NULL::text AS unit, 'kappa' AS category,
               description AS short_desc, NULL::text AS extra_desc, 'user' AS context,
               'string' AS vartype, 'default' AS source, NULL::text AS min_val,
               NULL::text AS max_val, NULL::text[] AS enumvals, value AS boot_val,
               value AS reset_val, NULL::text AS sourcefile, NULL::int4 AS sourceline,
               false AS pending_restart
        FROM (SELECT name, value, description FROM duckdb_settings()
              UNION ALL
              VALUES ('standard_conforming_strings', 'on', ''), ('server_encoding', 'UTF8', ''),
                     ('integer_datetimes', 'on', ''), ('max_identifier_length', '63', ''),
                     ('max_index_keys', '32', ''), ('bytea_output', 'hex', '')))sql"},
};

}  // namespace

std::span<const Definition> catalog_views() { return kViews; }

}  // namespace kappa::serve::pg_catalog
