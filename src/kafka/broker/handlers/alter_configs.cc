// AlterConfigs: all settings of a resource at once.

#include "kafka/broker/config_changes.h"
#include "kafka/broker/handlers.h"

namespace kappa::kafka {

AlterConfigsResponse handle(Broker& broker, const Call&, const AlterConfigsRequest& request) {
  AlterConfigsResponse response;
  for (const auto& resource : request.resources) {
    auto& answer = response.responses.emplace_back();
    answer.resource_type = resource.resource_type;
    answer.resource_name = std::string(resource.resource_name);
    if (is_named_twice(request.resources, resource)) {
      refuse(answer, {error::kInvalidRequest, "the resource is named twice in the request"});
      continue;
    }
    std::vector<ConfigChange> changes;
    for (const auto& config : resource.configs)
      changes.push_back({config.name, ConfigOperation::kSet, config.value});
    refuse(answer, change_configs(broker,
                                  {resource.resource_type, resource.resource_name,
                                   /*is_replaced=*/true, request.validate_only},
                                  changes));
  }
  return response;
}

}  // namespace kappa::kafka
