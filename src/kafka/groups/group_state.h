#pragma once
// The life of a consumer group, classic protocol, as Kafka draws it:
//
//                       a member joins
//     +-------+ -----------------------------> +--------------------+
//     | Empty |                                | PreparingRebalance | <--+
//     +-------+ <----------------------------- +--------------------+    |
//         |           the last one has left       | all have joined,     |
//         |                                       | or time is over      |
//         |                                       v                      | a member joins, leaves,
//         |                              +---------------------+         | fails, comes with
//         another |                              | CompletingRebalance | ------->| subscription, or
//         does not |                              +---------------------+         | ask for its
//         share in time |                                       | the leader's         | | deleted,
//         or its offsets               | assignment is        | | have expired | durable | v v |
//      +------+                               +--------+                 |
//      | Dead |                               | Stable | ----------------+
//      +------+                               +--------+
//
// PreparingRebalance collects JoinGroup requests and answers them all at its end with the number of
// the next generation; CompletingRebalance collects SyncGroup requests and answers them when the
// leader of the generation has handed in the assignment. A dead group takes no requests; a group of
// its name may be made again.

#include <string_view>

namespace kappa::kafka {

enum class GroupState { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable, kDead };

// Whether the drawing has an arrow from one to the other.
constexpr bool may_follow(GroupState from, GroupState to) {
  switch (to) {
    case GroupState::kEmpty:
    case GroupState::kCompletingRebalance:
      return from == GroupState::kPreparingRebalance;
    case GroupState::kPreparingRebalance:
      return from == GroupState::kEmpty || from == GroupState::kCompletingRebalance ||
             from == GroupState::kStable;
    case GroupState::kStable:
      return from == GroupState::kCompletingRebalance;
    case GroupState::kDead:
      return from == GroupState::kEmpty;
  }
  return false;
}

// Kafka's name, as DescribeGroups gives it.
constexpr std::string_view name_of(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
    case GroupState::kDead:
      return "Dead";
  }
  return "";
}

}  // namespace kappa::kafka
