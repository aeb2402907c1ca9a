#include "kafka/groups/reconciliation.h"

#include <algorithm>

namespace kappa::kafka {
namespace {

bool may_own_any(const std::optional<PartitionSet>& owned, const PartitionSet& partitions) {
  if (partitions.empty()) return false;
  return !owned || !intersection_of(*owned, partitions).empty();
}

void move_to_epoch(ConsumerMember& member, int32_t epoch) {
  if (member.epoch == epoch) return;
  member.previous_epoch = member.epoch;
  member.epoch = epoch;
}

// The part of the target that it can have now.
PartitionSet available(const ConsumerMember& member, const ReconciliationInput& input) {
  PartitionSet partitions;
  for (const auto& partition : input.target) {
    if (contains(member.assigned, partition) || contains(member.revoking, partition) ||
        input.is_free(partition)) {
      partitions.push_back(partition);
    }
  }
  return partitions;
}

}  // namespace

ConsumerMember reconciled(ConsumerMember member, const ReconciliationInput& input) {
  PartitionSet kept = intersection_of(member.assigned, input.target);
  PartitionSet to_give_up = difference_of(member.assigned, kept);
  if (member.state == MemberState::kUnrevoked && may_own_any(input.owned, member.revoking)) {
    // It goes on giving up; what has left the target meanwhile too.
    member.revoking = union_of(member.revoking, to_give_up);
    member.assigned = std::move(kept);
    return member;
  }
  if (may_own_any(input.owned, to_give_up)) {
    member.state = MemberState::kUnrevoked;
    member.assigned = std::move(kept);
    member.revoking = std::move(to_give_up);
    return member;
  }
  member.assigned = available(member, input);
  bool has_all = member.assigned.size() == input.target.size();
  member.state = has_all ? MemberState::kStable : MemberState::kUnreleased;
  member.revoking.clear();
  move_to_epoch(member, input.target_epoch);
  return member;
}

}  // namespace kappa::kafka
