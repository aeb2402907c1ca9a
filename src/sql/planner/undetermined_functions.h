#pragma once
// A view's contents must be a function of the log's rows. Refused are functions that read the
// clock, a session or a random generator, and aggregates whose value depends on the order of their
// rows unless they say the order. They are looked for in the parsed query, where macros, lambdas
// and calls that the binder evaluates at once (now() - INTERVAL 1 HOUR) can still be seen.

#include "base/status.h"
#include "sql/planner/refusal.h"

namespace duckdb {
class ClientContext;
class QueryNode;
}  // namespace duckdb

namespace kappa::sql {

// Needs an active transaction of `context`.
Status refuse_undetermined_functions(duckdb::ClientContext& context, const QueryText& text,
                                     duckdb::QueryNode& query);

// The refusal of one function.
Status refuse_undetermined_function(const std::string& name, int position);

}  // namespace kappa::sql
