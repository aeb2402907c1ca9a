#include "kafka/groups/consumer_heartbeat_check.h"

#include <fmt/format.h>

#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithClientIds = 1;  // KIP-1082: clients choose their member ids

Refusal invalid(std::string message) { return {error::kInvalidRequest, std::move(message)}; }

bool is_empty(const std::optional<std::string_view>& text) { return text && text->empty(); }

Refusal check_join(const ConsumerGroupHeartbeatRequest& request) {
  if (request.rebalance_timeout_ms < 0) {
    return invalid("RebalanceTimeoutMs must be given to join.");
  }
  if (!request.topic_partitions || !request.topic_partitions->empty()) {
    return invalid("TopicPartitions must be empty to join: a member that joins owns nothing.");
  }
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
    return invalid("SubscribedTopicNames or SubscribedTopicRegex must be given to join.");
  }
  return {};
}

Refusal check_subscription(const ConsumerGroupHeartbeatRequest& request) {
  if (request.server_assignor && find_assignor(*request.server_assignor) == nullptr) {
    return {error::kUnsupportedAssignor,
            fmt::format("ServerAssignor {} is not supported. Supported assignors: {}, {}.",
                        *request.server_assignor, kUniformAssignor, kRangeAssignor)};
  }
  if (request.subscribed_topic_regex && !request.subscribed_topic_regex->empty()) {
    auto pattern = TopicPattern::compile(*request.subscribed_topic_regex);
    if (!pattern.ok()) {
      return {error::kInvalidRegularExpression,
              fmt::format("SubscribedTopicRegex is {}.", message_of(pattern.status()))};
    }
  }
  return {};
}

}  // namespace

Refusal check_form(const ConsumerGroupHeartbeatRequest& request, int16_t version) {
  if (request.group_id.empty()) return invalid("GroupId can't be empty.");
  bool needs_id = version >= kFirstVersionWithClientIds || request.member_epoch != kJoinEpoch;
  if (needs_id && request.member_id.empty()) return invalid("MemberId can't be empty.");
  if (is_empty(request.instance_id)) return invalid("InstanceId can't be empty.");
  if (is_empty(request.rack_id)) return invalid("RackId can't be empty.");
  if (request.member_epoch < kAwayEpoch) {
    return invalid(fmt::format("MemberEpoch {} is invalid.", request.member_epoch));
  }
  if (request.member_epoch == kAwayEpoch && !request.instance_id) {
    return invalid("InstanceId can't be null: only static members come back.");
  }
  if (request.member_epoch == kJoinEpoch) {
    Refusal refusal = check_join(request);
    if (refusal.error != error::kNone) return refusal;
  }
  return check_subscription(request);
}

}  // namespace kappa::kafka
