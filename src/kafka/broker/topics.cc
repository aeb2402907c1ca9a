#include "kafka/broker/topics.h"

#include <algorithm>

#include "kafka/groups/group_journal.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {

bool is_internal_topic(std::string_view name) {
  return name.starts_with("__kappa_") || name == kGroupTopic || name == kTransactionTopic;
}

bool is_topic_name(std::string_view name) {
  constexpr size_t kNameBytesMax = 249;
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

FoundTopic find_topic(const log::Log& log, const TopicReference& reference) {
  auto found = reference.is_by_id ? log.find_topic(reference.id) : log.find_topic(reference.name);
  if (found.ok()) return {error::kNone, *std::move(found)};
  return {reference.is_by_id ? error::kUnknownTopicId : error::kUnknownTopicOrPartition, {}};
}

FoundPartition find_partition(const log::Log& log, const FoundTopic& topic, int32_t index) {
  if (topic.error != error::kNone) return {topic.error, nullptr};
  auto found = log.partition(topic.description.id, index);
  if (!found.ok()) return {error_of(found.status()), nullptr};
  return {error::kNone, *std::move(found)};
}

int16_t check_leader_epoch(int32_t epoch) {
  if (epoch > kLeaderEpoch) return error::kUnknownLeaderEpoch;
  if (epoch >= 0 && epoch < kLeaderEpoch) return error::kFencedLeaderEpoch;
  return error::kNone;
}

int16_t error_of(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return error::kNone;
    case StatusCode::kNotFound:
      return error::kUnknownTopicOrPartition;
    case StatusCode::kAlreadyExists:
      return error::kTopicAlreadyExists;
    case StatusCode::kOutOfRange:
      return error::kOffsetOutOfRange;
    case StatusCode::kInvalidArgument:
      return error::kInvalidRequest;
    case StatusCode::kDataLoss:
      return error::kCorruptMessage;
    case StatusCode::kUnavailable:
    case StatusCode::kResourceExhausted:
      return error::kStorageError;
    default:
      return error::kUnknownServerError;
  }
}

}  // namespace kappa::kafka
