// ConsumerGroupHeartbeat: answered when all that it tells of is durable.

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {

void handle(Broker& broker, std::shared_ptr<Call> call, ConsumerGroupHeartbeatRequest request) {
  JoiningClient client = joining_client(*call);
  broker.groups().heartbeat(
      request, client, [call = std::move(call)](const ConsumerGroupHeartbeatResponse& response) {
        call->answer(response);
      });
}

}  // namespace kappa::kafka
