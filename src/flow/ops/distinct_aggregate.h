#pragma once
// An aggregate over DISTINCT arguments: a trace of (group, arguments) with weights; what appears
// there is passed to the plain aggregate as +1, what disappears as -1.

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

// `inner` reads its arguments at the positions `inner_columns` of chunks made here.
AggregateStatePtr make_distinct_aggregate(AggregateStatePtr inner,
                                          const AggregateArguments& arguments);

}  // namespace kappa::flow
