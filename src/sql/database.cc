#include "sql/database.h"

#include <duckdb_static_extension.h>
#include <duckdb.hpp>
#include <duckdb/main/client_config.hpp>
#include <mutex>

#include "base/check.h"
#include "sql/catalog.h"
#include "sql/catalog_table.h"
#include "sql/grammar.h"

extern "C" {
int32_t duckdb_extension_core_functions_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_parquet_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_json_describe(duckdb_extension_descriptor*);
int32_t duckdb_extension_icu_describe(duckdb_extension_descriptor*);
}

namespace kappa::sql {
namespace {

void register_extensions() {
  static std::once_flag once;
  std::call_once(once, [] {
    duckdb_register_static_extension(duckdb_extension_core_functions_describe);
    duckdb_register_static_extension(duckdb_extension_parquet_describe);
    duckdb_register_static_extension(duckdb_extension_json_describe);
    duckdb_register_static_extension(duckdb_extension_icu_describe);
  });
}

class Connection : public DatabaseConnection {
 public:
  explicit Connection(duckdb::DuckDB& database) : connection_(database) {
    activate_grammar(*connection_.context);
    run(std::string("USE ") + kCatalogName);
  }

  duckdb::Connection& duck() override { return connection_; }
  void use_snapshot(SnapshotPtr snapshot) override {
    set_snapshot(*connection_.context, std::move(snapshot));
  }
  void interrupt() override { connection_.Interrupt(); }

 private:
  void run(const std::string& sql) {
    auto result = connection_.Query(sql);
    if (result->HasError()) check_failed(__FILE__, __LINE__, sql + ": " + result->GetError());
  }

  duckdb::Connection connection_;
};

class DuckDatabase : public Database {
 public:
  explicit DuckDatabase(std::unique_ptr<duckdb::DuckDB> database)
      : database_(std::move(database)) {}

  std::unique_ptr<DatabaseConnection> connect() override {
    return std::make_unique<Connection>(*database_);
  }

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
};

}  // namespace

StatusOr<std::unique_ptr<Database>> Database::open(DatabaseOptions options) {
  register_extensions();
  try {
    duckdb::DBConfig config;
    config.SetOptionByName("memory_limit",
                           duckdb::Value(std::to_string(options.memory_bytes) + "B"));
    config.SetOptionByName("threads",
                           duckdb::Value::BIGINT(std::max<size_t>(1, options.thread_count)));
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("temp_directory", duckdb::Value(""));
    register_catalog(config);
    auto duck = std::make_unique<duckdb::DuckDB>(nullptr, &config);
    register_scan_function(*duck->instance);
    duckdb::Connection connection(*duck);
    register_grammar(*connection.context);
    std::string statements[] = {std::string("ATTACH '' AS ") + kCatalogName + " (TYPE kappa)",
                                "SET GLOBAL TimeZone='UTC'", "SET enable_external_access=false"};
    for (const std::string& sql : statements) {
      auto result = connection.Query(sql);
      if (result->HasError()) return internal_error("{}: {}", sql, result->GetError());
    }
    return std::unique_ptr<Database>(new DuckDatabase(std::move(duck)));
  } catch (const std::exception& e) {
    return internal_error("cannot open the SQL engine: {}", duckdb::ErrorData(e).RawMessage());
  }
}

}  // namespace kappa::sql
