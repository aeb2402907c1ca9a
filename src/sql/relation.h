#pragma once
// What our DuckDB catalog knows of a name: columns, key, and how to read and write it. The engine
// implements Relation and Snapshot; the catalog shows them to DuckDB's binder and scans.

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/delta.h"

namespace kappa::sql {

// kErrors: the `<name>$errors` of a source, table or view. kSystem: relations of schema `kappa`.
enum class RelationKind { kSource, kTable, kMaterializedView, kErrors, kSystem };

struct Column {
  std::string name;
  duckdb::LogicalType type;
  bool is_not_null = false;
};

// Gives a relation's rows, up to 2,048 at a time. Confined to one thread.
class RowReader {
 public:
  virtual ~RowReader() = default;
  // Fills `out` (initialised with the types asked for); an empty chunk is the end.
  virtual Status next(duckdb::DataChunk& out) = 0;
};

class Snapshot;
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// A definition only: its rows are in snapshots. Immutable, and kept alive by the catalog for good.
class Relation {
 public:
  virtual ~Relation() = default;
  virtual const std::string& name() const = 0;
  virtual RelationKind kind() const = 0;
  virtual const std::vector<Column>& columns() const = 0;
  // Indexes of the primary key's columns; empty: none.
  virtual const std::vector<size_t>& key_columns() const = 0;
  // No delta of it ever has a negative weight (sources, keyless tables).
  virtual bool is_append_only() const = 0;
  // The rows at a snapshot, of the given columns in the given order.
  virtual StatusOr<std::unique_ptr<RowReader>> read(SnapshotPtr snapshot,
                                                    std::vector<size_t> columns) const = 0;
};
using RelationPtr = std::shared_ptr<const Relation>;

// A consistent state of everything at one frontier. Immutable. A DuckDB transaction holds one, so
// all of its statements see the same relations with the same rows.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // By name, case-insensitively; is_system: in schema `kappa`. nullptr: none.
  virtual RelationPtr find(const std::string& name, bool is_system) const = 0;
  virtual std::vector<RelationPtr> relations(bool is_system) const = 0;
};

}  // namespace kappa::sql
