// SyncGroup: answered by the group when the leader's assignment is durable.

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"

namespace kappa::kafka {

void handle(Broker& broker, std::shared_ptr<Call> call, SyncGroupRequest request) {
  broker.groups().sync(request,
                       [call](const SyncGroupResponse& response) { call->answer(response); });
}

}  // namespace kappa::kafka
