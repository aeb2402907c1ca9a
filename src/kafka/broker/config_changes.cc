#include "kafka/broker/config_changes.h"

#include <absl/functional/function_ref.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/logging.h"
#include "kafka/broker/config_entries.h"
#include "kafka/broker/topics.h"
#include "kafka/groups/group_settings.h"
#include "log/server_settings.h"
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

// A setting as a change sees it.
struct KnownSetting {
  log::SettingType type = log::SettingType::kString;
  std::string unset_value;  // what counts where nothing is set
};
using FindSetting = absl::FunctionRef<StatusOr<KnownSetting>(std::string_view name)>;

Status apply(const ConfigChange& change, FindSetting find, log::TopicSettings& settings) {
  const std::string name(change.name);
  if (change.operation == ConfigOperation::kDelete) return settings.erase(name), OkStatus();
  ASSIGN_OR_RETURN(const KnownSetting known, find(name));
  if (change.operation == ConfigOperation::kSet) {
    settings[name] = std::string(*change.value);
    return OkStatus();
  }
  if (known.type != log::SettingType::kList)
    return invalid_argument("setting is no list, it can only be set or deleted: name={}", name);
  auto set = settings.find(name);
  settings[name] = changed_list(set != settings.end() ? set->second : known.unset_value, change);
  return OkStatus();
}

Status apply_all(const ConfigTarget& target, std::span<const ConfigChange> changes,
                 FindSetting find, log::TopicSettings& settings) {
  if (target.is_replaced) settings.clear();
  for (const ConfigChange& change : changes) RETURN_IF_ERROR(apply(change, find, settings));
  return OkStatus();
}

log::ChangeMode mode_of(const ConfigTarget& target) {
  return target.is_only_check ? log::ChangeMode::kCheckOnly : log::ChangeMode::kApply;
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
  const log::LogOptions options = broker.log().options();
  auto find = [&](std::string_view name) -> StatusOr<KnownSetting> {
    const log::SettingDefinition* definition = log::find_topic_setting(name);
    if (definition == nullptr) return invalid_argument("unknown topic setting: name={}", name);
    return KnownSetting{definition->type, log::default_of(*definition, options)};
  };
  auto change_all = [&](log::TopicSettings& settings) {
    return apply_all(target, changes, find, settings);
  };
  auto changed = broker.log().change_settings(found.description.id, change_all, mode_of(target));
  if (changed.ok() && !target.is_only_check)
    LOG_INFO("topic changed: topic={} settings={}", changed->name, changed->settings);
  return refusal_of(changed.status());
}

// What can only be set when the server is started, and what it does not know.
Refusal check_changeable(const Broker& broker, std::span<const ConfigChange> changes) {
  const auto entries = broker_entries(server_layers(broker));
  std::vector<std::string> fixed;
  for (const ConfigChange& change : changes) {
    // What cannot be set was not, so there is nothing to take back (tools clear throttles).
    if (change.operation == ConfigOperation::kDelete) continue;
    const auto entry = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& e) { return e.name == change.name; });
    if (entry == entries.end())
      return {error::kInvalidConfig, fmt::format("unknown server setting: name={}", change.name)};
    if (!entry->is_read_only) continue;
    const Status why = log::find_changeable_default(change.name).status();
    fixed.push_back(why.code() == StatusCode::kFailedPrecondition ? std::string(message_of(why))
                                                                  : std::string(change.name));
  }
  if (fixed.empty()) return {};
  return {error::kInvalidRequest,
          fmt::format("cannot be changed while the server runs: {}; start it with other settings",
                      fmt::join(fixed, ", "))};
}

Refusal change_broker(Broker& broker, const ConfigTarget& target,
                      std::span<const ConfigChange> changes) {
  const std::string own_name = std::to_string(broker.options().node_id);
  if (!target.resource_name.empty() && target.resource_name != own_name)
    return {error::kInvalidRequest,
            fmt::format("there is no broker {}, only {}", target.resource_name, own_name)};
  Refusal refusal = check_changeable(broker, changes);
  if (!refusal.is_none()) return refusal;
  const log::LogOptions options = broker.log().options();
  auto find = [&](std::string_view name) -> StatusOr<KnownSetting> {
    ASSIGN_OR_RETURN(const auto* definition, log::find_changeable_default(name));
    return KnownSetting{definition->type, log::default_of(*definition, options)};
  };
  auto change_all = [&](log::TopicSettings& settings) {
    return apply_all(target, changes, find, settings);
  };
  const auto owner = settings_owner(broker, target.resource_name);
  const Status changed = broker.log().change_server_settings(owner, change_all, mode_of(target));
  if (changed.ok() && !target.is_only_check)
    LOG_INFO("server changed: broker={:?} settings={}", owner.name,
             broker.log().server_settings(owner));
  refusal = refusal_of(changed);
  // Kafka's answer to values that do not fit: other than for topics.
  if (refusal.code == error::kInvalidConfig) refusal.code = error::kInvalidRequest;
  return refusal;
}

// As in Kafka, a group need not be there yet.
Refusal change_group(Broker& broker, const ConfigTarget& target,
                     std::span<const ConfigChange> changes) {
  if (target.resource_name.empty())
    return {error::kInvalidRequest, "groups have no common settings: a name is needed"};
  auto find = [](std::string_view name) -> StatusOr<KnownSetting> {
    if (find_group_setting(name) == nullptr)
      return invalid_argument("unknown group setting: name={}", name);
    return KnownSetting{log::SettingType::kInt, ""};
  };
  auto change_all = [&](log::TopicSettings& settings) -> Status {
    RETURN_IF_ERROR(apply_all(target, changes, find, settings));
    return check_group_settings(settings, broker.options().groups);
  };
  const log::SettingsOwner owner{log::SettingsScope::kGroup, std::string(target.resource_name)};
  const Status changed = broker.log().change_server_settings(owner, change_all, mode_of(target));
  if (changed.ok() && !target.is_only_check)
    LOG_INFO("group changed: group={:?} settings={}", owner.name,
             broker.log().server_settings(owner));
  return refusal_of(changed);
}

}  // namespace

Refusal change_configs(Broker& broker, const ConfigTarget& target,
                       std::span<const ConfigChange> changes) {
  Refusal refusal = check_form(changes);
  if (!refusal.is_none()) return refusal;
  if (target.resource_type == kTopicResource) return change_topic(broker, target, changes);
  if (target.resource_type == kBrokerResource) return change_broker(broker, target, changes);
  if (target.resource_type == kGroupResource) return change_group(broker, target, changes);
  return {error::kInvalidRequest, fmt::format("resources of type {} have no settings here",
                                              static_cast<int>(target.resource_type))};
}

}  // namespace kappa::kafka
