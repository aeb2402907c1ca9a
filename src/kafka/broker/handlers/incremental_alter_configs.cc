// IncrementalAlterConfigs: single settings of a resource.

#include "kafka/broker/config_changes.h"
#include "kafka/broker/handlers.h"

namespace kappa::kafka {

IncrementalAlterConfigsResponse handle(Broker& broker, const Call&,
                                       const IncrementalAlterConfigsRequest& request) {
  return serve_config_changes<IncrementalAlterConfigsResponse>(
      broker, request, /*is_replaced=*/false, [](const auto& config) {
        return ConfigChange{config.name, static_cast<ConfigOperation>(config.operation),
                            config.value};
      });
}

}  // namespace kappa::kafka
