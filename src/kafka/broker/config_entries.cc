#include "kafka/broker/config_entries.h"

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
  return {
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
}

}  // namespace kappa::kafka
