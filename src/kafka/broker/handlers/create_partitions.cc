// CreatePartitions: a topic grows. What reads it in SQL may refuse (engine/topic_watch.h).

#include <algorithm>

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"
#include "kafka/broker/topics.h"

namespace kappa::kafka {
namespace {

using Wanted = CreatePartitionsRequest::Topic;

// New partitions may be assigned to the one broker there is.
Refusal check_assignments(const Broker& broker, const Wanted& wanted, int32_t now) {
  if (!wanted.assignments) return {};
  const int64_t new_count = int64_t{wanted.count} - now;
  if (static_cast<int64_t>(wanted.assignments->size()) != new_count) {
    return {error::kInvalidReplicaAssignment, fmt::format("{} new partitions, but {} assignments",
                                                          new_count, wanted.assignments->size())};
  }
  const std::vector<int32_t> only{broker.options().node_id};
  for (const auto& assignment : *wanted.assignments) {
    if (assignment.broker_ids == only) continue;
    return {error::kInvalidReplicaAssignment,
            fmt::format("partitions can be only on broker {}", only.front())};
  }
  return {};
}

Refusal refusal_of(const Status& status) {
  if (status.ok()) return {};
  int16_t code = error_of(status);
  if (status.code() == StatusCode::kInvalidArgument) code = error::kInvalidPartitions;
  if (status.code() == StatusCode::kFailedPrecondition) code = error::kPolicyViolation;
  return {code, std::string(message_of(status))};
}

Refusal grow(Broker& broker, const Wanted& wanted, bool validate_only) {
  auto found = find_topic(broker.log(), {.name = wanted.name});
  if (found.error != error::kNone) return {found.error, "the topic does not exist"};
  if (is_internal_topic(wanted.name))
    return {error::kInvalidTopic, "the topic belongs to the server"};
  const int32_t now = found.description.partition_count;
  if (wanted.count <= now) {
    return {error::kInvalidPartitions,
            fmt::format("topic has {} partitions already, it cannot have {}", now, wanted.count)};
  }
  if (wanted.count > broker.options().partition_count_max) {
    return {error::kInvalidPartitions,
            fmt::format("more than {} partitions", broker.options().partition_count_max)};
  }
  Refusal refusal = check_assignments(broker, wanted, now);
  if (!refusal.is_none()) return refusal;
  const auto mode = validate_only ? log::ChangeMode::kCheckOnly : log::ChangeMode::kApply;
  auto grown = broker.log().add_partitions(found.description.id, wanted.count, mode);
  if (grown.ok() && !validate_only)
    LOG_INFO("topic grown: topic={} partitions={}", grown->name, grown->partition_count);
  return refusal_of(grown.status());
}

}  // namespace

CreatePartitionsResponse handle(Broker& broker, const Call&,
                                const CreatePartitionsRequest& request) {
  CreatePartitionsResponse response;
  for (const auto& wanted : request.topics) {
    auto& result = response.results.emplace_back();
    result.name = std::string(wanted.name);
    const auto count = std::count_if(request.topics.begin(), request.topics.end(),
                                     [&](const auto& other) { return other.name == wanted.name; });
    refuse(result, count > 1 ? Refusal{error::kInvalidRequest, "the topic is named twice"}
                             : grow(broker, wanted, request.validate_only));
  }
  return response;
}

}  // namespace kappa::kafka
