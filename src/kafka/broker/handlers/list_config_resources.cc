// ListConfigResources: topics and the broker have settings, and the groups that set some. Version
// 0, ListClientMetricsResources, asks for subscriptions of client metrics only: there are none.

#include <algorithm>

#include "kafka/broker/config_changes.h"
#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int8_t kAllTypes[] = {kTopicResource, kBrokerResource, kBrokerLoggerResource,
                                kClientMetricsResource, kGroupResource};

}  // namespace

ListConfigResourcesResponse handle(Broker& broker, const Call& call,
                                   const ListConfigResourcesRequest& request) {
  ListConfigResourcesResponse response;
  if (call.version() == 0) return response;
  const auto& types = request.resource_types;
  for (int8_t type : types) {
    if (std::find(std::begin(kAllTypes), std::end(kAllTypes), type) == std::end(kAllTypes))
      response.error_code = error::kUnsupportedVersion;
  }
  if (response.error_code != error::kNone) return response;
  auto is_wanted = [&](int8_t type) {
    return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
  };
  if (is_wanted(kTopicResource)) {
    for (const auto& topic : broker.log().topics())
      response.resources.push_back({topic.name, kTopicResource});
  }
  if (is_wanted(kBrokerResource))
    response.resources.push_back({std::to_string(broker.options().node_id), kBrokerResource});
  if (is_wanted(kGroupResource)) {
    for (const auto& owner : broker.log().settings_owners()) {
      if (owner.scope == log::SettingsScope::kGroup)
        response.resources.push_back({owner.name, kGroupResource});
    }
  }
  return response;
}

}  // namespace kappa::kafka
