// DescribeTopicPartitions: topics in the order of their names, so many partitions a page, and where
// the next page begins.

#include <algorithm>
#include <set>

#include "kafka/broker/authorized_operations.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int32_t kPagePartitionsMax = 2000;  // Kafka's max.request.partition.size.limit

using Response = DescribeTopicPartitionsResponse;

class PageMaker {
 public:
  PageMaker(const Broker& broker, int32_t partitions_max)
      : broker_(broker), left_(std::clamp(partitions_max, 1, kPagePartitionsMax)) {}

  // Adds a topic's partitions from `first` on, as long as there is room.
  void add(std::string_view name, int32_t first) {
    if (response_.next_cursor) return;
    auto found = find_topic(broker_.log(), {.name = name});
    if (found.error == error::kNone && left_ == 0) return end_at(name, first);
    Response::Topic& topic = response_.topics.emplace_back();
    topic.name = std::string(name);
    topic.error_code = is_topic_name(name) ? found.error : error::kInvalidTopic;
    if (topic.error_code != error::kNone) return;
    topic.topic_id = found.description.id;
    topic.is_internal = is_internal_topic(name);
    topic.topic_authorized_operations = kTopicOperations;
    const int32_t count = found.description.partition_count;
    const int32_t end = std::min(count, std::min(first, count) + left_);
    for (int32_t i = first; i < end; ++i) topic.partitions.push_back(describe(i));
    left_ -= static_cast<int32_t>(topic.partitions.size());
    if (end < count) end_at(name, end);
  }

  Response take() && { return std::move(response_); }

 private:
  Response::Topic::Partition describe(int32_t index) const {
    const int32_t node = broker_.options().node_id;
    return {.index = index,
            .leader_id = node,
            .leader_epoch = kLeaderEpoch,
            .replica_nodes = {node},
            .isr_nodes = {node},
            .eligible_leader_replicas = std::vector<int32_t>(),
            .last_known_elr = std::vector<int32_t>()};
  }
  void end_at(std::string_view name, int32_t index) {
    response_.next_cursor = {std::string(name), index};
  }

  const Broker& broker_;
  int32_t left_;
  Response response_;
};

}  // namespace

DescribeTopicPartitionsResponse handle(Broker& broker, const Call&,
                                       const DescribeTopicPartitionsRequest& request) {
  std::set<std::string> names;
  for (const auto& topic : request.topics) names.emplace(topic.name);
  if (names.empty()) {
    for (const auto& description : broker.log().topics()) names.insert(description.name);
  }
  PageMaker page(broker, request.response_partition_limit);
  const std::string_view begin = request.cursor ? request.cursor->topic_name : "";
  for (const std::string& name : names) {
    if (name < begin) continue;
    const bool is_continued = request.cursor && name == begin;
    page.add(name, is_continued ? std::max(request.cursor->partition_index, 0) : 0);
  }
  return std::move(page).take();
}

}  // namespace kappa::kafka
