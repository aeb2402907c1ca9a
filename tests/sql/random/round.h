#pragma once
// One seed: tables, views and changes, until something is found or the round is over; and the
// smallest part of them that shows a finding.

#include <map>
#include <string>
#include <vector>

#include "sql/random/execution.h"

namespace kappa::random_sql {

struct RoundResult {
  std::string finding;  // empty: nothing
  std::vector<Action> actions;
};

RoundResult run_round(uint64_t seed, size_t worker_count, Counts& counts,
                      std::map<std::string, int>& uses);

// Actions are left out as long as the finding stays of the same kind.
RoundResult shrink(RoundResult found, size_t worker_count);

}  // namespace kappa::random_sql
