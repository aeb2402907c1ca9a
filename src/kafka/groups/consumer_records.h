#pragma once
// What groups of the newer protocol (KIP-848) keep in the log, in the formats of Kafka's
// __consumer_offsets (docs/formats/groups.md): one record per group and two or three per member, so
// that a change of one member is one small record.
//
//   key version 3  group                      its epoch
//               5  group, member              who it is and what it subscribes to
//               6  group                      the epoch of the target assignment
//               7  group, member              the member's target
//               8  group, member              where the member stands
//
// Functions are pure.

#include <optional>
#include <string_view>

#include "kafka/groups/consumer_member.h"
#include "kafka/groups/group_records.h"

namespace kappa::kafka {

struct StoredEpoch {
  int32_t epoch = 0;
  int64_t topics_hash = 0;  // of what the members subscribe to, as of this epoch
};

GroupRecord epoch_record(std::string_view group, const StoredEpoch& stored);
GroupRecord member_record(std::string_view group, const ConsumerMember& member);
GroupRecord target_epoch_record(std::string_view group, int32_t epoch);
GroupRecord target_record(std::string_view group, std::string_view member,
                          const PartitionSet& target);
GroupRecord standing_record(std::string_view group, const ConsumerMember& member);

GroupRecord epoch_tombstone(std::string_view group);
GroupRecord target_epoch_tombstone(std::string_view group);
// All that is kept of a member.
std::vector<GroupRecord> member_tombstones(std::string_view group, std::string_view member);

// nullopt: damaged, or of a version that we do not read.
std::optional<StoredEpoch> parse_epoch(std::string_view bytes);
std::optional<int32_t> parse_target_epoch(std::string_view bytes);
std::optional<PartitionSet> parse_target(std::string_view bytes);
// These fill their part of the member.
bool parse_member(std::string_view bytes, ConsumerMember& member);
bool parse_standing(std::string_view bytes, ConsumerMember& member);

}  // namespace kappa::kafka
