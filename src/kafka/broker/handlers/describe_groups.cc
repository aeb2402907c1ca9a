// DescribeGroups: classic groups; ConsumerGroupDescribe has the others. A group's metadata and
// assignments are views that hold under its lock only, so they are copied here: the answer is of
// many groups.

#include <deque>

#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithNotFound = 6;

DescribeGroupsResponse::Group unknown_group(std::string_view id, int16_t version,
                                            std::string_view reason) {
  DescribeGroupsResponse::Group group;
  group.group_id = std::string(id);
  group.group_state = name_of(GroupState::kDead);
  if (version < kFirstVersionWithNotFound) return group;
  group.error_code = error::kGroupIdNotFound;
  group.error_message = fmt::format("Group {} {}.", id, reason);
  return group;
}

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, DescribeGroupsRequest request) {
  DescribeGroupsResponse response;
  std::deque<std::string> kept;
  auto keep = [&kept](Bytes& bytes) { bytes.data = kept.emplace_back(bytes.data); };
  for (auto id : request.groups) {
    auto& group = response.groups.emplace_back(unknown_group(id, call->version(), "not found"));
    broker.groups().look_at(id, [&](const Group& found) {
      if (found.consumer() != nullptr) {
        group = unknown_group(id, call->version(), "is not a classic group");
        return;
      }
      group = found.describe();
      for (auto& member : group.members) {
        keep(member.member_metadata);
        keep(member.member_assignment);
      }
    });
    if (request.include_authorized_operations) group.authorized_operations = kGroupOperations;
  }
  call->answer(response);
}

}  // namespace kappa::kafka
