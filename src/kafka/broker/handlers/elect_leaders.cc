// ElectLeaders: the one broker leads every partition already.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

ElectLeadersResponse handle(Broker& broker, const Call&, const ElectLeadersRequest& request) {
  ElectLeadersResponse response;
  // Asked for all partitions, Kafka names those only whose leader has changed: none.
  if (!request.topics) return response;
  for (const auto& wanted : *request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    const auto found = find_topic(broker.log(), {.name = wanted.name});
    for (int32_t index : wanted.partitions) {
      auto& answer = topic.partitions.emplace_back();
      answer.index = index;
      const bool is_there = find_partition(broker.log(), found, index).error == error::kNone;
      answer.error_code = is_there ? error::kElectionNotNeeded : error::kUnknownTopicOrPartition;
      answer.error_message =
          is_there ? "the leader is the one there is" : "the partition does not exist";
    }
  }
  return response;
}

}  // namespace kappa::kafka
