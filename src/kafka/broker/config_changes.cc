#include "kafka/broker/config_changes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/logging.h"
#include "kafka/broker/config_entries.h"
#include "kafka/broker/topics.h"
#include "log/topic_settings.h"

namespace kappa::kafka {
namespace {

Refusal check_form(std::span<const ConfigChange> changes) {
  std::set<std::string_view> names;
  for (const ConfigChange& change : changes) {
    const bool is_known =
        change.operation >= ConfigOperation::kSet && change.operation <= ConfigOperation::kSubtract;
    if (!is_known) {
      return {error::kInvalidRequest, fmt::format("setting '{}': unknown operation {}", change.name,
                                                  static_cast<int>(change.operation))};
    }
    if (!change.value && change.operation != ConfigOperation::kDelete) {
      return {error::kInvalidRequest, fmt::format("setting '{}' has no value", change.name)};
    }
    if (!names.insert(change.name).second) {
      return {error::kInvalidRequest, fmt::format("setting '{}' is given twice", change.name)};
    }
  }
  return {};
}

std::vector<std::string_view> items_of(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) items.push_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return items;
}

std::string changed_list(std::string_view list, const ConfigChange& change) {
  std::vector<std::string_view> items = items_of(list);
  for (std::string_view item : items_of(*change.value)) {
    const auto found = std::find(items.begin(), items.end(), item);
    if (change.operation == ConfigOperation::kAppend) {
      if (found == items.end()) items.push_back(item);
    } else if (found != items.end()) {
      items.erase(found);
    }
  }
  return fmt::format("{}", fmt::join(items, ","));
}

Status apply(const ConfigChange& change, const log::LogOptions& options,
             log::TopicSettings& settings) {
  const std::string name(change.name);
  if (change.operation == ConfigOperation::kDelete) return settings.erase(name), OkStatus();
  const log::SettingDefinition* definition = log::find_topic_setting(name);
  if (definition == nullptr) return invalid_argument("unknown topic setting: name={}", name);
  if (change.operation == ConfigOperation::kSet) {
    settings[name] = std::string(*change.value);
    return OkStatus();
  }
  if (definition->type != log::SettingType::kList)
    return invalid_argument("setting is no list, it can only be set or deleted: name={}", name);
  auto set = settings.find(name);
  const std::string now =
      set != settings.end() ? set->second : log::default_of(*definition, options);
  settings[name] = changed_list(now, change);
  return OkStatus();
}

Refusal refusal_of(const Status& status) {
  if (status.ok()) return {};
  int16_t code = error_of(status);
  if (status.code() == StatusCode::kInvalidArgument) code = error::kInvalidConfig;
  if (status.code() == StatusCode::kFailedPrecondition) code = error::kPolicyViolation;
  return {code, std::string(message_of(status))};
}

Refusal change_topic(Broker& broker, const ConfigTarget& target,
                     std::span<const ConfigChange> changes) {
  if (target.resource_name.empty())
    return {error::kInvalidRequest, "topics have no common settings: a name is needed"};
  auto found = find_topic(broker.log(), {.name = target.resource_name});
  if (found.error != error::kNone)
    return {found.error, fmt::format("topic '{}' does not exist", target.resource_name)};
  if (is_internal_topic(found.description.name))
    return {error::kInvalidTopic, "the topic belongs to the server"};
  auto change_all = [&](log::TopicSettings& settings) -> Status {
    if (target.is_replaced) settings.clear();
    for (const ConfigChange& change : changes)
      RETURN_IF_ERROR(apply(change, broker.options().log, settings));
    return OkStatus();
  };
  const auto mode = target.is_only_check ? log::ChangeMode::kCheckOnly : log::ChangeMode::kApply;
  auto changed = broker.log().change_settings(found.description.id, change_all, mode);
  if (changed.ok() && !target.is_only_check)
    LOG_INFO("topic changed: topic={} settings={}", changed->name, changed->settings);
  return refusal_of(changed.status());
}

// Nothing of a running server can be changed: its settings are those that it was started with.
Refusal change_broker(const Broker& broker, const ConfigTarget& target,
                      std::span<const ConfigChange> changes) {
  const std::string own_name = std::to_string(broker.options().node_id);
  if (!target.resource_name.empty() && target.resource_name != own_name)
    return {error::kInvalidRequest,
            fmt::format("there is no broker {}, only {}", target.resource_name, own_name)};
  const auto entries = broker_entries(broker.options());
  std::vector<std::string_view> names;
  for (const ConfigChange& change : changes) {
    // Nothing was set while it runs, so there is nothing to take back (tools clear throttles).
    if (change.operation == ConfigOperation::kDelete) continue;
    const bool is_known = std::any_of(entries.begin(), entries.end(),
                                      [&](const auto& entry) { return entry.name == change.name; });
    if (!is_known)
      return {error::kInvalidConfig, fmt::format("unknown server setting: name={}", change.name)};
    names.push_back(change.name);
  }
  if (names.empty()) return {};
  return {error::kInvalidRequest,
          fmt::format("cannot be changed while the server runs: {}; start it with other settings",
                      fmt::join(names, ", "))};
}

}  // namespace

Refusal change_configs(Broker& broker, const ConfigTarget& target,
                       std::span<const ConfigChange> changes) {
  Refusal refusal = check_form(changes);
  if (!refusal.is_none()) return refusal;
  if (target.resource_type == kTopicResource) return change_topic(broker, target, changes);
  if (target.resource_type == kBrokerResource) return change_broker(broker, target, changes);
  return {error::kInvalidRequest, fmt::format("resources of type {} have no settings here",
                                              static_cast<int>(target.resource_type))};
}

}  // namespace kappa::kafka
