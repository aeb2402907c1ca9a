#include "kafka/broker/config_entries.h"

#include <algorithm>

#include "kafka/groups/group_settings.h"
#include "log/server_settings.h"
#include "log/topic_settings.h"

namespace kappa::kafka {
namespace {

ConfigType type_of(log::SettingType type) {
  switch (type) {
    case log::SettingType::kBoolean:
      return ConfigType::kBoolean;
    case log::SettingType::kInt:
      return ConfigType::kInt;
    case log::SettingType::kLong:
      return ConfigType::kLong;
    case log::SettingType::kDouble:
      return ConfigType::kDouble;
    case log::SettingType::kString:
      return ConfigType::kString;
    case log::SettingType::kList:
      return ConfigType::kList;
  }
  return ConfigType::kString;
}

ConfigEntry broker_entry(std::string name, ConfigType type, std::string value,
                         std::string default_value, std::string documentation) {
  ConfigEntry entry{.name = std::move(name), .value = std::move(value), .type = type};
  if (entry.value != default_value) {
    entry.source = ConfigSource::kStaticBroker;
    entry.synonyms.push_back({entry.name, entry.value, entry.source});
  }
  entry.synonyms.push_back({entry.name, std::move(default_value), ConfigSource::kDefault});
  entry.documentation = std::move(documentation);
  entry.is_read_only = true;
  return entry;
}

// The server's defaults of the groups' settings, and its bounds.
void add_group_defaults(const GroupOptions& options, std::vector<ConfigEntry>& entries) {
  const GroupOptions defaults;
  const auto add = [&](std::string_view name, int32_t GroupOptions::*option, std::string says) {
    entries.push_back(broker_entry(std::string(name), ConfigType::kInt,
                                   fmt::format("{}", options.*option),
                                   fmt::format("{}", defaults.*option), std::move(says)));
  };
  for (const auto& setting : group_setting_definitions()) {
    add(setting.server_name, setting.value,
        fmt::format("The default of the groups' {}. {}.", setting.name, setting.documentation));
    add(setting.min_name, setting.min,
        fmt::format("The least that a group may set for {}.", setting.name));
    add(setting.max_name, setting.max,
        fmt::format("The most that a group may set for {}.", setting.name));
  }
}

std::vector<ConfigEntry> coordinator_entries(const GroupOptions& options) {
  const GroupOptions defaults;
  auto number = [](std::string name, ConfigType type, int64_t value, int64_t default_value,
                   std::string documentation) {
    return broker_entry(std::move(name), type, fmt::format("{}", value),
                        fmt::format("{}", default_value), std::move(documentation));
  };
  constexpr int64_t kMinuteMs = 60'000;
  return {
      number("group.consumer.max.size", ConfigType::kInt, options.consumer_members_max,
             defaults.consumer_members_max, "Members that a group of the newer protocol may have."),
      broker_entry("group.consumer.migration.policy", ConfigType::kString,
                   std::string(name_of(options.migration_policy)),
                   std::string(name_of(defaults.migration_policy)),
                   "Whether groups with members may change their protocol."),
      number("group.initial.rebalance.delay.ms", ConfigType::kInt,
             options.initial_rebalance_delay_ms, defaults.initial_rebalance_delay_ms,
             "How long a new consumer group waits for more members."),
      number("group.max.session.timeout.ms", ConfigType::kInt, options.session_timeout_max_ms,
             defaults.session_timeout_max_ms, "The longest session that a member may ask for."),
      number("group.max.size", ConfigType::kInt, options.members_max, defaults.members_max,
             "Members that a consumer group may have."),
      number("group.min.session.timeout.ms", ConfigType::kInt, options.session_timeout_min_ms,
             defaults.session_timeout_min_ms, "The shortest session that a member may ask for."),
      number("offset.metadata.max.bytes", ConfigType::kInt, options.offset_metadata_bytes_max,
             defaults.offset_metadata_bytes_max,
             "The longest text that may be committed with an offset."),
      number("offsets.retention.check.interval.ms", ConfigType::kLong, options.retention_check_ms,
             defaults.retention_check_ms, "How often expired offsets are looked for."),
      number("offsets.retention.minutes", ConfigType::kInt,
             options.offsets_retention_ms / kMinuteMs, defaults.offsets_retention_ms / kMinuteMs,
             "How long the offsets of a group without members are kept."),
  };
}

// Where the default of a topic's setting comes from: the nearest first.
std::vector<ConfigSynonym> default_synonyms(const log::SettingDefinition& definition,
                                            const ServerLayers& layers) {
  const std::string name(definition.server_name);
  std::vector<ConfigSynonym> synonyms;
  const auto add_changed = [&](const log::TopicSettings& changed, ConfigSource source) {
    auto set = changed.find(name);
    if (set != changed.end()) synonyms.push_back({name, set->second, source});
  };
  add_changed(layers.broker, ConfigSource::kDynamicBroker);
  add_changed(layers.cluster, ConfigSource::kDynamicDefault);
  const std::string started_with = log::default_of(definition, layers.options.log);
  if (started_with != definition.default_value)
    synonyms.push_back({name, started_with, ConfigSource::kStaticBroker});
  synonyms.push_back({name, std::string(definition.default_value), ConfigSource::kDefault});
  return synonyms;
}

void take_first_synonym(ConfigEntry& entry) {
  entry.value = entry.synonyms.front().value;
  entry.source = entry.synonyms.front().source;
}

// The server's side of the topics' settings: what a topic has that sets nothing.
std::vector<ConfigEntry> topic_default_entries(const ServerLayers& layers) {
  std::vector<ConfigEntry> entries;
  for (const auto& definition : log::topic_setting_definitions()) {
    if (definition.server_name.ends_with(".throttled.replicas")) continue;  // only topics have them
    ConfigEntry& entry = entries.emplace_back();
    entry.name = std::string(definition.server_name);
    entry.type = type_of(definition.type);
    entry.synonyms = default_synonyms(definition, layers);
    take_first_synonym(entry);
    entry.documentation = fmt::format("The default of the topics' {}. {}.", definition.name,
                                      definition.documentation);
    entry.is_read_only = !log::find_changeable_default(definition.server_name).ok();
  }
  return entries;
}

std::vector<ConfigEntry> server_entries(const BrokerOptions& options) {
  const BrokerOptions defaults;
  auto text = [](auto value) { return fmt::format("{}", value); };
  const std::string address =
      options.advertised_host.empty()
          ? ""
          : fmt::format("PLAINTEXT://{}:{}", options.advertised_host, options.advertised_port);
  return {
      broker_entry("advertised.listeners", ConfigType::kString, address, "",
                   "Where clients are told to connect; empty: the address that they dialled."),
      broker_entry("auto.create.topics.enable", ConfigType::kBoolean,
                   text(options.auto_create_topics), text(defaults.auto_create_topics),
                   "Whether asking for a topic that does not exist makes it."),
      broker_entry("broker.id", ConfigType::kInt, text(options.node_id), text(options.node_id),
                   "The number of this broker."),
      broker_entry("default.replication.factor", ConfigType::kInt, "1", "1",
                   "Copies of a partition; one node keeps one."),
      broker_entry("delete.topic.enable", ConfigType::kBoolean, "true", "true",
                   "Whether topics can be deleted."),
      broker_entry("kappa.accept.any.replication.factor", ConfigType::kBoolean,
                   text(options.accept_any_replication_factor),
                   text(defaults.accept_any_replication_factor),
                   "Whether topics may be asked for with more copies than the one that is kept."),
      broker_entry("log.dirs", ConfigType::kString, options.log.directory, "",
                   "Where the log is on disk."),
      broker_entry("max.incremental.fetch.session.cache.slots", ConfigType::kInt,
                   text(options.fetch_sessions_max), text(defaults.fetch_sessions_max),
                   "How many clients may fetch incrementally at the same time."),
      broker_entry("node.id", ConfigType::kInt, text(options.node_id), text(options.node_id),
                   "The number of this broker."),
      broker_entry("num.partitions", ConfigType::kInt, text(options.partition_count_default),
                   text(defaults.partition_count_default),
                   "Partitions of a topic that is made without saying how many."),
      broker_entry("process.roles", ConfigType::kList, "broker,controller", "broker,controller",
                   "One node is all."),
      broker_entry("socket.request.max.bytes", ConfigType::kInt, text(options.request_bytes_max),
                   text(defaults.request_bytes_max), "The largest request that is accepted."),
  };
}

std::vector<ConfigEntry> transaction_entries(const TransactionOptions& options) {
  const TransactionOptions defaults;
  auto text = [](auto value) { return fmt::format("{}", value); };
  return {
      broker_entry("transaction.max.timeout.ms", ConfigType::kInt, text(options.timeout_max_ms),
                   text(defaults.timeout_max_ms), "The longest that a transaction may ask for."),
      broker_entry("transactional.id.expiration.ms", ConfigType::kInt, text(options.expiry_ms),
                   text(defaults.expiry_ms), "How long an unused transactional id is kept."),
  };
}

}  // namespace

log::SettingsOwner settings_owner(const Broker& broker, std::string_view resource_name) {
  if (resource_name.empty()) return {log::SettingsScope::kCluster, ""};
  return {log::SettingsScope::kBroker, std::to_string(broker.options().node_id)};
}

ServerLayers server_layers(const Broker& broker) {
  const std::string own_name = std::to_string(broker.options().node_id);
  return {.options = broker.options(),
          .broker = broker.log().server_settings(settings_owner(broker, own_name)),
          .cluster = broker.log().server_settings(settings_owner(broker, ""))};
}

std::vector<ConfigEntry> topic_entries(std::string_view topic, const log::TopicSettings& settings,
                                       const ServerLayers& layers) {
  const ServerLayers unchanged{.options = layers.options, .broker = {}, .cluster = {}};
  const ServerLayers& followed = log::follows_defaults(topic) ? layers : unchanged;
  std::vector<ConfigEntry> entries;
  for (const auto& definition : log::topic_setting_definitions()) {
    ConfigEntry& entry = entries.emplace_back();
    entry.name = std::string(definition.name);
    entry.type = type_of(definition.type);
    entry.documentation = std::string(definition.documentation);
    auto set = settings.find(entry.name);
    if (set != settings.end())
      entry.synonyms.push_back({entry.name, set->second, ConfigSource::kTopic});
    for (auto& synonym : default_synonyms(definition, followed))
      entry.synonyms.push_back(std::move(synonym));
    take_first_synonym(entry);
  }
  return entries;
}

std::vector<ConfigEntry> broker_entries(const ServerLayers& layers) {
  const BrokerOptions& options = layers.options;
  std::vector<ConfigEntry> entries = server_entries(options);
  for (auto& entry : coordinator_entries(options.groups)) entries.push_back(std::move(entry));
  add_group_defaults(options.groups, entries);
  for (auto& entry : topic_default_entries(layers)) entries.push_back(std::move(entry));
  for (auto& entry : transaction_entries(options.transactions)) entries.push_back(std::move(entry));
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

std::vector<ConfigEntry> cluster_entries(const ServerLayers& layers) {
  const ServerLayers only_cluster{
      .options = layers.options, .broker = {}, .cluster = layers.cluster};
  std::vector<ConfigEntry> entries;
  for (auto& entry : topic_default_entries(only_cluster)) {
    if (entry.source != ConfigSource::kDynamicDefault) continue;
    entry.synonyms.resize(1);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<ConfigEntry> group_entries(const log::TopicSettings& settings,
                                       const GroupOptions& options) {
  const GroupOptions defaults;
  std::vector<ConfigEntry> entries;
  for (const auto& definition : group_setting_definitions()) {
    ConfigEntry& entry = entries.emplace_back();
    entry.name = std::string(definition.name);
    entry.type = ConfigType::kInt;
    entry.documentation = fmt::format("{}.", definition.documentation);
    const auto add = [&](std::string_view name, std::string value, ConfigSource source) {
      entry.synonyms.push_back({std::string(name), std::move(value), source});
    };
    auto set = settings.find(entry.name);
    if (set != settings.end()) add(definition.name, set->second, ConfigSource::kGroup);
    if (options.*definition.value != defaults.*definition.value) {
      add(definition.server_name, std::to_string(options.*definition.value),
          ConfigSource::kStaticBroker);
    }
    add(definition.server_name, std::to_string(defaults.*definition.value), ConfigSource::kDefault);
    take_first_synonym(entry);
  }
  return entries;
}

}  // namespace kappa::kafka
