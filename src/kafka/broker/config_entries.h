#pragma once
// The settings of a topic, the broker and a group, as DescribeConfigs and CreateTopics give them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/broker/broker.h"

namespace kappa::kafka {

// Kafka's numbers.
enum class ConfigSource : int8_t {
  kTopic = 1,
  kDynamicBroker = 2,
  kDynamicDefault = 3,
  kStaticBroker = 4,
  kDefault = 5,
  kGroup = 8,
};
enum class ConfigType : int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kLong = 5,
  kDouble = 6,
  kList = 7,
};

// Where a value could come from, the first one being where it does.
struct ConfigSynonym {
  std::string name;
  std::string value;
  ConfigSource source = ConfigSource::kDefault;
};

struct ConfigEntry {
  std::string name;
  std::string value;
  std::vector<ConfigSynonym> synonyms;
  ConfigSource source = ConfigSource::kDefault;
  ConfigType type = ConfigType::kString;
  std::string documentation;
  bool is_read_only = false;
};

// What the server's settings are made of: what was changed while it runs for this broker, for all,
// and what it was started with. The nearest one counts.
struct ServerLayers {
  const BrokerOptions& options;
  log::TopicSettings broker;
  log::TopicSettings cluster;
};
ServerLayers server_layers(const Broker& broker);
// Whose changed settings a resource of type BROKER means; no name: those of all brokers.
log::SettingsOwner settings_owner(const Broker& broker, std::string_view resource_name);

// All settings that topics know, in name order, with the values of the topic of this name that has
// set these.
std::vector<ConfigEntry> topic_entries(std::string_view topic, const log::TopicSettings& settings,
                                       const ServerLayers& layers);
// All of the server's, in name order.
std::vector<ConfigEntry> broker_entries(const ServerLayers& layers);
// Only what was changed for all brokers.
std::vector<ConfigEntry> cluster_entries(const ServerLayers& layers);
// All that groups know, in name order, for one that has set these.
std::vector<ConfigEntry> group_entries(const log::TopicSettings& settings,
                                       const GroupOptions& options);

}  // namespace kappa::kafka
