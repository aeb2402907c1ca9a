#pragma once
// Changes of settings, as AlterConfigs and IncrementalAlterConfigs ask for them.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kafka/broker/broker.h"
#include "kafka/broker/refusal.h"

namespace kappa::kafka {

// Kafka's numbers.
inline constexpr int8_t kTopicResource = 2;
inline constexpr int8_t kBrokerResource = 4;
inline constexpr int8_t kBrokerLoggerResource = 8;
inline constexpr int8_t kClientMetricsResource = 16;
inline constexpr int8_t kGroupResource = 32;

// Kafka's numbers. Lists are separated by commas; what is appended twice is there once.
enum class ConfigOperation : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct ConfigChange {
  std::string_view name;
  ConfigOperation operation = ConfigOperation::kSet;  // may hold a number that it does not name
  std::optional<std::string_view> value;
};

struct ConfigTarget {
  int8_t resource_type = 0;
  std::string_view resource_name;
  bool is_replaced = false;  // settings that no change names go back to their defaults
  bool is_only_check = false;
};

// All changes or, with a refusal, none.
Refusal change_configs(Broker& broker, const ConfigTarget& target,
                       std::span<const ConfigChange> changes);

// Whether another resource of the list has the same type and name.
template <typename Resource>
bool is_named_twice(const std::vector<Resource>& resources, const Resource& resource) {
  size_t count = 0;
  for (const Resource& other : resources) {
    count += other.resource_type == resource.resource_type &&
             other.resource_name == resource.resource_name;
  }
  return count > 1;
}

// Serves AlterConfigs and IncrementalAlterConfigs, which differ in what an entry asks for:
// change_of(config) says it.
template <typename Response, typename Request, typename ChangeOf>
Response serve_config_changes(Broker& broker, const Request& request, bool is_replaced,
                              ChangeOf change_of) {
  Response response;
  for (const auto& resource : request.resources) {
    auto& answer = response.responses.emplace_back();
    answer.resource_type = resource.resource_type;
    answer.resource_name = std::string(resource.resource_name);
    if (is_named_twice(request.resources, resource)) {
      refuse(answer, {error::kInvalidRequest, "the resource is named twice in the request"});
      continue;
    }
    std::vector<ConfigChange> changes;
    for (const auto& config : resource.configs) changes.push_back(change_of(config));
    const ConfigTarget target{resource.resource_type, resource.resource_name, is_replaced,
                              request.validate_only};
    refuse(answer, change_configs(broker, target, changes));
  }
  return response;
}

}  // namespace kappa::kafka
