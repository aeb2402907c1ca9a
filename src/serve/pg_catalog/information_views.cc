// Relations of information_schema. Those that are not here are DuckDB's own.

#include "serve/pg_catalog/bootstrap.h"

namespace kappa::serve::pg_catalog {
namespace {

constexpr Definition kViews[] = {
    {"schemata", R"sql(
        SELECT 'kappa' AS catalog_name, nspname AS schema_name, 'kappa' AS schema_owner,
               NULL::text AS default_character_set_catalog,
               NULL::text AS default_character_set_schema,
               NULL::text AS default_character_set_name, NULL::text AS sql_path
        FROM memory.kappa_pg.pg_namespace)sql"},
    {"tables", R"sql(
        SELECT 'kappa' AS table_catalog, schema_name AS table_schema, name AS table_name,
               CASE kind WHEN 'r' THEN 'BASE TABLE' WHEN 'f' THEN 'FOREIGN' ELSE 'VIEW' END
                 AS table_type,
               NULL::text AS self_referencing_column_name, NULL::text AS reference_generation,
               NULL::text AS user_defined_type_catalog, NULL::text AS user_defined_type_schema,
               NULL::text AS user_defined_type_name,
               CASE kind WHEN 'r' THEN 'YES' ELSE 'NO' END AS is_insertable_into,
               'NO' AS is_typed, NULL::text AS commit_action
        FROM memory.kappa_pg.shown_relations)sql"},
    {"views", R"sql(
        SELECT 'kappa' AS table_catalog, schema_name AS table_schema, name AS table_name,
               sql AS view_definition, 'NONE' AS check_option, 'NO' AS is_updatable,
               'NO' AS is_insertable_into, 'NO' AS is_trigger_updatable,
               'NO' AS is_trigger_deletable, 'NO' AS is_trigger_insertable_into
        FROM memory.kappa_pg.shown_relations WHERE kind IN ('v', 'm'))sql"},
    {"columns", R"sql(
        SELECT 'kappa' AS table_catalog, schema_name AS table_schema, table_name, column_name,
               column_index::int4 AS ordinal_position, column_default,
               CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable,
               CASE WHEN type_oid IN (SELECT t.oid FROM memory.kappa_pg.pg_type t
                                      WHERE t.typcategory = 'A') THEN 'ARRAY'
                    ELSE memory.kappa_pg.format_type(type_oid, NULL) END AS data_type,
               NULL::int4 AS character_maximum_length,
               CASE WHEN type_oid IN (25, 1043) THEN 1073741824 END::int4 AS character_octet_length,
               CASE type_oid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24
                 WHEN 701 THEN 53 WHEN 1700 THEN
                   CASE WHEN type_modifier > 4 THEN (type_modifier - 4) >> 16 END
               END::int4 AS numeric_precision,
               CASE WHEN type_oid IN (20, 21, 23, 700, 701) THEN 2
                    WHEN type_oid = 1700 THEN 10 END::int4 AS numeric_precision_radix,
               CASE WHEN type_oid IN (20, 21, 23) THEN 0
                    WHEN type_oid = 1700 AND type_modifier > 4 THEN (type_modifier - 4) & 65535
               END::int4 AS numeric_scale,
               CASE WHEN type_oid IN (1083, 1114, 1184, 1186, 1266) THEN 6 WHEN type_oid = 1082
                 THEN 0 END::int4 AS datetime_precision,
               NULL::text AS interval_type, NULL::int4 AS interval_precision,
               NULL::text AS character_set_catalog, NULL::text AS character_set_schema,
               NULL::text AS character_set_name, NULL::text AS collation_catalog,
               NULL::text AS collation_schema, NULL::text AS collation_name,
               NULL::text AS domain_catalog, NULL::text AS domain_schema,
               NULL::text AS domain_name, 'kappa' AS udt_catalog, 'pg_catalog' AS udt_schema,
               (SELECT t.typname FROM memory.kappa_pg.pg_type t WHERE t.oid = type_oid) AS udt_name,
               NULL::text AS scope_catalog, NULL::text AS scope_schema, NULL::text AS scope_name,
               NULL::int4 AS maximum_cardinality, column_index::text AS dtd_identifier,
               'NO' AS is_self_referencing, 'NO' AS is_identity, NULL::text AS identity_generation,
               NULL::text AS identity_start, NULL::text AS identity_increment,
               NULL::text AS identity_maximum, NULL::text AS identity_minimum,
               'NO' AS identity_cycle, 'NEVER' AS is_generated,
               NULL::text AS generation_expression, 'YES' AS is_updatable
        FROM memory.kappa_pg.shown_columns)sql"},
    {"table_constraints", R"sql(
        SELECT 'kappa' AS constraint_catalog, schema_name AS constraint_schema,
               name AS constraint_name, 'kappa' AS table_catalog, schema_name AS table_schema,
               table_name, 'PRIMARY KEY' AS constraint_type, 'NO' AS is_deferrable,
               'NO' AS initially_deferred, 'YES' AS enforced, 'YES' AS nulls_distinct
        FROM memory.kappa_pg.shown_keys)sql"},
    {"key_column_usage", R"sql(
        SELECT 'kappa' AS constraint_catalog, schema_name AS constraint_schema,
               name AS constraint_name, 'kappa' AS table_catalog, schema_name AS table_schema,
               table_name, unnest(columns) AS column_name,
               unnest(range(1, len(columns) + 1))::int4 AS ordinal_position,
               NULL::int4 AS position_in_unique_constraint
        FROM memory.kappa_pg.shown_keys)sql"},
};

}  // namespace

std::span<const Definition> information_views() { return kViews; }

}  // namespace kappa::serve::pg_catalog
