#include "log/topic_settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kappa::log {
namespace {

constexpr std::string_view kLongMax = "9223372036854775807";

constexpr SettingDefinition kDefinitions[] = {
    {"cleanup.policy", SettingType::kList, "delete",
     "delete: old segments are removed; compact: of each key the last record is kept", true,
     "delete|compact"},
    {"compression.type", SettingType::kString, "producer",
     "The codec that batches are kept in; producer: as they came", false,
     "producer|uncompressed|gzip|snappy|lz4|zstd"},
    {"delete.retention.ms",
     SettingType::kLong,
     "86400000",
     "How long a deleted key's tombstone is kept in a compacted topic",
     true,
     {},
     0},
    {"durability", SettingType::kString, "sync",
     "sync: acks=all is answered when the records are on disk; os: when the system has them", true,
     "sync|os"},
    {"file.delete.delay.ms",
     SettingType::kLong,
     "60000",
     "How long a removed segment's file is kept",
     true,
     {},
     0},
    {"flush.messages",
     SettingType::kLong,
     kLongMax,
     "Records between forced syncs; durability decides here",
     false,
     {},
     1},
    {"flush.ms",
     SettingType::kLong,
     kLongMax,
     "Milliseconds between forced syncs; durability decides here",
     false,
     {},
     0},
    {"index.interval.bytes",
     SettingType::kInt,
     "4096",
     "Bytes of log between two entries of its index",
     true,
     {},
     1,
     INT32_MAX},
    {"max.compaction.lag.ms",
     SettingType::kLong,
     kLongMax,
     "The longest that a record may stay uncompacted",
     true,
     {},
     1},
    {"max.message.bytes",
     SettingType::kInt,
     "1048588",
     "The largest record batch that a producer may send",
     true,
     {},
     0,
     INT32_MAX},
    {"message.timestamp.after.max.ms",
     SettingType::kLong,
     "3600000",
     "How far a record's timestamp may lie after the server's clock",
     true,
     {},
     0},
    {"message.timestamp.before.max.ms",
     SettingType::kLong,
     kLongMax,
     "How far a record's timestamp may lie before the server's clock",
     true,
     {},
     0},
    {"message.timestamp.type", SettingType::kString, "CreateTime",
     "CreateTime: as the producer wrote it; LogAppendTime: when the batch was appended", true,
     "CreateTime|LogAppendTime"},
    {"min.cleanable.dirty.ratio",
     SettingType::kDouble,
     "0.5",
     "The part of the log that must be uncompacted before it is compacted",
     true,
     {},
     0,
     1},
    {"min.compaction.lag.ms",
     SettingType::kLong,
     "0",
     "The shortest that a record stays uncompacted",
     true,
     {},
     0},
    {"min.insync.replicas",
     SettingType::kInt,
     "1",
     "Replicas that must have a record before acks=all is answered; there is one here",
     false,
     {},
     1,
     INT32_MAX},
    {"preallocate", SettingType::kBoolean, "false", "Reserve a segment's space when it is made",
     false},
    {"retention.bytes",
     SettingType::kLong,
     "-1",
     "The size beyond which old segments go; -1: none",
     true,
     {},
     -1},
    {"retention.ms",
     SettingType::kLong,
     "-1",
     "The age beyond which old segments go; -1: none, history is kept",
     true,
     {},
     -1},
    {"segment.bytes",
     SettingType::kInt,
     "1073741824",
     "The size at which a segment is closed and the next begun",
     true,
     {},
     14,
     INT32_MAX},
    {"segment.index.bytes",
     SettingType::kInt,
     "10485760",
     "The size of an index that closes its segment, 8 bytes an entry",
     true,
     {},
     4,
     INT32_MAX},
    {"segment.jitter.ms", SettingType::kLong, "0", "Taken off segment.ms at random", true, {}, 0},
    {"segment.ms",
     SettingType::kLong,
     "604800000",
     "The age at which a segment is closed and the next begun",
     true,
     {},
     1},
    {"unclean.leader.election.enable", SettingType::kBoolean, "false",
     "Whether a replica that lacks records may lead; there is one here", false},
};

Status refused(std::string_view name, std::string_view value, std::string_view why) {
  return invalid_argument("invalid topic setting: name={} value={}: {}", name, value, why);
}

bool is_choice(std::string_view value, std::string_view choices) {
  while (!choices.empty()) {
    size_t bar = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, bar) == value) return true;
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return false;
}

Status check_list(const SettingDefinition& definition, std::string_view value) {
  for (std::string_view rest = value;;) {
    size_t comma = rest.find(',');
    if (!is_choice(rest.substr(0, comma), definition.choices))
      return refused(definition.name, value,
                     fmt::format("a list of {} is expected", definition.choices));
    if (comma == std::string_view::npos) return OkStatus();
    rest.remove_prefix(comma + 1);
  }
}

