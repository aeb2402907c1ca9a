#pragma once
// Our relations as a DuckDB catalog: DuckDB's binder looks names up here and its scans read here.
// A transaction holds the snapshot that its connection was given, so lookups and rows agree. No
// statistics, no cardinalities, no indexes: plans depend on the text alone. Writing goes through
// the log (engine), never through DuckDB's own INSERT, UPDATE or DELETE.

#include <memory>

#include "sql/relation.h"

namespace duckdb {
class ClientContext;
class TableCatalogEntry;
struct DBConfig;
}  // namespace duckdb

namespace kappa::sql {

// Registers the storage type "kappa"; before the database is opened.
void register_catalog(duckdb::DBConfig& config);

// The snapshot for the next transactions of a connection.
void set_snapshot(duckdb::ClientContext& context, SnapshotPtr snapshot);

// The relation behind a table entry of our catalog; nullptr for an entry of another catalog.
RelationPtr relation_of(duckdb::TableCatalogEntry& entry);

}  // namespace kappa::sql
