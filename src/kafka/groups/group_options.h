#pragma once
// What can be set about groups: Kafka's broker settings with Kafka's defaults.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace kappa::kafka {

// group.consumer.migration.policy: whether a group with members may go from the classic protocol to
// the newer one (upgrade) and back (downgrade). A group without members always may.
enum class MigrationPolicy { kBidirectional, kUpgrade, kDowngrade, kDisabled };

constexpr std::string_view name_of(MigrationPolicy policy) {
  switch (policy) {
    case MigrationPolicy::kBidirectional:
      return "bidirectional";
    case MigrationPolicy::kUpgrade:
      return "upgrade";
    case MigrationPolicy::kDowngrade:
      return "downgrade";
    case MigrationPolicy::kDisabled:
      return "disabled";
  }
  return "";
}
constexpr bool may_upgrade(MigrationPolicy policy) {
  return policy == MigrationPolicy::kBidirectional || policy == MigrationPolicy::kUpgrade;
}
constexpr bool may_downgrade(MigrationPolicy policy) {
  return policy == MigrationPolicy::kBidirectional || policy == MigrationPolicy::kDowngrade;
}

struct GroupOptions {
  int32_t session_timeout_min_ms = 6'000;                        // group.min.session.timeout.ms
  int32_t session_timeout_max_ms = 1'800'000;                    // group.max.session.timeout.ms
  int32_t initial_rebalance_delay_ms = 3'000;                    // group.initial.rebalance.delay.ms
  int32_t members_max = std::numeric_limits<int32_t>::max();     // group.max.size
  int64_t offsets_retention_ms = int64_t{7} * 24 * 3600 * 1000;  // offsets.retention.minutes
  int64_t retention_check_ms = 600'000;      // offsets.retention.check.interval.ms
  int32_t offset_metadata_bytes_max = 4096;  // offset.metadata.max.bytes

  // Groups of the newer protocol (KIP-848).
  int32_t consumer_session_timeout_ms = 45'000;    // group.consumer.session.timeout.ms
  int32_t consumer_heartbeat_interval_ms = 5'000;  // group.consumer.heartbeat.interval.ms
  // What a group may set for itself (group_settings.h): group.consumer.min.session.timeout.ms, …
  int32_t consumer_session_timeout_min_ms = 45'000;
  int32_t consumer_session_timeout_max_ms = 60'000;
  int32_t consumer_heartbeat_interval_min_ms = 5'000;
  int32_t consumer_heartbeat_interval_max_ms = 15'000;
  int32_t consumer_members_max = std::numeric_limits<int32_t>::max();  // group.consumer.max.size
  MigrationPolicy migration_policy = MigrationPolicy::kBidirectional;

  // Ours: what one group may keep in memory for its members, and ids given out and not yet used.
  size_t group_bytes_max = size_t{64} << 20;
  size_t pending_members_max = 10'000;
};

}  // namespace kappa::kafka
