// AlterPartitionReassignments: partitions are on the one broker, and stay there.

#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"
#include "kafka/broker/topics.h"

namespace kappa::kafka {
namespace {

using Wanted = AlterPartitionReassignmentsRequest::Topic::Partition;

Refusal check(const Broker& broker, const FoundTopic& topic, const Wanted& wanted) {
  if (find_partition(broker.log(), topic, wanted.index).error != error::kNone)
    return {error::kUnknownTopicOrPartition, "the partition does not exist"};
  if (!wanted.replicas)
    return {error::kNoReassignmentInProgress, "the partition is not on its way anywhere"};
  if (*wanted.replicas == std::vector{broker.options().node_id}) return {};  // it is there
  return {error::kInvalidReplicaAssignment,
          fmt::format("partitions can be only on broker {}", broker.options().node_id)};
}

}  // namespace

AlterPartitionReassignmentsResponse handle(Broker& broker, const Call&,
                                           const AlterPartitionReassignmentsRequest& request) {
  AlterPartitionReassignmentsResponse response;
  response.allow_replication_factor_change = request.allow_replication_factor_change;
  for (const auto& wanted : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    const auto found = find_topic(broker.log(), {.name = wanted.name});
    for (const auto& partition : wanted.partitions) {
      auto& answer = topic.partitions.emplace_back();
      answer.index = partition.index;
      refuse(answer, check(broker, found, partition));
    }
  }
  return response;
}

}  // namespace kappa::kafka
