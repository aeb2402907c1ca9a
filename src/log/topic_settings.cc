#include "log/topic_settings.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace kappa::log {
namespace {

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
  if (definition.choices.empty()) return OkStatus();
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

const SettingDefinition* find_topic_setting(std::string_view name) {
  for (const SettingDefinition& definition : topic_setting_definitions()) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

std::string default_of(const SettingDefinition& definition, const LogOptions& options) {
  auto changed = options.defaults.find(std::string(definition.name));
  if (changed != options.defaults.end()) return changed->second;
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
      if (is_choice(value, definition->choices)) return OkStatus();
      return refused(name, value, fmt::format("{} is expected", definition->choices));
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

StatusOr<TopicConfig> make_checked_config(const TopicSettings& settings,
                                          const LogOptions& options) {
  ASSIGN_OR_RETURN(TopicConfig config, make_topic_config(settings, options));
  if (config.compaction_lag_ms_min > config.compaction_lag_ms_max)
    return invalid_argument("min.compaction.lag.ms={} is more than max.compaction.lag.ms={}",
                            config.compaction_lag_ms_min, config.compaction_lag_ms_max);
  return config;
}

}  // namespace kappa::log
