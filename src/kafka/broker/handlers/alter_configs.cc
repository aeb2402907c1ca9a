// AlterConfigs: all settings of a resource at once.

#include "kafka/broker/config_changes.h"
#include "kafka/broker/handlers.h"

namespace kappa::kafka {

AlterConfigsResponse handle(Broker& broker, const Call&, const AlterConfigsRequest& request) {
  return serve_config_changes<AlterConfigsResponse>(
      broker, request, /*is_replaced=*/true, [](const auto& config) {
        return ConfigChange{config.name, ConfigOperation::kSet, config.value};
      });
}

}  // namespace kappa::kafka
