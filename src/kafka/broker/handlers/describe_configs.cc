// DescribeConfigs: every setting of a topic, the broker or a group, with where its value comes
// from.

#include <algorithm>

#include "kafka/broker/config_changes.h"
#include "kafka/broker/config_entries.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Result = DescribeConfigsResponse::Result;
using Resource = DescribeConfigsRequest::Resource;

std::vector<ConfigEntry> topic_entries_of(const Broker& broker, std::string_view name,
                                          Result& result) {
  auto topic = find_topic(broker.log(), {.name = name});
  if (topic.error == error::kNone)
    return topic_entries(name, topic.description.settings, server_layers(broker));
  refuse(result, {topic.error, "the topic does not exist"});
  return {};
}

// Without a name: what was changed for all brokers.
std::vector<ConfigEntry> broker_entries_of(const Broker& broker, std::string_view name,
                                           Result& result) {
  if (name.empty()) return cluster_entries(server_layers(broker));
  if (name == std::to_string(broker.options().node_id))
    return broker_entries(server_layers(broker));
  refuse(result, {error::kInvalidRequest, "there is no such broker"});
  return {};
}

// As in Kafka, a group may have settings before it is there.
std::vector<ConfigEntry> group_entries_of(const Broker& broker, std::string_view name,
                                          Result& result) {
  if (!name.empty()) {
    return group_entries(
        broker.log().server_settings({log::SettingsScope::kGroup, std::string(name)}),
        broker.options().groups);
  }
  refuse(result, {error::kInvalidRequest, "groups have no common settings: a name is needed"});
  return {};
}

std::vector<ConfigEntry> entries_of(const Broker& broker, const Resource& resource,
                                    Result& result) {
  const std::string_view name = resource.resource_name;
  if (resource.resource_type == kTopicResource) return topic_entries_of(broker, name, result);
  if (resource.resource_type == kBrokerResource) return broker_entries_of(broker, name, result);
  if (resource.resource_type == kGroupResource) return group_entries_of(broker, name, result);
  refuse(result, {error::kInvalidRequest, "only topics, brokers and groups have settings"});
  return {};
}

// No list of keys and an empty one ask for all.
bool is_wanted(const Resource& resource, const ConfigEntry& entry) {
  const auto& keys = resource.configuration_keys;
  return !keys || keys->empty() || std::find(keys->begin(), keys->end(), entry.name) != keys->end();
}

Result::Config describe(const DescribeConfigsRequest& request, const ConfigEntry& entry) {
  Result::Config config;
  config.name = entry.name;
  config.value = entry.value;
  config.is_read_only = entry.is_read_only;
  config.source = static_cast<int8_t>(entry.source);
  config.type = static_cast<int8_t>(entry.type);
  if (request.include_documentation) config.documentation = entry.documentation;
  if (request.include_synonyms) {
    for (const ConfigSynonym& synonym : entry.synonyms)
      config.synonyms.push_back({synonym.name, synonym.value, static_cast<int8_t>(synonym.source)});
  }
  return config;
}

}  // namespace

DescribeConfigsResponse handle(Broker& broker, const Call&, const DescribeConfigsRequest& request) {
  DescribeConfigsResponse response;
  for (const auto& resource : request.resources) {
    Result& result = response.results.emplace_back();
    result.resource_type = resource.resource_type;
    result.resource_name = std::string(resource.resource_name);
    for (const auto& entry : entries_of(broker, resource, result)) {
      if (is_wanted(resource, entry)) result.configs.push_back(describe(request, entry));
    }
  }
  return response;
}

}  // namespace kappa::kafka
