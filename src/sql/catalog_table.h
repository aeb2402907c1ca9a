#pragma once
// One relation as a DuckDB table entry, and the table function that scans it.

#include <memory>

#include "sql/relation.h"

namespace duckdb {
class Catalog;
class ClientContext;
class DatabaseInstance;
class SchemaCatalogEntry;
class TableCatalogEntry;
}  // namespace duckdb

namespace kappa::sql {

std::unique_ptr<duckdb::TableCatalogEntry> make_table_entry(duckdb::Catalog& catalog,
                                                            duckdb::SchemaCatalogEntry& schema,
                                                            RelationPtr relation);

// Plans that are copied find the scan by its name; once, when the database is open.
void register_scan_function(duckdb::DatabaseInstance& database);

// The snapshot of the running transaction in our catalog.
SnapshotPtr snapshot_of(duckdb::ClientContext& context, duckdb::Catalog& catalog);

}  // namespace kappa::sql
