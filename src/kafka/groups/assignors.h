#pragma once
// Who shall read what: the server-side assignors of KIP-848, as pure functions of who is there,
// what they subscribe to and what they had.
//
//   uniform  as even as the subscriptions allow, and no partition moves that need not
//   range    topic by topic, in ranges: the n-th part of each topic goes to the same member, so
//   that
//            topics that are partitioned alike can be joined by key
//
// Each partition of a topic that somebody subscribes to goes to exactly one of its subscribers.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/partition_set.h"

namespace kappa::kafka {

struct Assignee {
  std::optional<std::string> instance_id;  // a static member's
  std::vector<TopicId> topics;             // subscribed to; ascending
  PartitionSet current;                    // what it was to read until now
};

struct AssignmentProblem {
  std::map<TopicId, int32_t> partition_counts;  // of each topic that anybody subscribes to
  std::map<std::string, Assignee> members;      // by id
};

// By member id; every member has an entry.
using TargetAssignment = std::map<std::string, PartitionSet, std::less<>>;

TargetAssignment assign_uniform(const AssignmentProblem& problem);
TargetAssignment assign_range(const AssignmentProblem& problem);

inline constexpr std::string_view kUniformAssignor = "uniform";
inline constexpr std::string_view kRangeAssignor = "range";

using Assignor = TargetAssignment (*)(const AssignmentProblem&);
// nullptr: there is none of that name.
Assignor find_assignor(std::string_view name);

}  // namespace kappa::kafka
