#pragma once
// The settings of a topic and of the broker, as DescribeConfigs and CreateTopics give them.

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/broker/broker.h"

namespace kappa::kafka {

// Kafka's numbers.
enum class ConfigSource : int8_t { kTopic = 1, kStaticBroker = 4, kDefault = 5 };
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

// All settings that topics know, in name order, with this topic's values.
std::vector<ConfigEntry> topic_entries(const log::TopicSettings& settings,
                                       const log::LogOptions& options);
// Those that the broker was started with, in name order; none can be changed while it runs.
std::vector<ConfigEntry> broker_entries(const BrokerOptions& options);

}  // namespace kappa::kafka
