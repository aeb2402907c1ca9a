#pragma once
// Whether a ConsumerGroupHeartbeat is well formed, whatever the group: pure.

#include "kafka/groups/consumer_group.h"

namespace kappa::kafka {

// Epochs of a heartbeat that say something else.
inline constexpr int32_t kJoinEpoch = 0;
inline constexpr int32_t kLeaveEpoch = -1;  // a static member that is away for a while: kAwayEpoch

// Without an error when it is.
Refusal check_form(const ConsumerGroupHeartbeatRequest& request, int16_t version);

}  // namespace kappa::kafka
