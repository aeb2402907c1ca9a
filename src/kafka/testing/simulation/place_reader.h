#pragma once
// Reads partitions as consumers do: Fetch in any version from a position, and the committed offset
// that a group resumes at. What was read goes into the ledger. Confined to its process.

#include <optional>
#include <string>
#include <vector>

#include "kafka/testing/simulation/fetched_records.h"
#include "kafka/testing/simulation/membership.h"

namespace kappa::kafka::simulation {

class PlaceReader {
 public:
  PlaceReader(Site& site, Client& client, bool is_committed_only)
      : site_(site), client_(client), is_committed_only_(is_committed_only) {}

  // The records from the position on, which moves. nullopt: none came.
  Task<std::optional<FetchedRecords>> read(const TopicPartition& place, int64_t& position);
  // Where a member of the group goes on: checked against what was committed. nullopt: not now.
  Task<std::optional<int64_t>> find_position(const Membership& member, const TopicPartition& place,
                                             bool is_stable_wanted);

 private:
  using Answered = FetchResponse::Topic::Partition;

  FetchRequest request_for(const TopicPartition& place, int64_t position) const;
  std::optional<FetchedRecords> take(const TopicPartition& place, const Answered& answer,
                                     int64_t& position);
  void check_committed(const std::string& group, const TopicPartition& place, int64_t committed,
                       int64_t at_least);

  Site& site_;
  Client& client_;
  const bool is_committed_only_;
};

}  // namespace kappa::kafka::simulation
