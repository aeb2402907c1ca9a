#pragma once
// Random INSERT, UPDATE and DELETE, each with what it means for a plain DuckDB without keys.

#include <string>
#include <vector>

#include "sql/random/action.h"
#include "sql/random/query_generator.h"

namespace kappa::random_sql {

struct Table {
  Relation relation;
  std::vector<std::string> types;
  size_t key_count = 0;  // the first columns; none: rows are records
  bool has_extremes = false;
};

// A table of random columns, and the action that makes it.
Table random_table(Random& random, const std::string& name, Action& action);

class ChangeGenerator {
 public:
  ChangeGenerator(Random& random, Oracle& oracle, QueryGenerator& queries)
      : random_(random), oracle_(oracle), queries_(queries) {}

  Action change(const Table& table);

 private:
  struct Statement {
    std::string sql;
    std::vector<std::string> meaning;
  };

  Statement insert_values(const Table& table);
  Statement insert_select(const Table& table, const std::vector<Relation>& relations);
  Statement update(const Table& table);
  Statement move_keys(const Table& table);
  Statement remove(const Table& table);
  std::string row(const Table& table, std::vector<std::string>& cells);

  Random& random_;
  Oracle& oracle_;
  QueryGenerator& queries_;
};

}  // namespace kappa::random_sql
