// DeleteTopics: by name or by id.

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Answer = DeleteTopicsResponse::Topic;

void refuse(Answer& answer, int16_t code, std::string message) {
  answer.error_code = code;
  answer.error_message = std::move(message);
}

Answer delete_topic(Broker& broker, const TopicReference& reference) {
  Answer answer;
  answer.topic_id = reference.id;
  if (!reference.is_by_id) answer.name = std::string(reference.name);
  auto found = find_topic(broker.log(), reference);
  if (found.error != error::kNone) {
    refuse(answer, found.error, "the topic does not exist");
    return answer;
  }
  answer.name = found.description.name;
  answer.topic_id = found.description.id;
  if (is_internal_topic(found.description.name)) {
    refuse(answer, error::kInvalidTopic, "the topic belongs to the server");
    return answer;
  }
  auto status = broker.log().delete_topic(found.description.id);
  if (!status.ok()) {
    refuse(answer, error_of(status), std::string(message_of(status)));
    return answer;
  }
  broker.groups().forget_topic(found.description.name);
  LOG_INFO("topic deleted: topic={} id={}", found.description.name, found.description.id);
  return answer;
}

}  // namespace

DeleteTopicsResponse handle(Broker& broker, const Call&, const DeleteTopicsRequest& request) {
  DeleteTopicsResponse response;
  for (auto name : request.topic_names) {
    response.topics.push_back(delete_topic(broker, {.name = name}));
  }
  for (const auto& topic : request.topics) {
    if (topic.name && !topic.topic_id.is_none()) {
      Answer& answer = response.topics.emplace_back();
      refuse(answer, error::kInvalidRequest, "both a name and an id are given");
      answer.name = std::string(*topic.name);
    } else {
      response.topics.push_back(
          delete_topic(broker, {topic.name.value_or(""), topic.topic_id, !topic.name}));
    }
  }
  return response;
}

}  // namespace kappa::kafka
