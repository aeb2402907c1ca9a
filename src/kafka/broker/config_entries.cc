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
  auto source = value == default_value ? ConfigSource::kDefault : ConfigSource::kStaticBroker;
  return {std::move(name),
          std::move(value),
          std::move(default_value),
          source,
          type,
          std::move(documentation),
          true};
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
    entry.default_value = log::default_of(definition, options);
    entry.type = type_of(definition.type);
    entry.documentation = std::string(definition.documentation);
    auto set = settings.find(entry.name);
    bool is_set = set != settings.end();
    entry.value = is_set ? set->second : entry.default_value;
    entry.source = is_set ? ConfigSource::kTopic : ConfigSource::kDefault;
  }
  return entries;
}

std::vector<ConfigEntry> broker_entries(const BrokerOptions& options) {
  const BrokerOptions defaults;
  auto text = [](auto value) { return fmt::format("{}", value); };
  std::vector<ConfigEntry> entries = {
      broker_entry(
          "advertised.listeners", ConfigType::kString,
          options.advertised_host.empty()
              ? ""
              : fmt::format("PLAINTEXT://{}:{}", options.advertised_host, options.advertised_port),
          "", "Where clients are told to connect; empty: the address that they dialled."),
      broker_entry("auto.create.topics.enable", ConfigType::kBoolean,
                   text(options.auto_create_topics), text(defaults.auto_create_topics),
                   "Whether asking for a topic that does not exist makes it."),
      broker_entry("default.replication.factor", ConfigType::kInt, "1", "1",
                   "Copies of a partition; one node keeps one."),
      broker_entry("log.segment.bytes", ConfigType::kInt, text(options.log.segment_bytes),
                   text(defaults.log.segment_bytes), "The default of the topics' segment.bytes."),
      broker_entry("message.max.bytes", ConfigType::kInt, text(options.log.message_bytes_max),
                   text(defaults.log.message_bytes_max),
                   "The default of the topics' max.message.bytes."),
      broker_entry("node.id", ConfigType::kInt, text(options.node_id), text(options.node_id),
                   "The number of this broker."),
      broker_entry("num.partitions", ConfigType::kInt, text(options.partition_count_default),
                   text(defaults.partition_count_default),
                   "Partitions of a topic that is made without saying how many."),
      broker_entry("socket.request.max.bytes", ConfigType::kInt, text(options.request_bytes_max),
                   text(defaults.request_bytes_max), "The largest request that is accepted."),
  };
  for (auto& entry : group_entries(options.groups)) entries.push_back(std::move(entry));
  for (auto& entry : transaction_entries(options.transactions)) entries.push_back(std::move(entry));
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

}  // namespace kappa::kafka
