// OffsetFetch: what is committed; of one group, and from version 8 of many.

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithGroups = 8;
constexpr int16_t kFirstVersionWithIds = 10;

using GroupAnswer = OffsetFetchResponse::Group;
using TopicAnswer = GroupAnswer::Topic;
using PartitionAnswer = TopicAnswer::Partition;

PartitionAnswer answer_for(int32_t index, const CommittedOffset* committed) {
  PartitionAnswer answer{.index = index, .committed_offset = -1, .metadata = ""};
  if (committed == nullptr) return answer;
  answer.committed_offset = committed->offset;
  answer.committed_leader_epoch = committed->leader_epoch;
  answer.metadata = committed->metadata;
  return answer;
}

// Everything that the group has committed. With ids, topics that are gone cannot be named.
void add_all(const Broker& broker, const Group& group, bool by_id, GroupAnswer& answer) {
  std::string last_topic;
  bool is_known = true;
  group.offsets().for_each([&](const TopicPartition& place, const CommittedOffset& committed) {
    if (answer.topics.empty() || place.topic != last_topic) {
      last_topic = place.topic;
      TopicId id;
      if (by_id) {
        auto found = find_topic(broker.log(), {.name = place.topic});
        is_known = found.error == error::kNone;
        id = found.description.id;
      }
      if (is_known) answer.topics.push_back({.name = place.topic, .topic_id = id});
    }
    if (is_known)
      answer.topics.back().partitions.push_back(answer_for(place.partition, &committed));
  });
}

using WantedTopic = OffsetFetchRequest::Group::Topic;

// What is asked for, as the answer, with nothing committed yet.
TopicAnswer begin_topic(const Broker& broker, const WantedTopic& wanted, bool by_id) {
  TopicAnswer answer{.name = std::string(wanted.name), .topic_id = wanted.topic_id};
  int16_t error = error::kNone;
  if (by_id) {
    auto found = find_topic(broker.log(), {{}, wanted.topic_id, true});
    error = found.error;
    answer.name = found.description.name;
  }
  for (int32_t index : wanted.partition_indexes) {
    auto& partition = answer.partitions.emplace_back(answer_for(index, nullptr));
    partition.error_code = error;
  }
  return answer;
}

void fill(const Group& group, bool is_stable_wanted, GroupAnswer& answer) {
  for (auto& topic : answer.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code != error::kNone) continue;
      if (is_stable_wanted && group.is_unstable(topic.name, partition.index)) {
        partition.error_code = error::kUnstableOffsetCommit;
        continue;
      }
      partition = answer_for(partition.index, group.offsets().find(topic.name, partition.index));
    }
  }
}

GroupAnswer fetch(const Broker& broker, const OffsetFetchRequest::Group& wanted, bool by_id,
                  bool is_stable_wanted) {
  GroupAnswer answer;
  answer.group_id = std::string(wanted.group_id);
  broker.groups().look_at(wanted.group_id, [&](const Group& group) {
    answer.error_code = group.check_fetch(
        {.member_id = wanted.member_id.value_or(""), .generation = wanted.member_epoch});
  });
  if (answer.error_code != error::kNone) return answer;
  if (!wanted.topics) {
    broker.groups().look_at(wanted.group_id, [&](const Group& group) {
      add_all(broker, group, by_id, answer);
      if (is_stable_wanted) fill(group, true, answer);
    });
    return answer;
  }
  for (const auto& topic : *wanted.topics)
    answer.topics.push_back(begin_topic(broker, topic, by_id));
  broker.groups().look_at(wanted.group_id,
                          [&](const Group& group) { fill(group, is_stable_wanted, answer); });
  return answer;
}

// The form that versions before 8 have for their one group.
OffsetFetchRequest::Group group_of(const OffsetFetchRequest& request) {
  OffsetFetchRequest::Group group{.group_id = request.group_id};
  if (!request.topics) return group;
  auto& topics = group.topics.emplace();
  for (const auto& topic : *request.topics) {
    topics.push_back({.name = topic.name, .partition_indexes = topic.partition_indexes});
  }
  return group;
}

void set_single(const GroupAnswer& group, OffsetFetchResponse& response) {
  response.error_code = group.error_code;
  for (const auto& topic : group.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      answer.partitions.push_back({partition.index, partition.committed_offset,
                                   partition.committed_leader_epoch, partition.metadata,
                                   partition.error_code});
    }
  }
}

}  // namespace

OffsetFetchResponse handle(Broker& broker, const Call& call, const OffsetFetchRequest& request) {
  OffsetFetchResponse response;
  if (call.version() < kFirstVersionWithGroups) {
    set_single(fetch(broker, group_of(request), false, request.require_stable), response);
    return response;
  }
  bool by_id = call.version() >= kFirstVersionWithIds;
  for (const auto& group : request.groups) {
    response.groups.push_back(fetch(broker, group, by_id, request.require_stable));
  }
  return response;
}

}  // namespace kappa::kafka
