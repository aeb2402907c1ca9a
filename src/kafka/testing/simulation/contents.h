#pragma once
// What every partition holds, as a client finds it that reads all of it, with and without what is
// not committed.

#include <map>
#include <string>

#include "kafka/testing/simulation/fetched_records.h"
#include "kafka/testing/simulation/process.h"

namespace kappa::kafka::simulation {

struct PlaceContents {
  int64_t log_start = 0;
  int64_t high_watermark = 0;
  int64_t last_stable = 0;
  std::map<int64_t, FetchedRecord> all;        // by offset
  std::map<int64_t, FetchedRecord> committed;  // by offset
};

using Contents = std::map<TopicPartition, PlaceContents>;

// Reads at once, past the simulated network: for moments when nothing else happens.
Contents read_contents(Site& site);
// What the group has committed for the place; -1: nothing.
int64_t read_committed_offset(Site& site, const std::string& group, const TopicPartition& place);

}  // namespace kappa::kafka::simulation
