#pragma once
// kappa.groups: where consumer groups stand, and how far behind they are.

#include <vector>

#include "engine/engine.h"
#include "sql/relation.h"

namespace kappa::engine {

std::vector<sql::Column> group_columns();
// A row per group and partition. Lag counts records up to the high watermark, and seconds since the
// first record that is not read yet was written; NULL where the topic is gone.
std::vector<std::vector<duckdb::Value>> group_rows(log::Log& log, int64_t now_ms,
                                                   const std::vector<GroupPlace>& places);

}  // namespace kappa::engine
