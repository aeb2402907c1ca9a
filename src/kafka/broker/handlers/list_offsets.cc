// ListOffsets: offsets by timestamp, to the record, and the ends of partitions.

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Answer = ListOffsetsResponse::Topic::Partition;
using Wanted = ListOffsetsRequest::Topic::Partition;

// Timestamps that stand for a place.
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;           // version 7
constexpr int64_t kEarliestLocal = -4;          // version 8
constexpr int64_t kLatestTiered = -5;           // version 9
constexpr int64_t kEarliestPendingUpload = -6;  // version 11

// The first version that knows a negative timestamp; beyond all versions when there is none.
int16_t first_version_of(int64_t timestamp) {
  switch (timestamp) {
    case kLatest:
    case kEarliest:
      return 1;
    case kMaxTimestamp:
      return 7;
    case kEarliestLocal:
      return 8;
    case kLatestTiered:
      return 9;
    case kEarliestPendingUpload:
      return 11;
    default:
      return timestamp < 0 ? kafka::kLatest : 0;
  }
}

void set_record(const StatusOr<std::optional<log::TimestampAndOffset>>& found, Answer& answer) {
  if (!found.ok()) {
    LOG_WARN("list offsets failed: error={}", message_of(found.status()));
    answer.error_code = error_of(found.status());
  } else if (found->has_value()) {
    answer.offset = (*found)->offset.value;
    answer.timestamp = (*found)->timestamp.value;
    answer.leader_epoch = kLeaderEpoch;
  }  // else: no such record is no error, and says offset -1
}

void set_place(Offset offset, Answer& answer) {
  answer.offset = offset.value;
  answer.leader_epoch = kLeaderEpoch;
}

void look_up(const log::Partition& partition, int64_t timestamp, bool is_committed,
             Answer& answer) {
  switch (timestamp) {
    case kLatest:
      return set_place(is_committed ? partition.last_stable() : partition.high_watermark(), answer);
    case kEarliest:
    case kEarliestLocal:
      return set_place(partition.log_start(), answer);
    case kMaxTimestamp:
      return set_record(partition.max_timestamp(), answer);
    case kLatestTiered:
    case kEarliestPendingUpload:
      return;  // nothing is tiered
    default:
      const Offset stable = partition.last_stable();
      auto found = partition.find_timestamp(TimestampMs(timestamp));
      const bool is_there = found.ok() && found->has_value();
      if (is_committed && is_there && (*found)->offset >= stable) found->reset();
      return set_record(found, answer);
  }
}

Answer list(const log::Log& log, int16_t version, const FoundTopic& topic, const Wanted& wanted,
            bool is_committed) {
  Answer answer;
  answer.index = wanted.index;
  auto found = find_partition(log, topic, wanted.index);
  if (found.error == error::kNone) found.error = check_leader_epoch(wanted.current_leader_epoch);
  if (found.error == error::kNone && version < first_version_of(wanted.timestamp)) {
    found.error = error::kUnsupportedVersion;
  }
  answer.error_code = found.error;
  if (found.error == error::kNone)
    look_up(*found.partition, wanted.timestamp, is_committed, answer);
  return answer;
}

}  // namespace

ListOffsetsResponse handle(Broker& broker, const Call& call, const ListOffsetsRequest& request) {
  constexpr int8_t kReadCommitted = 1;
  const bool is_committed = request.isolation_level == kReadCommitted;
  ListOffsetsResponse response;
  response.topics.reserve(request.topics.size());
  for (const auto& wanted : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = std::string(wanted.name);
    auto found = find_topic(broker.log(), {.name = wanted.name});
    for (const auto& partition : wanted.partitions) {
      topic.partitions.push_back(
          list(broker.log(), call.version(), found, partition, is_committed));
    }
  }
  return response;
}

}  // namespace kappa::kafka
