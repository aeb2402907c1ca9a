#pragma once
// Opens many partitions at once. Most of the time of opening one goes by waiting for the disk, so
// several threads do it, each taking the next one that is left; where the machine has no threads
// (simulation), the calling one does it all, in order. What is found does not depend on it.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "log/segment_partition.h"

namespace kappa::log {

// One partition, and what came of it.
struct PartitionOpening {
  std::string directory;
  TopicConfig config;
  StatusOr<std::shared_ptr<SegmentPartition>> opened = internal_error("not opened");
  std::vector<std::string> notes;
};

// As SegmentPartition::open for each; all are tried.
void open_partitions(env::Env& env, Flusher& flusher, Housekeeper& housekeeper,
                     std::span<PartitionOpening> openings);

}  // namespace kappa::log
