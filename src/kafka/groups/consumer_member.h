#pragma once
// A member of a group of the newer protocol (KIP-848), as the coordinator keeps it. Plain data;
// ConsumerGroup has the rules.
//
// The member is told to read `assigned`. On its way to a new target it is first told to give up
// what is not in the target (kUnrevoked: `revoking` is still its own until it says that it has
// stopped), then it gets what is free of the target, and may have to wait for what others still
// have (kUnreleased). Its epoch is that of the last target that it was told about.
//
//                     has to give up partitions
//      +---------+ -------------------------------> +------------+
//      | kStable |                                  | kUnrevoked | <--+ not yet, or
//      +---------+ <------------------------------- +------------+ ---+ more to give up
//        |     ^      has given them up                   |
//        |     |                                          | has given them up,
//        |     | all is free                              | some are not free
//        v     |                                          v
//      +-------------+ <--------------------------------------
//      | kUnreleased |
//      +-------------+ -> kUnrevoked, when the target changes
//

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "kafka/groups/member.h"
#include "kafka/groups/partition_set.h"

namespace kappa::kafka {

// The numbers are those of Kafka's records.
enum class MemberState : int8_t { kStable = 0, kUnrevoked = 1, kUnreleased = 2 };

// Of a static member that has said that it comes back.
inline constexpr int32_t kAwayEpoch = -2;

// A member that speaks the classic protocol in a group of the newer one: a group on its way from
// one to the other.
struct ClassicSide {
  int32_t session_timeout_ms = 0;
  std::vector<AssignmentProtocol> protocols;

  friend bool operator==(const ClassicSide&, const ClassicSide&) = default;
};

struct ConsumerMember {
  std::string id;
  std::optional<std::string> instance_id;  // a static member's
  std::optional<std::string> rack_id;      // shown; assignors do not look at it
  std::string client_id;
  std::string client_host;
  std::vector<std::string> topics;  // subscribed to by name; ascending, none twice
  std::string regex;                // subscribed to by pattern; empty: none
  std::optional<std::string> assignor;
  int32_t rebalance_timeout_ms = 0;
  std::optional<ClassicSide> classic;

  MemberState state = MemberState::kStable;
  int32_t epoch = 0;
  int32_t previous_epoch = 0;  // it may still come with this one if it has not heard of the other
  PartitionSet assigned;
  PartitionSet revoking;

  // Not in the log.
  int64_t session_deadline_ms = kNoDeadline;
  int64_t revocation_deadline_ms = kNoDeadline;  // to give up what it is told to
  int64_t classic_deadline_ms = kNoDeadline;     // of a classic member: to join or sync

  // What it wants to read, and how: a change of this begins a new group epoch.
  bool subscribes_alike(const ConsumerMember& other) const {
    return topics == other.topics && regex == other.regex && assignor == other.assignor;
  }
  bool owns_alike(const ConsumerMember& other) const {
    return state == other.state && epoch == other.epoch && previous_epoch == other.previous_epoch &&
           assigned == other.assigned && revoking == other.revoking;
  }
  PartitionSet owned() const { return union_of(assigned, revoking); }
};

}  // namespace kappa::kafka
