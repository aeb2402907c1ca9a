#pragma once
// DuckDB's part of planning: bind, decorrelate, and optimise with a pass list of our own. Its whole
// list would read statistics, hide patterns that are cheap to maintain, and change from one data
// set to the next; ours gives a plan that is a function of the text and of the tables' columns
// alone.

#include <duckdb/planner/logical_operator.hpp>

#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "sql/planner/refusal.h"

namespace duckdb {
class ClientContext;
class SQLStatement;
}  // namespace duckdb

namespace kappa::sql {

struct LogicalPlan {
  duckdb::unique_ptr<duckdb::LogicalOperator> root;  // types resolved, columns bound to positions
  std::vector<std::string> names;
  data::Types types;
  std::set<std::string> relations;  // of our catalog, as the text names them: all that it needs
};

// Needs an active transaction of `context`. DuckDB's errors are thrown.
StatusOr<LogicalPlan> make_logical_plan(duckdb::ClientContext& context, const QueryText& text,
                                        duckdb::unique_ptr<duckdb::SQLStatement> statement);

}  // namespace kappa::sql