template <typename Number>
bool parse_number(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Status check_number(const SettingDefinition& definition, std::string_view value) {
  int64_t number = 0;
  if (!parse_number(value, number)) return refused(definition.name, value, "not a whole number");
  if (number < definition.min || number > definition.max)
    return refused(definition.name, value,
                   fmt::format("allowed are {} to {}", definition.min, definition.max));
  return OkStatus();
}

Status check_double(const SettingDefinition& definition, std::string_view value) {
  double number = 0;
  if (!parse_number(value, number) || !std::isfinite(number))
    return refused(definition.name, value, "not a number");
  if (number < static_cast<double>(definition.min) || number > static_cast<double>(definition.max))
    return refused(definition.name, value,
                   fmt::format("allowed are {} to {}", definition.min, definition.max));
  return OkStatus();
}

std::string value_of(const TopicSettings& settings, const LogOptions& options,
                     std::string_view name) {
  auto it = settings.find(std::string(name));
  return it != settings.end() ? it->second : default_of(*find_topic_setting(name), options);
}

int64_t number_of(const TopicSettings& settings, const LogOptions& options, std::string_view name) {
  int64_t number = 0;
  parse_number(value_of(settings, options, name), number);
  return number;
}

}  // namespace

std::span<const SettingDefinition> topic_setting_definitions() { return kDefinitions; }

const SettingDefinition* find_topic_setting(std::string_view name) {
  for (const SettingDefinition& definition : kDefinitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

std::string default_of(const SettingDefinition& definition, const LogOptions& options) {
  if (definition.name == "segment.bytes") return std::to_string(options.segment_bytes);
  if (definition.name == "max.message.bytes") return std::to_string(options.message_bytes_max);
  if (definition.name == "index.interval.bytes")
    return std::to_string(options.index_interval_bytes);
  return std::string(definition.default_value);
}

Status check_topic_setting(std::string_view name, std::string_view value) {
  const SettingDefinition* definition = find_topic_setting(name);
  if (definition == nullptr) return invalid_argument("unknown topic setting: name={}", name);
  switch (definition->type) {
    case SettingType::kBoolean:
      if (value == "true" || value == "false") return OkStatus();
      return refused(name, value, "true or false is expected");
    case SettingType::kInt:
    case SettingType::kLong:
      return check_number(*definition, value);
    case SettingType::kDouble:
      return check_double(*definition, value);
    case SettingType::kList:
      return check_list(*definition, value);
    case SettingType::kString:
      if (definition->choices.empty() || is_choice(value, definition->choices)) return OkStatus();
      return refused(name, value, fmt::format("one of {} is expected", definition->choices));
  }
  return refused(name, value, "unknown type");
}

StatusOr<TopicConfig> make_topic_config(const TopicSettings& settings, const LogOptions& options) {
  for (const auto& [name, value] : settings) RETURN_IF_ERROR(check_topic_setting(name, value));
  TopicConfig config;
  config.segment_bytes = number_of(settings, options, "segment.bytes");
  config.message_bytes_max = number_of(settings, options, "max.message.bytes");
  config.index_interval_bytes = number_of(settings, options, "index.interval.bytes");
  config.is_synced = value_of(settings, options, "durability") == "sync";
  config.is_log_append_time =
      value_of(settings, options, "message.timestamp.type") == "LogAppendTime";
  const std::string policy = value_of(settings, options, "cleanup.policy");
  config.is_compacted = policy.find("compact") != std::string::npos;
  config.is_deleted = policy.find("delete") != std::string::npos;
  const auto number = [&](std::string_view name) { return number_of(settings, options, name); };
  config.segment_ms = number("segment.ms");
  config.segment_jitter_ms = number("segment.jitter.ms");
  config.segment_index_bytes = number("segment.index.bytes");
  config.timestamp_before_ms_max = number("message.timestamp.before.max.ms");
  config.timestamp_after_ms_max = number("message.timestamp.after.max.ms");
  config.retention_ms = number("retention.ms");
  config.retention_bytes = number("retention.bytes");
  config.file_delete_delay_ms = number("file.delete.delay.ms");
  config.delete_retention_ms = number("delete.retention.ms");
  parse_number(value_of(settings, options, "min.cleanable.dirty.ratio"),
               config.cleanable_ratio_min);
  config.compaction_lag_ms_min = number("min.compaction.lag.ms");
  config.compaction_lag_ms_max = number("max.compaction.lag.ms");
  return config;
}

}  // namespace kappa::log
