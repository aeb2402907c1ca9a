#pragma once
// Any aggregate of DuckDB's: a trace of (group, arguments), and DuckDB's own states, made anew for
// each group that a step touches, over the group's rows in the trace's order.

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

using BoundAggregate = std::shared_ptr<duckdb::BoundAggregateExpression>;

// A copy in which an ORDER BY is part of the function: its children then are all the arguments.
// Errors: kInvalidArgument.
StatusOr<BoundAggregate> bind_for_recompute(WorkerContext& worker,
                                            const duckdb::BoundAggregateExpression& aggregate);

AggregateStatePtr make_recomputed_aggregate(BoundAggregate aggregate,
                                            const AggregateArguments& arguments);

}  // namespace kappa::flow
