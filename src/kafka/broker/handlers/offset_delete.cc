// OffsetDelete: forgets what a group has committed for partitions that it does not read any more.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// The partitions in the order of the request, those that exist as places to be deleted.
OffsetDeleteResponse begin_answer(const Broker& broker, const OffsetDeleteRequest& request,
                                  std::vector<TopicPartition>& places) {
  OffsetDeleteResponse response;
  for (const auto& wanted : request.topics) {
    auto topic = find_topic(broker.log(), {.name = wanted.name});
    auto& answer = response.topics.emplace_back();
    answer.name = std::string(wanted.name);
    for (const auto& partition : wanted.partitions) {
      int16_t error = find_partition(broker.log(), topic, partition.index).error;
      answer.partitions.push_back({.index = partition.index, .error_code = error});
      if (error == error::kNone) places.push_back({std::string(wanted.name), partition.index});
    }
  }
  return response;
}

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, OffsetDeleteRequest request) {
  std::vector<TopicPartition> places;
  OffsetDeleteResponse response = begin_answer(broker, request, places);
  auto answer = [call, response](int16_t error, const std::vector<int16_t>& errors) mutable {
    response.error_code = error;
    if (error != error::kNone) response.topics.clear();
    size_t next = 0;
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        if (partition.error_code == error::kNone) partition.error_code = errors[next++];
      }
    }
    call->answer(response);
  };
  broker.groups().delete_offsets(request.group_id, std::move(places), std::move(answer));
}

}  // namespace kappa::kafka
