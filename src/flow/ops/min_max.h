#pragma once
// min and max. On append-only input one value per group; on retracting input a trace of
// (group, value) whose first live entry is the answer (for max the bytes are inverted).

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

// nullptr if the aggregate is no min or max over a type whose order is that of its encoding.
AggregateStatePtr make_min_max(const duckdb::BoundAggregateExpression& aggregate,
                               const AggregateArguments& arguments, bool is_append_only);

}  // namespace kappa::flow
