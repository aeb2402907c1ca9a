// DescribeProducers: who writes to a partition, and whose transaction holds its last stable offset.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

DescribeProducersResponse handle(Broker& broker, const Call&,
                                 const DescribeProducersRequest& request) {
  DescribeProducersResponse response;
  for (const auto& wanted : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    auto found = find_topic(broker.log(), {.name = wanted.name});
    for (int32_t index : wanted.partition_indexes) {
      auto& answer = topic.partitions.emplace_back();
      answer.index = index;
      auto partition = find_partition(broker.log(), found, index);
      answer.error_code = partition.error;
      if (partition.error != error::kNone) continue;
      for (const auto& producer : partition.partition->producers()) {
        answer.active_producers.push_back(
            {.producer_id = producer.producer_id,
             .producer_epoch = producer.producer_epoch,
             .last_sequence = producer.last_sequence,
             .last_timestamp = producer.last_append_ms,
             .coordinator_epoch = 0,
             .current_txn_start_offset = producer.open_since.value_or(Offset(-1)).value});
      }
    }
  }
  return response;
}

}  // namespace kappa::kafka
