#pragma once
// One member's next move towards the target assignment (KIP-848, "Reconciliation"): pure.
// consumer_member.h draws the states. What it keeps to: a partition is in `assigned` or `revoking`
// of one member at most, and leaves the latter only when its member has said that it is given up.

#include <functional>
#include <optional>

#include "kafka/groups/consumer_member.h"

namespace kappa::kafka {

struct ReconciliationInput {
  int32_t target_epoch = 0;
  const PartitionSet& target;                // of this member; topics that it still subscribes to
  const std::optional<PartitionSet>& owned;  // what it says it owns; nullopt: it did not say
  // Whether another member, or none, may have the partition: nobody has it assigned or is giving
  // it up.
  std::function<bool(const PartitionId&)> is_free;
};

ConsumerMember reconciled(ConsumerMember member, const ReconciliationInput& input);

}  // namespace kappa::kafka
