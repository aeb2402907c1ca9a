#pragma once
// VERIFY: a view's contents against its query run as a batch by DuckDB, at one snapshot, both ways.
// Where the batch query fails because some rows do (the view goes on without them), the view is
// compared with itself made again from nothing instead, its error rows too; where records that it
// was made from are gone, with itself made from the newest checkpoint and the records since.

#include <functional>
#include <string>
#include <vector>

#include "engine/core.h"

namespace kappa::engine {

struct Verification {
  std::string view;
  std::string frontier;
  int64_t row_count = 0;
  int64_t differing = 0;  // rows that one side has and the other has not
  std::string sample;     // one of them
  std::string against;    // what it was compared with
};

// The columns of the statement's answer.
std::vector<ResultColumn> verify_columns();

// `on_connection` is told the connection that works, so that it can be interrupted (nullptr: done).
// May take a newer snapshot.
StatusOr<Verification> verify_view(
    Core& core, EngineSnapshotPtr snapshot, const Definition& view,
    const std::function<void(sql::DatabaseConnection*)>& on_connection,
    const std::function<bool()>& is_cancelled);

}  // namespace kappa::engine
