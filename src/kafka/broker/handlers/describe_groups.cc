// DescribeGroups: classic groups; ConsumerGroupDescribe has the others. A group's metadata and
// assignments are views that hold under its lock only, so they are copied here: the answer is of
// many groups.

#include <deque>
#include <functional>

#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithNotFound = 6;

// Owns the bytes for as long as the answer needs them.
using Keep = std::function<Bytes(std::string_view bytes)>;

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

// A group of the newer protocol, to a client whose version has no error for it: it may be too old
// to know another way to ask, so it is told in classic words what there is.
DescribeGroupsResponse::Group in_classic_words(const ConsumerGroup& found, const Keep& keep) {
  auto described = found.describe();
  DescribeGroupsResponse::Group group;
  group.group_id = described.group_id;
  group.group_state = described.group_state;
  group.protocol_type = kConsumerProtocolType;
  group.protocol_data = described.assignor_name;
  for (const auto& member : described.members) {
    std::vector<TopicPartition> places;
    for (const auto& topic : member.assignment.topic_partitions) {
      for (int32_t index : topic.partitions) places.push_back({topic.topic_name, index});
    }
    group.members.push_back(
        {.member_id = member.member_id,
         .group_instance_id = member.instance_id,
         .client_id = member.client_id,
         .client_host = member.client_host,
         .member_metadata = keep(write_subscription(member.subscribed_topic_names)),
         .member_assignment = keep(write_assignment(0, places))});
  }
  return group;
}

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, DescribeGroupsRequest request) {
  DescribeGroupsResponse response;
  std::deque<std::string> kept;
  Keep keep = [&kept](std::string_view bytes) {
    return Bytes{kept.emplace_back(std::string(bytes))};
  };
  bool has_error = call->version() >= kFirstVersionWithNotFound;
  for (auto id : request.groups) {
    auto& group = response.groups.emplace_back(unknown_group(id, call->version(), "not found"));
    broker.groups().look_at(id, [&](const Group& found) {
      if (found.consumer() != nullptr) {
        group = has_error ? unknown_group(id, call->version(), "is not a classic group")
                          : in_classic_words(*found.consumer(), keep);
        return;
      }
      group = found.describe();
      for (auto& member : group.members) {
        member.member_metadata = keep(member.member_metadata.data);
        member.member_assignment = keep(member.member_assignment.data);
      }
    });
    if (request.include_authorized_operations) group.authorized_operations = kGroupOperations;
  }
  call->answer(response);
}

}  // namespace kappa::kafka
