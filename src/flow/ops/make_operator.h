#pragma once
// The operator of a plan's node, for one worker. A new kind of operator is added here
// (src/flow/ops/README.md).

#include <memory>

#include "flow/graph.h"
#include "flow/operator.h"

namespace kappa::flow {

// `inputs` are the entries that feed it. Errors: kUnimplemented.
StatusOr<std::unique_ptr<Operator>> make_operator(WorkerContext& worker, const GraphEntry& entry,
                                                  const std::vector<const GraphEntry*>& inputs);

}  // namespace kappa::flow
