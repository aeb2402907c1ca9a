#pragma once
// The settings that a topic may have: Kafka's names with Kafka's meanings, and `durability`. One
// table says them all; CREATE TOPIC is checked against it and DescribeConfigs prints from it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "log/log.h"

namespace kappa::log {

enum class SettingType { kBoolean, kInt, kLong, kDouble, kString, kList };

struct SettingDefinition {
  std::string_view name;
  SettingType type;
  std::string_view default_value;  // as text; what it really is without a setting: default_of()
  std::string_view documentation;
  bool has_effect;                // false: accepted and kept, but nothing reads it yet
  std::string_view choices = {};  // for strings and lists: "a|b", empty: any
  int64_t min = INT64_MIN;        // for numbers
  int64_t max = INT64_MAX;
};

// In name order.
std::span<const SettingDefinition> topic_setting_definitions();
const SettingDefinition* find_topic_setting(std::string_view name);
// The default under these options: some of the server's options replace the table's.
std::string default_of(const SettingDefinition& definition, const LogOptions& options);

// Errors: kInvalidArgument, naming the setting.
Status check_topic_setting(std::string_view name, std::string_view value);

// The settings that have effect, in the form in which the log uses them.
struct TopicConfig {
  int64_t segment_bytes = 0;
  int64_t message_bytes_max = 0;
  int64_t index_interval_bytes = 0;
  bool is_synced = true;            // durability=sync
  bool is_log_append_time = false;  // message.timestamp.type=LogAppendTime
  bool is_compacted = false;        // cleanup.policy contains compact
};
// Errors: kInvalidArgument, naming the setting.
StatusOr<TopicConfig> make_topic_config(const TopicSettings& settings, const LogOptions& options);

}  // namespace kappa::log
