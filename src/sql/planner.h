#pragma once
// From a view's query to a circuit plan. DuckDB parses, binds, decorrelates and optimises with a
// pass list of ours; what remains is translated node by node. A node, join type, function or field
// that we do not know is refused by name, never skipped. The plan is a function of the text and of
// the relations' columns alone: no statistics, no data.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "flow/plan.h"

namespace duckdb {
class Connection;
class SelectStatement;
}  // namespace duckdb

namespace kappa::sql {

// One relation that a plan reads, with all columns that the query uses, never none (count(*) reads
// one). A relation read twice in a query is one input.
struct PlanInput {
  std::string relation;         // name in our catalog
  std::vector<size_t> columns;  // indexes of its columns, in the order of the input's types
};

struct PlannedView {
  flow::Plan plan;
  std::vector<PlanInput> inputs;    // as plan.inputs
  std::set<std::string> relations;  // all that the text names, also where nothing is read
  std::vector<std::string> names;   // of the result's columns
  data::Types types;
  std::string fingerprint;  // hash of the plan as text: equal text, equal plan
};

// Plans a query over relations of our catalog (`connection` has it as default). Errors:
// kInvalidArgument with DuckDB's own message and position (sql::make_error); kUnimplemented when it
// cannot be maintained incrementally: the operator's name and what to write instead.
StatusOr<PlannedView> plan_view(duckdb::Connection& connection, const std::string& query);

}  // namespace kappa::sql
