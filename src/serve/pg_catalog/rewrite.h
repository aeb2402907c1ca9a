#pragma once
// Rewrites a statement that asks PostgreSQL's system catalog into one that DuckDB can run over our
// views of it (bootstrap.h): names are mapped and syntax that DuckDB lacks is taken out, token by
// token. In other statements only facts of the session (version(), current_user) and the schema
// public are replaced; the rest, and statements without them, are left alone.
//
//   pg_catalog.pg_class, pg_class       memory.kappa_pg.pg_class
//   pg_catalog.pg_get_expr(…)           memory.kappa_pg.pg_get_expr(…)
//   pg_catalog.count(…)                 count(…)
//   information_schema.tables           memory.kappa_info.tables
//   a OPERATOR(pg_catalog.~) 'x'        a ~ '(?s).*(?:x).*'      DuckDB's ~ is of the whole text
//   COLLATE pg_catalog.default          (nothing)
//   'x'::regclass, oid::regclass        an oid, a name
//   version(), current_setting('x')     literals
//   public.t                            main.t, at the same position

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kappa::serve::pg_catalog {

// What a session knows and DuckDB does not.
struct SessionFacts {
  std::string user;
  std::string database;
  std::string version;
  int process_id = 0;
  // A setting's value for current_setting(); nullopt: unknown.
  std::function<std::optional<std::string>(const std::string& name)> setting;
  // set_config(); gives the value that the call returns.
  std::function<std::string(const std::string& name, const std::string& value)> set_setting;
};

struct Rewritten {
  std::string text;
  bool asks_catalog = false;  // it reads what bootstrap.h makes
};

// nullopt: nothing to rewrite.
std::optional<Rewritten> rewrite(std::string_view statement, const SessionFacts& facts);

}  // namespace kappa::serve::pg_catalog
