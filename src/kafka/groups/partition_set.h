#pragma once
// Sets of partitions, as groups of the newer protocol hand them around: sorted vectors, ascending
// and none twice, so that sets are compared, united and subtracted in one pass. Functions are pure.

#include <cstdint>
#include <vector>

#include "base/types.h"

namespace kappa::kafka {

struct PartitionId {
  TopicId topic;
  int32_t index = 0;

  friend auto operator<=>(const PartitionId&, const PartitionId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const PartitionId& id) {
    return H::combine(std::move(h), id.topic, id.index);
  }
};

using PartitionSet = std::vector<PartitionId>;

// From partitions in any order, perhaps twice.
PartitionSet make_partition_set(std::vector<PartitionId> partitions);
bool contains(const PartitionSet& set, const PartitionId& partition);
bool contains_all(const PartitionSet& set, const PartitionSet& part);
PartitionSet intersection_of(const PartitionSet& a, const PartitionSet& b);
PartitionSet difference_of(const PartitionSet& a, const PartitionSet& b);  // what is in a only
PartitionSet union_of(const PartitionSet& a, const PartitionSet& b);

// From messages and to them, which list partitions by topic.
template <typename Topics>
PartitionSet partitions_in(const Topics& topics) {
  std::vector<PartitionId> partitions;
  for (const auto& topic : topics) {
    for (int32_t index : topic.partitions) partitions.push_back({topic.topic_id, index});
  }
  return make_partition_set(std::move(partitions));
}
template <typename Topic>
std::vector<Topic> topics_of(const PartitionSet& set) {
  std::vector<Topic> topics;
  for (const auto& partition : set) {
    if (topics.empty() || topics.back().topic_id != partition.topic) {
      topics.emplace_back().topic_id = partition.topic;
    }
    topics.back().partitions.push_back(partition.index);
  }
  return topics;
}

}  // namespace kappa::kafka
