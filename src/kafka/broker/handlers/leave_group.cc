// LeaveGroup: one member, or from version 3 several.

#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

LeaveGroupResponse handle(Broker& broker, const Call& call, LeaveGroupRequest& request) {
  constexpr int16_t kFirstVersionWithMany = 3;
  bool is_single = call.version() < kFirstVersionWithMany;
  if (is_single) request.members.push_back({.member_id = request.member_id});
  LeaveGroupResponse response = broker.groups().leave(request);
  if (is_single && response.error_code == error::kNone) {
    response.error_code = response.members.front().error_code;
  }
  return response;
}

}  // namespace kappa::kafka
