#pragma once
// VERIFY: a view's contents against its query run as a batch by DuckDB, at one snapshot, both ways.

#include <functional>
#include <string>
#include <vector>

#include "engine/core.h"

namespace kappa::engine {

struct Verification {
  std::string view;
  std::string frontier;
  int64_t row_count = 0;
  int64_t differing = 0;  // rows that one side has and the other has not; -1: could not be compared
  std::string sample;     // one of them, or why there is no comparison
};

// `on_connection` is told the connection that works, so that it can be interrupted (nullptr: done).
StatusOr<Verification> verify_view(
    Core& core, EngineSnapshotPtr snapshot, const Definition& view,
    const std::function<void(sql::DatabaseConnection*)>& on_connection);

}  // namespace kappa::engine
