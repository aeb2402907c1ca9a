#include "serve/pg_catalog/bootstrap.h"

#include <fmt/format.h>

namespace kappa::serve::pg_catalog {
namespace {

void append_views(std::string& sql, const char* prefix, std::span<const Definition> views) {
  for (const auto& [name, query] : views) {
    sql += fmt::format("CREATE VIEW {}{} AS {};\n", prefix, name, query);
  }
}

void append_macros(std::string& sql, std::span<const Definition> macros) {
  for (const auto& [name, body] : macros) {
    sql += fmt::format("CREATE MACRO {}{}{};\n", kCatalogPrefix, name, body);
  }
}

}  // namespace

// In the order in which one uses another: DuckDB binds a macro and a view when it is made.
std::string bootstrap_sql() {
  std::string sql = "CREATE SCHEMA memory.kappa_pg; CREATE SCHEMA memory.kappa_info;\n";
  for (const auto& [name, columns] : empty_relations()) {
    sql += fmt::format("CREATE TABLE {}{}({});\n", kCatalogPrefix, name, columns);
  }
  append_macros(sql, internal_macros());
  append_views(sql, kCatalogPrefix, catalog_views());
  append_macros(sql, catalog_macros());
  append_macros(sql, session_relations());
  append_views(sql, kInformationPrefix, information_views());
  return sql;
}

}  // namespace kappa::serve::pg_catalog
