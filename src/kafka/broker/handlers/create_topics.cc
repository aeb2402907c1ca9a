// CreateTopics: checks what is asked for, and makes it unless only the check was wanted.

#include <absl/container/flat_hash_map.h>

#include "base/logging.h"
#include "kafka/broker/config_entries.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/refusal.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "log/topic_settings.h"

namespace kappa::kafka {
namespace {

using Answer = CreateTopicsResponse::Topic;
using Wanted = CreateTopicsRequest::Topic;

Refusal check_name(const Broker& broker, const Wanted& wanted) {
  if (!is_topic_name(wanted.name)) {
    return {error::kInvalidTopic,
            "a topic's name is 1 to 249 of letters, digits, '.', '_' and '-', not '.' or '..'"};
  }
  if (is_internal_topic(wanted.name)) {
    return {error::kInvalidTopic,
            "names that begin with __kappa_, and __consumer_offsets, belong to the server"};
  }
  if (broker.log().find_topic(wanted.name).ok()) {
    return {error::kTopicAlreadyExists, fmt::format("topic '{}' already exists", wanted.name)};
  }
  return {};
}

// Assignments by hand: each partition once, from 0 on, and on this broker.
Refusal check_assignments(const Broker& broker, const Wanted& wanted) {
  if (wanted.partition_count != -1 || wanted.replication_factor != -1) {
    return {error::kInvalidRequest, "assignments go without counts: give -1 for both"};
  }
  std::vector<bool> is_seen(wanted.assignments.size());
  for (const auto& assignment : wanted.assignments) {
    auto index = static_cast<size_t>(assignment.partition_index);
    if (assignment.partition_index < 0 || index >= is_seen.size() || is_seen[index]) {
      return {error::kInvalidReplicaAssignment, "partitions are assigned once each, from 0 on"};
    }
    is_seen[index] = true;
    if (assignment.broker_ids != std::vector{broker.options().node_id}) {
      return {error::kInvalidReplicaAssignment,
              fmt::format("partitions can be only on broker {}", broker.options().node_id)};
    }
  }
  return {};
}

// -1 asks for the defaults: promised from version 4 on (KIP-464), sent by kafkajs in version 3, and
// taken by Kafka in all.
Refusal check_counts(const Broker& broker, const Wanted& wanted) {
  if (!wanted.assignments.empty()) return check_assignments(broker, wanted);
  if (wanted.partition_count < 1 && wanted.partition_count != -1) {
    return {error::kInvalidPartitions, "a topic has at least one partition"};
  }
  bool is_factor_fine =
      wanted.replication_factor == 1 || wanted.replication_factor == -1 ||
      (wanted.replication_factor > 1 && broker.options().accept_any_replication_factor);
  if (!is_factor_fine) {
    return {error::kInvalidReplicationFactor,
            fmt::format("replication factor {} is not 1: there is one broker",
                        wanted.replication_factor)};
  }
  return {};
}

int32_t partition_count_of(const Broker& broker, const Wanted& wanted) {
  if (!wanted.assignments.empty()) return static_cast<int32_t>(wanted.assignments.size());
  if (wanted.partition_count == -1) return broker.options().partition_count_default;
  return wanted.partition_count;
}

Refusal read_settings(const Broker& broker, const Wanted& wanted, log::TopicSettings& settings) {
  for (const auto& config : wanted.configs) {
    if (!config.value) {
      return {error::kInvalidConfig, fmt::format("setting '{}' has no value", config.name)};
    }
    auto status = log::check_topic_setting(config.name, *config.value);
    if (!status.ok()) return {error::kInvalidConfig, std::string(message_of(status))};
    bool is_new = settings.emplace(config.name, *config.value).second;
    if (!is_new) {
      return {error::kInvalidConfig, fmt::format("setting '{}' is given twice", config.name)};
    }
  }
  auto config = log::make_checked_config(settings, broker.log().options());
  if (!config.ok()) return {error::kInvalidConfig, std::string(message_of(config.status()))};
  return {};
}

void describe(const Broker& broker, std::string_view name, const log::TopicSettings& settings,
              Answer& answer) {
  answer.replication_factor = 1;
  answer.configs.emplace();
  for (const auto& entry : topic_entries(name, settings, server_layers(broker))) {
    answer.configs->push_back({.name = entry.name,
                               .value = entry.value,
                               .is_read_only = entry.is_read_only,
                               .source = static_cast<int8_t>(entry.source)});
  }
}

// Fills the answer, but for the error that it returns.
Refusal create(Broker& broker, const Wanted& wanted, bool validate_only, Answer& answer) {
  Refusal refusal = check_name(broker, wanted);
  if (refusal.code == error::kNone) refusal = check_counts(broker, wanted);
  if (refusal.code != error::kNone) return refusal;
  int32_t partition_count = partition_count_of(broker, wanted);
  if (partition_count > broker.options().partition_count_max) {
    return {error::kInvalidPartitions,
            fmt::format("more than {} partitions", broker.options().partition_count_max)};
  }
  log::TopicSettings settings;
  refusal = read_settings(broker, wanted, settings);
  if (refusal.code != error::kNone) return refusal;
  if (!validate_only) {
    auto made = broker.log().create_topic(wanted.name, partition_count, settings);
    if (!made.ok()) return {error_of(made.status()), std::string(message_of(made.status()))};
    LOG_INFO("topic created: topic={} partitions={} id={}", wanted.name, partition_count, made->id);
    answer.topic_id = made->id;
  }
  answer.partition_count = partition_count;
  describe(broker, wanted.name, settings, answer);
  return {};
}

}  // namespace

CreateTopicsResponse handle(Broker& broker, const Call&, const CreateTopicsRequest& request) {
  CreateTopicsResponse response;
  absl::flat_hash_map<std::string_view, int> counts;
  for (const auto& wanted : request.topics) ++counts[wanted.name];
  for (const auto& wanted : request.topics) {
    Answer answer;
    answer.name = std::string(wanted.name);
    Refusal refusal{error::kInvalidRequest, "the topic is named twice in the request"};
    if (counts[wanted.name] == 1) {
      refusal = create(broker, wanted, request.validate_only, answer);
    }
    refuse(answer, std::move(refusal));
    response.topics.push_back(std::move(answer));
  }
  return response;
}

}  // namespace kappa::kafka
