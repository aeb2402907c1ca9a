// DescribeConfigs: every setting of a topic with where its value comes from, and some of the
// broker.

#include <algorithm>

#include "kafka/broker/config_entries.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Result = DescribeConfigsResponse::Result;
using Resource = DescribeConfigsRequest::Resource;

constexpr int8_t kTopic = 2;
constexpr int8_t kBroker = 4;

void refuse(Result& result, int16_t code, std::string message) {
  result.error_code = code;
  result.error_message = std::move(message);
}

std::vector<ConfigEntry> entries_of(const Broker& broker, const Resource& resource,
                                    Result& result) {
  if (resource.resource_type == kTopic) {
    auto topic = find_topic(broker.log(), {.name = resource.resource_name});
    if (topic.error == error::kNone) {
      return topic_entries(topic.description.settings, broker.options().log);
    }
    refuse(result, topic.error, "the topic does not exist");
  } else if (resource.resource_type == kBroker) {
    bool is_us = resource.resource_name.empty() ||
                 resource.resource_name == std::to_string(broker.options().node_id);
    if (is_us) return broker_entries(broker.options());
    refuse(result, error::kInvalidRequest, "there is no such broker");
  } else {
    refuse(result, error::kInvalidRequest, "only topics and brokers have settings");
  }
  return {};
}

bool is_wanted(const Resource& resource, const ConfigEntry& entry) {
  const auto& keys = resource.configuration_keys;
  return !keys || std::find(keys->begin(), keys->end(), entry.name) != keys->end();
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
    auto add = [&](const std::string& value, ConfigSource source) {
      config.synonyms.push_back({entry.name, value, static_cast<int8_t>(source)});
    };
    if (entry.source != ConfigSource::kDefault) add(entry.value, entry.source);
    add(entry.default_value, ConfigSource::kDefault);
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
