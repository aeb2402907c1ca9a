// Metadata: the broker, and the topics asked for, which it makes if the client and the settings
// allow it.

#include <optional>

#include "base/logging.h"
#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Topic = MetadataResponse::Topic;

Topic describe(const Broker& broker, const log::TopicDescription& description, bool operations) {
  int32_t node = broker.options().node_id;
  Topic topic;
  topic.name = description.name;
  topic.topic_id = description.id;
  topic.is_internal = is_internal_topic(description.name);
  topic.partitions.reserve(static_cast<size_t>(description.partition_count));
  for (int32_t i = 0; i < description.partition_count; ++i) {
    topic.partitions.push_back({.index = i,
                                .leader_id = node,
                                .leader_epoch = kLeaderEpoch,
                                .replica_nodes = {node},
                                .isr_nodes = {node}});
  }
  if (operations) topic.topic_authorized_operations = kTopicOperations;
  return topic;
}

Topic refused(int16_t error, std::optional<std::string_view> name, const TopicId& id = {}) {
  Topic topic;
  topic.error_code = error;
  if (name) topic.name = std::string(*name);
  topic.topic_id = id;
  return topic;
}

// Makes the topic; another client may have been faster.
FoundTopic create(Broker& broker, std::string_view name) {
  if (!is_topic_name(name) || is_internal_topic(name)) return {error::kInvalidTopic, {}};
  auto made = broker.log().create_topic(name, broker.options().partition_count_default, {});
  if (made.ok()) {
    LOG_INFO("topic created on demand: topic={} id={}", name, made->id);
    return {error::kNone, *std::move(made)};
  }
  if (made.status().code() != StatusCode::kAlreadyExists) return {error_of(made.status()), {}};
  return find_topic(broker.log(), {.name = name});
}

Topic find_by_id(Broker& broker, const MetadataRequest& request, const TopicId& id) {
  auto found = find_topic(broker.log(), {.id = id, .is_by_id = true});
  if (found.error != error::kNone) return refused(found.error, std::nullopt, id);
  return describe(broker, found.description, request.include_topic_authorized_operations);
}

Topic find_by_name(Broker& broker, const MetadataRequest& request, std::string_view name) {
  if (!is_topic_name(name)) return refused(error::kInvalidTopic, name);
  auto found = find_topic(broker.log(), {.name = name});
  bool may_create = request.allow_auto_topic_creation && broker.options().auto_create_topics;
  if (found.error == error::kUnknownTopicOrPartition && may_create) found = create(broker, name);
  if (found.error != error::kNone) return refused(found.error, name);
  return describe(broker, found.description, request.include_topic_authorized_operations);
}

// The Java client gives an id with an empty name, so the id comes first.
Topic find(Broker& broker, const Call& call, const MetadataRequest& request,
           const MetadataRequest::Topic& wanted) {
  constexpr int16_t kFirstVersionWithIds = 12;
  bool is_by_id = call.version() >= kFirstVersionWithIds && !wanted.topic_id.is_none();
  if (is_by_id) return find_by_id(broker, request, wanted.topic_id);
  if (!wanted.name) return refused(error::kInvalidRequest, "");
  return find_by_name(broker, request, *wanted.name);
}

}  // namespace

MetadataResponse handle(Broker& broker, const Call& call, const MetadataRequest& request) {
  MetadataResponse response;
  Address address = broker.advertised(call.connection());
  response.brokers.push_back(
      {.node_id = broker.options().node_id, .host = address.host, .port = address.port});
  response.cluster_id = broker.options().cluster_id;
  response.controller_id = broker.options().node_id;
  if (request.include_cluster_authorized_operations) {
    response.cluster_authorized_operations = kClusterOperations;
  }
  // Version 0 has no null and says "all topics" by an empty list; later ones say "none" by it.
  bool is_all = !request.topics || (call.version() == 0 && request.topics->empty());
  if (!is_all) {
    for (const auto& wanted : *request.topics) {
      response.topics.push_back(find(broker, call, request, wanted));
    }
    return response;
  }
  for (const auto& description : broker.log().topics()) {
    response.topics.push_back(
        describe(broker, description, request.include_topic_authorized_operations));
  }
  return response;
}

}  // namespace kappa::kafka
