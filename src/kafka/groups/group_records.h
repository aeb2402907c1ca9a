#pragma once
// What groups keep in the log, in the formats of Kafka's __consumer_offsets, so that tools for it
// can read ours (docs/formats/groups.md). A record's key says what it is about; a record without
// value says that it is gone.
//
//   offset  key version 1: group, topic, partition    value version 3, or 1 if it expires on a date
//   group   key version 2: group                      value version 3
//
// consumer_records.h has those of groups of the newer protocol.
//
// Functions are pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "kafka/journal/topic_journal.h"

namespace kappa::kafka {

struct CommittedOffset {
  int64_t offset = -1;
  int32_t leader_epoch = -1;
  std::string metadata;
  int64_t commit_ms = -1;             // wall clock
  std::optional<int64_t> expires_ms;  // only from clients that ask for a retention of their own

  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

struct StoredMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  int32_t rebalance_timeout_ms = 0;
  int32_t session_timeout_ms = 0;
  std::string subscription;  // its metadata for the group's protocol
  std::string assignment;

  friend bool operator==(const StoredMember&, const StoredMember&) = default;
};

// A group in a stable generation, or without members.
struct StoredGroup {
  std::string protocol_type;
  int32_t generation = 0;
  std::optional<std::string> protocol_name;
  std::optional<std::string> leader;
  int64_t state_since_ms = -1;
  std::vector<StoredMember> members;

  friend bool operator==(const StoredGroup&, const StoredGroup&) = default;
};

using GroupRecord = JournalRecord;

GroupRecord offset_record(std::string_view group, std::string_view topic, int32_t partition,
                          const CommittedOffset& committed);
GroupRecord offset_tombstone(std::string_view group, std::string_view topic, int32_t partition);
GroupRecord group_record(std::string_view group, const StoredGroup& stored);
GroupRecord group_tombstone(std::string_view group);

struct GroupRecordKey {
  // The numbers are those of Kafka's keys. Other: of a newer version; to be passed over.
  enum class Kind : int16_t {
    kOther = -1,
    kOffset = 1,
    kGroup = 2,
    kConsumerGroup = 3,
    kConsumerMember = 5,
    kTargetEpoch = 6,
    kMemberTarget = 7,
    kMemberStanding = 8,
  };
  Kind kind = Kind::kOther;
  std::string group;
  std::string topic;  // of an offset
  int32_t partition = -1;
  std::string member;  // of what is about one
};

// Of a group, or of a member of it.
std::string group_record_key(GroupRecordKey::Kind kind, std::string_view group,
                             std::optional<std::string_view> member = {});

// nullopt: damaged.
std::optional<GroupRecordKey> parse_group_key(std::string_view bytes);
// nullopt: damaged, or of a version that we do not read.
std::optional<CommittedOffset> parse_offset(std::string_view bytes);
std::optional<StoredGroup> parse_group(std::string_view bytes);

}  // namespace kappa::kafka
