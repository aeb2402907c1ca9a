#pragma once
// PostgreSQL's system catalog over DuckDB: macros, views and empty tables in the schemas kappa_pg
// and kappa_info of the catalog `memory`, made once when the server starts
// (engine::Engine::bootstrap). rewrite.h sends what clients ask pg_catalog and information_schema
// there.
//
// User relations are the tables of catalog kappadb, schema main (shown as public). The relation
// kappadb.kappa.relations(name, kind, definition) says which are sources ('source', shown as
// foreign tables), tables ('table') or materialized views ('materialized view'), and their text.

#include <span>
#include <string>
#include <string_view>

namespace kappa::serve::pg_catalog {

// Where everything lives, as a prefix of names.
inline constexpr char kCatalogPrefix[] = "memory.kappa_pg.";
inline constexpr char kInformationPrefix[] = "memory.kappa_info.";

std::string bootstrap_sql();

// Definitions, by the relation's or macro's name.
struct Definition {
  std::string_view name;
  std::string_view body;
};
// Tables without rows: `body` is the list of columns.
std::span<const Definition> empty_relations();
// Views: `body` is a query, in the order in which they may use each other.
std::span<const Definition> catalog_views();
// Views of information_schema.
std::span<const Definition> information_views();
// Macros: `body` is what follows the name in CREATE MACRO. PostgreSQL's functions; relations that
// take the connected user and database; and ours, which the others use.
std::span<const Definition> catalog_macros();
std::span<const Definition> session_relations();
std::span<const Definition> internal_macros();

}  // namespace kappa::serve::pg_catalog
