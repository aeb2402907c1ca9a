#include "kafka/groups/partition_set.h"

#include <algorithm>
#include <iterator>

namespace kappa::kafka {

PartitionSet make_partition_set(std::vector<PartitionId> partitions) {
  std::sort(partitions.begin(), partitions.end());
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
  return partitions;
}

bool contains(const PartitionSet& set, const PartitionId& partition) {
  return std::binary_search(set.begin(), set.end(), partition);
}

bool contains_all(const PartitionSet& set, const PartitionSet& part) {
  return std::includes(set.begin(), set.end(), part.begin(), part.end());
}

PartitionSet intersection_of(const PartitionSet& a, const PartitionSet& b) {
  PartitionSet both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

PartitionSet difference_of(const PartitionSet& a, const PartitionSet& b) {
  PartitionSet rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

PartitionSet union_of(const PartitionSet& a, const PartitionSet& b) {
  PartitionSet all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

}  // namespace kappa::kafka
