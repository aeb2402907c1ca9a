#pragma once
// A view made again from nothing: its circuit, fresh and with one worker, over the log up to a
// snapshot. The second oracle beside DuckDB's batch query, for views whose batch query fails
// because some of its rows do.

#include "engine/core.h"

namespace kappa::engine {

// The view's rows and error rows at the snapshot. Tables and views that it reads are taken as they
// stand there. Errors: kCancelled, and whatever planning and stepping give.
StatusOr<RelationState> recompute_view(Core& core, EngineSnapshotPtr snapshot,
                                       const Definition& view,
                                       const std::function<bool()>& is_cancelled);

// The same from a checkpoint on, with as many workers as are live: the state that it has of the
// view and of what the view reads, and the records since. Errors: 55000 when it has not all of
// them.
StatusOr<RelationState> continue_view(Core& core, const Checkpoint& checkpoint,
                                      EngineSnapshotPtr snapshot, const Definition& view,
                                      const std::function<bool()>& is_cancelled);

// How many entries two traces differ by, and the first that does. Entries are bytes.
struct TraceDifference {
  int64_t count = 0;
  std::string first;
  bool first_is_missing_in_a = false;
};
TraceDifference difference_of(const flow::TraceSnapshot& a, const flow::TraceSnapshot& b);

}  // namespace kappa::engine
