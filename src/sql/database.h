#pragma once
// The DuckDB instance: parser, planner, executor and oracle, with one catalog of ours attached as
// default. Nothing is stored in it. External access is off and its configuration locked.

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "sql/relation.h"

namespace duckdb {
class Connection;
class DuckDB;
}  // namespace duckdb

namespace kappa::sql {

// The catalog's name in DuckDB. Not "kappa": that is the schema of the system relations, and DuckDB
// refuses names that could be a catalog or a schema.
inline constexpr char kCatalogName[] = "kappadb";
// User relations live in this schema; PostgreSQL's clients know it as "public".
inline constexpr char kUserSchema[] = "main";
inline constexpr char kSystemSchema[] = "kappa";

struct DatabaseOptions {
  int64_t memory_bytes = int64_t{1} << 30;
  size_t thread_count = 1;
};

// A connection and the snapshot that its transactions start from. Confined to one thread at a time
// but for interrupt().
class DatabaseConnection {
 public:
  virtual ~DatabaseConnection() = default;
  virtual duckdb::Connection& duck() = 0;
  // Transactions begun from now on see this snapshot.
  virtual void use_snapshot(SnapshotPtr snapshot) = 0;
  virtual void interrupt() = 0;
};

class Database {
 public:
  static StatusOr<std::unique_ptr<Database>> open(DatabaseOptions options);
  virtual ~Database() = default;

  // Default catalog, our grammar and functions are set.
  virtual std::unique_ptr<DatabaseConnection> connect() = 0;
};

}  // namespace kappa::sql
