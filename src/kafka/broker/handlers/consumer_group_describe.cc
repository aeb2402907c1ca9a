// ConsumerGroupDescribe: groups of the newer protocol. DescribeGroups has the classic ones.

#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

ConsumerGroupDescribeResponse::Group not_found(std::string_view id, std::string message) {
  ConsumerGroupDescribeResponse::Group group;
  group.group_id = std::string(id);
  group.error_code = error::kGroupIdNotFound;
  group.error_message = std::move(message);
  return group;
}

}  // namespace

ConsumerGroupDescribeResponse handle(Broker& broker, const Call&,
                                     const ConsumerGroupDescribeRequest& request) {
  ConsumerGroupDescribeResponse response;
  for (auto id : request.group_ids) {
    auto group = not_found(id, fmt::format("Group {} not found.", id));
    broker.groups().look_at(id, [&](const Group& found) {
      group = found.consumer() != nullptr
                  ? found.consumer()->describe()
                  : not_found(id, fmt::format("Group {} is not a consumer group.", id));
    });
    if (request.include_authorized_operations) group.authorized_operations = kGroupOperations;
    response.groups.push_back(std::move(group));
  }
  return response;
}

}  // namespace kappa::kafka
