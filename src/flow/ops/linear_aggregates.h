#pragma once
// Accumulators that add up rows times weight: a retraction undoes its insertion exactly, and the
// result does not depend on the order. count, sum, avg, bool_and, bool_or, count_if, and the sums
// over DOUBLE (exact_sum.h).

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

// nullptr if the aggregate is none of these. DISTINCT, FILTER and ORDER BY are the caller's.
AggregateStatePtr make_linear_aggregate(const duckdb::BoundAggregateExpression& aggregate,
                                        const AggregateArguments& arguments);

// count(*) without a filter: the group's own row count, no state.
AggregateStatePtr make_row_count();

}  // namespace kappa::flow
