#pragma once
// A DuckDB for tests and benchmarks: it binds the expressions of plans from SQL, and answers as the
// oracle.

#include <duckdb.hpp>
#include <memory>
#include <string>
#include <vector>

#include "flow/plan.h"

namespace kappa::flow {

// One database in memory with the core functions, and a connection to it. Failing SQL aborts.
class TestDatabase {
 public:
  TestDatabase();
  duckdb::Connection& connection() { return *connection_; }
  duckdb::ClientContext& context() { return *connection_->context; }
  void run(const std::string& sql);
  // The single value of a query.
  int64_t number(const std::string& sql);

  // Expressions over the columns of `from` (a table or a subquery), bound to their positions.
  std::vector<Expr> bind(const std::string& expressions, const std::string& from);
  // As `SELECT groups, aggregates FROM from GROUP BY groups`.
  AggregateSpec bind_aggregate(const std::string& groups, const std::string& aggregates,
                               const std::string& from);
  // The column types of a table or a query in parentheses.
  data::Types types_of(const std::string& from);

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
};

data::Types types_of(const std::vector<Expr>& expressions);

NodePtr make_node(Spec spec, std::vector<NodePtr> inputs, data::Types types);

}  // namespace kappa::flow
