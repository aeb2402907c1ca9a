#include "kafka/broker/config_entries.h"

#include <algorithm>

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

std::vector<ConfigEntry> group_entries(const GroupOptions& options) {
  const GroupOptions defaults;
  auto number = [](std::string name, ConfigType type, int64_t value, int64_t default_value,
                   std::string documentation) {
    return broker_entry(std::move(name), type, fmt::format("{}", value),
                        fmt::format("{}", default_value), std::move(documentation));
  };
  constexpr int64_t kMinuteMs = 60'000;
  return {
      number("group.consumer.heartbeat.interval.ms", ConfigType::kInt,
             options.consumer_heartbeat_interval_ms, defaults.consumer_heartbeat_interval_ms,
             "How often members of groups of the newer protocol send heartbeats."),
      number("group.consumer.max.size", ConfigType::kInt, options.consumer_members_max,
             defaults.consumer_members_max, "Members that a group of the newer protocol may have."),
      broker_entry("group.consumer.migration.policy", ConfigType::kString,
                   std::string(name_of(options.migration_policy)),
                   std::string(name_of(defaults.migration_policy)),
                   "Whether groups with members may change their protocol."),
      number("group.consumer.session.timeout.ms", ConfigType::kInt,
             options.consumer_session_timeout_ms, defaults.consumer_session_timeout_ms,
             "How long members of groups of the newer protocol may be silent."),
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

// The server's side of the topics' settings: what a topic has that sets nothing.
std::vector<ConfigEntry> topic_default_entries(const log::LogOptions& options) {
  std::vector<ConfigEntry> entries;
  for (const auto& definition : log::topic_setting_definitions()) {
    if (definition.server_name.ends_with(".throttled.replicas")) continue;  // only topics have them
    entries.push_back(broker_entry(std::string(definition.server_name), type_of(definition.type),
                                   log::default_of(definition, options),
                                   std::string(definition.default_value),
                                   fmt::format("The default of the topics' {}. {}.",
                                               definition.name, definition.documentation)));
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

// A topic's own value, the server's, the default: those that there are, in this order.
void add_sources(ConfigEntry& entry, const log::SettingDefinition& definition,
                 const log::TopicSettings& settings, const log::LogOptions& options) {
  auto set = settings.find(entry.name);
  if (set != settings.end())
    entry.synonyms.push_back({entry.name, set->second, ConfigSource::kTopic});
  const std::string server_value = log::default_of(definition, options);
  const std::string server_name(definition.server_name);
  if (server_value != definition.default_value)
    entry.synonyms.push_back({server_name, server_value, ConfigSource::kStaticBroker});
  entry.synonyms.push_back(
      {server_name, std::string(definition.default_value), ConfigSource::kDefault});
  entry.value = entry.synonyms.front().value;
  entry.source = entry.synonyms.front().source;
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

std::vector<ConfigEntry> topic_entries(const log::TopicSettings& settings,
                                       const log::LogOptions& options) {
  std::vector<ConfigEntry> entries;
  for (const auto& definition : log::topic_setting_definitions()) {
    ConfigEntry& entry = entries.emplace_back();
    entry.name = std::string(definition.name);
    entry.type = type_of(definition.type);
    entry.documentation = std::string(definition.documentation);
    add_sources(entry, definition, settings, options);
  }
  return entries;
}

std::vector<ConfigEntry> broker_entries(const BrokerOptions& options) {
  std::vector<ConfigEntry> entries = server_entries(options);
  for (auto& entry : group_entries(options.groups)) entries.push_back(std::move(entry));
  for (auto& entry : topic_default_entries(options.log)) entries.push_back(std::move(entry));
  for (auto& entry : transaction_entries(options.transactions)) entries.push_back(std::move(entry));
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

}  // namespace kappa::kafka
