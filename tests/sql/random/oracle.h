#pragma once
// A DuckDB of its own, which shares nothing with the engine under test but DuckDB's code. Tables
// are plain, views are views. Also the generator's dictionary: it says which columns a query has.
// Confined to one thread.

#include <duckdb/main/connection.hpp>
#include <duckdb/main/database.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sql/random/kinds.h"

namespace kappa::random_sql {

struct Answer {
  std::string error;               // empty: the query succeeded
  bool is_internal_error = false;  // of DuckDB itself
  std::vector<std::string> types;
  std::vector<std::string> rows;  // values separated by tabs, sorted
};

class Oracle {
 public:
  Oracle();

  Answer run(const std::string& sql);
  // All or none. Gives the error's text, empty at success.
  std::string run_all(const std::vector<std::string>& statements);
  // The columns of a query, named without a qualifier; nothing when it does not bind.
  std::optional<std::vector<Column>> columns_of(const std::string& query);
  // Seconds that a query may take.
  static constexpr int kSecondsMax = 10;

 private:
  duckdb::DuckDB database_;
  duckdb::Connection connection_;
};

// What is equal in SQL and not in text is made equal; then in order.
void normalise(std::vector<std::string>& rows);

std::string quoted_name(const std::string& name);

}  // namespace kappa::random_sql
