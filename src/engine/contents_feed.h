#pragma once
// A relation's rows as they stand, as the first changes that a pipeline gets of it.

#include <functional>

#include "engine/pipeline.h"

namespace kappa::engine {

// Feeds the rows of a keyed table or view in parts. `take_step` is called while more than a step's
// worth is waiting; what was fed last is left for the caller's next step.
Status feed_contents(Pipeline& pipeline, const Definition& definition,
                     const flow::TraceSnapshot& contents, const std::function<Status()>& take_step);

}  // namespace kappa::engine
