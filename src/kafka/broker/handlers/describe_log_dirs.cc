// DescribeLogDirs: the one directory with its disk, and the bytes of each partition in it.

#include <algorithm>
#include <optional>

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"

namespace kappa::kafka {
namespace {

using Topic = DescribeLogDirsResponse::Result::Topic;

void add_partition(const log::Log& log, const log::TopicDescription& description, int32_t index,
                   Topic& topic) {
  auto partition = log.partition(description.id, index);
  if (partition.ok())
    topic.partitions.push_back({.index = index, .size_bytes = (*partition)->size_bytes()});
}

// Topics and partitions that are not there are left out, as in Kafka.
Topic describe(const log::Log& log, const log::TopicDescription& description,
               const std::vector<int32_t>* wanted) {
  Topic topic;
  topic.name = description.name;
  if (wanted != nullptr) {
    for (int32_t index : *wanted) add_partition(log, description, index, topic);
    return topic;
  }
  for (int32_t i = 0; i < description.partition_count; ++i)
    add_partition(log, description, i, topic);
  return topic;
}

}  // namespace

DescribeLogDirsResponse handle(Broker& broker, const Call&, const DescribeLogDirsRequest& request) {
  DescribeLogDirsResponse response;
  auto& result = response.results.emplace_back();
  result.log_dir = broker.options().log.directory;
  auto space = broker.env().disk_space(result.log_dir);
  if (space.ok()) {  // else the fields keep Kafka's -1: unknown
    result.total_bytes = space->total_bytes;
    result.usable_bytes = space->usable_bytes;
  }
  auto add = [&](Topic topic) {
    if (!topic.partitions.empty()) result.topics.push_back(std::move(topic));
  };
  if (!request.topics) {
    for (const auto& description : broker.log().topics())
      add(describe(broker.log(), description, nullptr));
    return response;
  }
  for (const auto& wanted : *request.topics) {
    auto description = broker.log().find_topic(wanted.name);
    if (description.ok()) add(describe(broker.log(), *description, &wanted.partitions));
  }
  return response;
}

}  // namespace kappa::kafka
