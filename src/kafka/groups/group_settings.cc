#include "kafka/groups/group_settings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace kappa::kafka {
namespace {

constexpr GroupSettingDefinition kDefinitions[] = {
    {"consumer.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms",
     "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms",
     &GroupOptions::consumer_heartbeat_interval_ms,
     &GroupOptions::consumer_heartbeat_interval_min_ms,
     &GroupOptions::consumer_heartbeat_interval_max_ms,
     "How often members of the group send heartbeats"},
    {"consumer.session.timeout.ms", "group.consumer.session.timeout.ms",
     "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms",
     &GroupOptions::consumer_session_timeout_ms, &GroupOptions::consumer_session_timeout_min_ms,
     &GroupOptions::consumer_session_timeout_max_ms,
     "How long members of the group may be silent before they have failed"},
};
constexpr const GroupSettingDefinition& kInterval = kDefinitions[0];
constexpr const GroupSettingDefinition& kSession = kDefinitions[1];

std::optional<int32_t> parse(const std::string& text) {
  int32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

int32_t value_of(const GroupSettingDefinition& definition, const log::TopicSettings& settings,
                 const GroupOptions& options) {
  auto set = settings.find(std::string(definition.name));
  if (set == settings.end()) return options.*definition.value;
  const int32_t number = parse(set->second).value_or(options.*definition.value);
  return std::clamp(number, options.*definition.min, options.*definition.max);
}

Status check(const std::string& name, const std::string& text, const GroupOptions& options) {
  const GroupSettingDefinition* definition = find_group_setting(name);
  if (definition == nullptr) return invalid_argument("unknown group setting: name={}", name);
  const std::optional<int32_t> number = parse(text);
  if (!number)
    return invalid_argument(
        "invalid group setting: name={} value={}: not a whole number of 32 bits", name, text);
  if (*number < options.*definition->min)
    return invalid_argument("invalid group setting: name={} value={}: {} is {}", name, text,
                            definition->min_name, options.*definition->min);
  if (*number > options.*definition->max)
    return invalid_argument("invalid group setting: name={} value={}: {} is {}", name, text,
                            definition->max_name, options.*definition->max);
  return OkStatus();
}

}  // namespace

std::span<const GroupSettingDefinition> group_setting_definitions() { return kDefinitions; }

const GroupSettingDefinition* find_group_setting(std::string_view name) {
  for (const GroupSettingDefinition& definition : kDefinitions) {
    if (definition.name == name) return &definition;
  }
  return nullptr;
}

Status check_group_settings(const log::TopicSettings& settings, const GroupOptions& options) {
  for (const auto& [name, value] : settings) RETURN_IF_ERROR(check(name, value, options));
  const ConsumerTiming timing = consumer_timing(settings, options);
  if (settings.empty() || timing.heartbeat_interval_ms < timing.session_timeout_ms)
    return OkStatus();
  return invalid_argument("{}={} must be more than {}={}", kSession.name, timing.session_timeout_ms,
                          kInterval.name, timing.heartbeat_interval_ms);
}

ConsumerTiming consumer_timing(const log::TopicSettings& settings, const GroupOptions& options) {
  return {.session_timeout_ms = value_of(kSession, settings, options),
          .heartbeat_interval_ms = value_of(kInterval, settings, options)};
}

}  // namespace kappa::kafka
