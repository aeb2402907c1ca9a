#pragma once
// What one consumer group may have set for itself (resource type GROUP of DescribeConfigs and
// AlterConfigs): Kafka's names, the server's setting that is each one's default, and the server's
// bounds. The log keeps them (log/server_settings.h). They count for the newer protocol only;
// members of the classic one bring their own session timeout.

#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"
#include "kafka/groups/group_options.h"
#include "log/log.h"

namespace kappa::kafka {

struct GroupSettingDefinition {
  std::string_view name;
  std::string_view server_name;  // of the default
  std::string_view min_name;
  std::string_view max_name;
  int32_t GroupOptions::*value;  // the default
  int32_t GroupOptions::*min;
  int32_t GroupOptions::*max;
  std::string_view documentation;
};

// In name order.
std::span<const GroupSettingDefinition> group_setting_definitions();
const GroupSettingDefinition* find_group_setting(std::string_view name);

// All that a group has set. Errors: kInvalidArgument says what does not fit.
Status check_group_settings(const log::TopicSettings& settings, const GroupOptions& options);

// How often members of the group must be heard of.
struct ConsumerTiming {
  int32_t session_timeout_ms = 0;
  int32_t heartbeat_interval_ms = 0;
};
// A value from before the server's bounds were what they are now counts as the nearest bound.
ConsumerTiming consumer_timing(const log::TopicSettings& settings, const GroupOptions& options);

}  // namespace kappa::kafka
