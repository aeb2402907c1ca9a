// Heartbeat: also how a member learns that the group rebalances.

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {

HeartbeatResponse handle(Broker& broker, const Call&, const HeartbeatRequest& request) {
  HeartbeatResponse response;
  response.error_code =
      broker.groups().heartbeat(request.group_id, {.member_id = request.member_id,
                                                   .instance_id = request.group_instance_id,
                                                   .generation = request.generation_id});
  return response;
}

}  // namespace kappa::kafka
