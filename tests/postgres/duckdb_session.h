#pragma once
// An engine::Session over a plain DuckDB instance in memory: what the PostgreSQL wire is tested
// against without logs and views. Statements are parsed, prepared and run for real.

#include <memory>
#include <string>

#include "engine/session.h"

namespace duckdb {
class DuckDB;
}

namespace kappa::testing {

// A database with an empty catalog named kappadb.
class TestDatabase {
 public:
  TestDatabase();
  ~TestDatabase();

  std::unique_ptr<engine::Session> connect();
  // The PostgreSQL catalog of serve.
  Status make_catalog();
  // Runs statements; a failure ends the program.
  void run(const std::string& sql);

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
};

}  // namespace kappa::testing
