// AddPartitionsToTxn: the older flow's first step towards a partition. All of a request or nothing.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithFenced = 2;

int16_t check_partition(const Broker& broker, const FoundTopic& topic, int32_t index) {
  auto found = find_partition(broker.log(), topic, index);
  if (found.error != error::kNone) return found.error;
  return is_internal_topic(topic.description.name) ? error::kInvalidTopic : error::kNone;
}

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, AddPartitionsToTxnRequest request) {
  AddPartitionsToTxnResponse response;
  std::vector<TopicPartition> places;
  bool has_error = false;
  for (const auto& wanted : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    auto found = find_topic(broker.log(), {.name = wanted.name});
    for (int32_t index : wanted.partitions) {
      int16_t error = check_partition(broker, found, index);
      has_error |= error != error::kNone;
      topic.partitions.push_back({index, error});
      places.push_back({topic.name, index});
    }
  }
  auto answer = [call, response = std::move(response)](int16_t error) mutable {
    for (auto& topic : response.topics) {
      for (auto& partition : topic.partitions) {
        if (partition.error_code == error::kNone) partition.error_code = error;
      }
    }
    call->answer(response);
  };
  if (has_error) return answer(error::kOperationNotAttempted);
  auto added = [call, answer = std::move(answer)](int16_t error) mutable {
    answer(fenced_as(error, call->version() >= kFirstVersionWithFenced));
  };
  broker.transactions().add(request.transactional_id, {request.producer_id, request.producer_epoch},
                            places, std::move(added));
}

}  // namespace kappa::kafka
