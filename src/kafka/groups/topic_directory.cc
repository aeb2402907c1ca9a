#include "kafka/groups/topic_directory.h"

namespace kappa::kafka {
namespace {

std::optional<KnownTopic> known(const StatusOr<log::TopicDescription>& found) {
  if (!found.ok()) return std::nullopt;
  return KnownTopic{found->name, found->id, found->partition_count};
}

}  // namespace

std::optional<KnownTopic> TopicDirectory::find(std::string_view name) const {
  return known(log_.find_topic(name));
}

std::optional<KnownTopic> TopicDirectory::find(const TopicId& id) const {
  return known(log_.find_topic(id));
}

std::vector<KnownTopic> TopicDirectory::user_topics() const {
  std::vector<KnownTopic> topics;
  for (auto& topic : log_.topics()) {
    if (topic.name.starts_with("__")) continue;
    topics.push_back({std::move(topic.name), topic.id, topic.partition_count});
  }
  return topics;
}

}  // namespace kappa::kafka
