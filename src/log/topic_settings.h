#pragma once
// The settings that a topic may have: Kafka's names with Kafka's meanings, and `durability`. One
// table says them all; CREATE TOPIC is checked against it and DescribeConfigs prints from it.

#include <algorithm>
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
  std::string_view server_name;  // of the server's setting that is the default, in Kafka
  SettingType type;
  std::string_view default_value;  // as text; what it really is without a setting: default_of()
  int64_t min;                     // for numbers
  int64_t max;
  std::string_view choices;  // for the others: "a|b", empty: any
  bool has_effect;           // false: accepted and kept, but nothing reads it
  std::string_view documentation;
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
  int64_t segment_ms = INT64_MAX;
  int64_t segment_jitter_ms = 0;
  int64_t segment_index_bytes = INT64_MAX;
  int64_t message_bytes_max = 0;
  int64_t index_interval_bytes = 0;
  bool is_synced = true;                        // durability=sync
  bool is_log_append_time = false;              // message.timestamp.type=LogAppendTime
  int64_t timestamp_before_ms_max = INT64_MAX;  // message.timestamp.before.max.ms
  int64_t timestamp_after_ms_max = INT64_MAX;   // message.timestamp.after.max.ms
  bool is_deleted = true;                       // cleanup.policy contains delete
  bool is_compacted = false;                    // cleanup.policy contains compact
  int64_t retention_ms = -1;                    // -1: none
  int64_t retention_bytes = -1;                 // -1: none
  int64_t file_delete_delay_ms = 0;
  int64_t delete_retention_ms = 0;
  double cleanable_ratio_min = 0.5;  // min.cleanable.dirty.ratio
  int64_t compaction_lag_ms_min = 0;
  int64_t compaction_lag_ms_max = INT64_MAX;

  // The age at which the active segment is closed, jitter aside.
  int64_t segment_age_ms_max() const {
    return is_compacted ? std::min(segment_ms, compaction_lag_ms_max) : segment_ms;
  }
};
// Errors: kInvalidArgument, naming the setting.
StatusOr<TopicConfig> make_topic_config(const TopicSettings& settings, const LogOptions& options);
// The same for settings that someone asks for: also refuses those that contradict each other.
StatusOr<TopicConfig> make_checked_config(const TopicSettings& settings, const LogOptions& options);

}  // namespace kappa::log
