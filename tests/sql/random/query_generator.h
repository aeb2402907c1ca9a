#pragma once
// Random queries that have one answer: whatever SQL leaves open (which rows a LIMIT takes, which of
// equal rows is first) is pinned by ordering by whole rows. Whether a query binds is asked of the
// oracle; what does not is thrown away.

#include <map>
#include <string>
#include <vector>

#include "sql/random/oracle.h"
#include "sql/random/random.h"

namespace kappa::random_sql {

// A table or view that queries may read.
struct Relation {
  std::string name;
  std::vector<Column> columns;
};

using Scope = std::vector<Column>;

class QueryGenerator {
 public:
  QueryGenerator(Random& random, Oracle& oracle, const std::vector<Relation>& relations)
      : random_(random), oracle_(oracle), relations_(relations) {}

  // A query that binds, or an empty text. `depth`: how often it may be nested.
  std::string query(int depth);
  // An expression over columns of a scope.
  std::string expression(Kind kind, const Scope& scope, int depth);
  std::string condition(const Scope& scope, int depth);

  // How often each form was put into a query: "join left", "window rank", ….
  const std::map<std::string, int>& uses() const { return uses_; }
  // Templates that do not bind in this version of DuckDB are left out from now on.
  static std::vector<std::string> drop_dead_templates(Oracle& oracle);

 private:
  struct Source {
    std::string sql;
    Scope columns;
  };
  using Form = std::string (QueryGenerator::*)(int depth);

  // Sources of rows: what stands in FROM.
  Source source(int depth);
  Source base();
  Source aliased(const std::string& query);
  Source values();
  Source joined(int depth);
  Source joined_using();
  Source lateral();
  std::string join_condition(const Scope& left, const Scope& right);

  // Queries.
  std::string any_form(int depth);
  std::string projection(int depth);
  std::string aggregation(int depth);
  std::string distinct(int depth);
  std::string distinct_on(int depth);
  std::string set_operation(int depth);
  std::string top_n(int depth);
  std::string window(int depth);
  std::string with_clause(int depth);
  std::string unnest(int depth);
  std::string pivot(int depth);

  // Parts of queries.
  std::string where(const Scope& scope, int depth);
  std::string subquery_condition(const Scope& scope);
  std::string scalar_subquery(const Scope& scope);
  std::string aggregate(const Scope& scope);
  std::string aggregate_of(const Column& column, const Scope& scope);
  std::string grouping(const std::vector<std::string>& groups);
  std::string window_call(const Scope& scope);
  std::string ranked_window(const Scope& scope, const std::string& partition);
  std::string framed_window(const Scope& scope, const std::string& partition);
  std::string frame();
  std::string order_by_all(const Scope& scope);
  std::string select_item(const Scope& scope);

  std::string filled(const std::string& text, const Scope& scope, int depth);
  std::string alias() { return "r" + std::to_string(++alias_count_); }
  Kind random_kind();
  void use(const std::string& what) { ++uses_[what]; }

  Random& random_;
  Oracle& oracle_;
  const std::vector<Relation>& relations_;
  int alias_count_ = 0;
  int subquery_depth_ = 0;
  std::map<std::string, int> uses_;
};

}  // namespace kappa::random_sql
