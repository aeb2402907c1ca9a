#pragma once
// What can be set about groups: Kafka's broker settings with Kafka's defaults.

#include <cstddef>
#include <cstdint>
#include <limits>

namespace kappa::kafka {

struct GroupOptions {
  int32_t session_timeout_min_ms = 6'000;                        // group.min.session.timeout.ms
  int32_t session_timeout_max_ms = 1'800'000;                    // group.max.session.timeout.ms
  int32_t initial_rebalance_delay_ms = 3'000;                    // group.initial.rebalance.delay.ms
  int32_t members_max = std::numeric_limits<int32_t>::max();     // group.max.size
  int64_t offsets_retention_ms = int64_t{7} * 24 * 3600 * 1000;  // offsets.retention.minutes
  int64_t retention_check_ms = 600'000;      // offsets.retention.check.interval.ms
  int32_t offset_metadata_bytes_max = 4096;  // offset.metadata.max.bytes

  // Ours: what one group may keep in memory for its members, and ids given out and not yet used.
  size_t group_bytes_max = size_t{64} << 20;
  size_t pending_members_max = 10'000;
};

}  // namespace kappa::kafka
