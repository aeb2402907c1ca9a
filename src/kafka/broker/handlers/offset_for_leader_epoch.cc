// OffsetForLeaderEpoch: there is one epoch, and it goes on.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Wanted = OffsetForLeaderEpochRequest::Topic::Partition;
using Answer = OffsetForLeaderEpochResponse::Topic::Partition;

Answer look_up(const log::Log& log, const FoundTopic& topic, const Wanted& wanted) {
  Answer answer;
  answer.index = wanted.index;
  auto found = find_partition(log, topic, wanted.index);
  if (found.error == error::kNone) found.error = check_leader_epoch(wanted.current_leader_epoch);
  answer.error_code = found.error;
  // Of an epoch that never was there is no end: -1.
  if (found.error != error::kNone || wanted.leader_epoch != kLeaderEpoch) return answer;
  answer.leader_epoch = kLeaderEpoch;
  answer.end_offset = found.partition->high_watermark().value;
  return answer;
}

}  // namespace

OffsetForLeaderEpochResponse handle(Broker& broker, const Call&,
                                    const OffsetForLeaderEpochRequest& request) {
  OffsetForLeaderEpochResponse response;
  for (const auto& wanted : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    const auto found = find_topic(broker.log(), {.name = wanted.name});
    for (const auto& partition : wanted.partitions)
      topic.partitions.push_back(look_up(broker.log(), found, partition));
  }
  return response;
}

}  // namespace kappa::kafka
