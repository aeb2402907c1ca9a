#include "kafka/groups/consumer_records.h"

#include <algorithm>

#include "kafka/protocol/decoder.h"
#include "kafka/protocol/encoder.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kValueVersion = 0;

// --- the values, in the flexible encoding of messages

struct EpochValue {
  int32_t epoch = 0;
  int64_t topics_hash = 0;

  static constexpr auto kFields =
      std::tuple(field("epoch", &EpochValue::epoch),
                 field("metadata_hash", &EpochValue::topics_hash, {}, kNever, 0));
};

struct TargetEpochValue {
  int32_t epoch = 0;

  static constexpr auto kFields = std::tuple(field("assignment_epoch", &TargetEpochValue::epoch));
};

struct TopicValue {
  TopicId topic_id;
  std::vector<int32_t> partitions;

  friend bool operator==(const TopicValue&, const TopicValue&) = default;
  static constexpr auto kFields = std::tuple(field("topic_id", &TopicValue::topic_id),
                                             field("partitions", &TopicValue::partitions));
};

struct TargetValue {
  std::vector<TopicValue> topics;

  static constexpr auto kFields = std::tuple(field("topic_partitions", &TargetValue::topics));
};

struct StandingValue {
  int32_t epoch = 0;
  int32_t previous_epoch = 0;
  int8_t state = 0;
  std::vector<TopicValue> assigned;
  std::vector<TopicValue> revoking;

  static constexpr auto kFields = std::tuple(
      field("member_epoch", &StandingValue::epoch),
      field("previous_member_epoch", &StandingValue::previous_epoch),
      field("state", &StandingValue::state), field("assigned_partitions", &StandingValue::assigned),
      field("partitions_pending_revocation", &StandingValue::revoking));
};

struct ClassicValue {
  struct Protocol {
    std::string name;
    Bytes metadata;

    friend bool operator==(const Protocol&, const Protocol&) = default;
    static constexpr auto kFields =
        std::tuple(field("name", &Protocol::name), field("metadata", &Protocol::metadata));
  };
  int32_t session_timeout_ms = 0;
  std::vector<Protocol> protocols;

  friend bool operator==(const ClassicValue&, const ClassicValue&) = default;
  static constexpr auto kFields =
      std::tuple(field("session_timeout_ms", &ClassicValue::session_timeout_ms),
                 field("supported_protocols", &ClassicValue::protocols));
};

struct MemberValue {
  std::optional<std::string> instance_id;
  std::optional<std::string> rack_id;
  std::string client_id;
  std::string client_host;
  std::vector<std::string> topics;
  std::optional<std::string> regex;
  int32_t rebalance_timeout_ms = -1;
  std::optional<std::string> assignor;
  std::optional<ClassicValue> classic;

  static constexpr auto kFields = std::tuple(
      field("instance_id", &MemberValue::instance_id, {}, {}),
      field("rack_id", &MemberValue::rack_id, {}, {}), field("client_id", &MemberValue::client_id),
      field("client_host", &MemberValue::client_host),
      field("subscribed_topic_names", &MemberValue::topics),
      field("subscribed_topic_regex", &MemberValue::regex, {}, {}),
      field("rebalance_timeout_ms", &MemberValue::rebalance_timeout_ms),
      field("server_assignor", &MemberValue::assignor, {}, {}),
      field("classic_member_metadata", &MemberValue::classic, {}, {}, 0));
};

template <typename Value>
std::string written(const Value& value) {
  std::string bytes;
  Writer(bytes).i16(kValueVersion);
  Encoder(bytes, kValueVersion, true).write(value);
  return bytes;
}

template <typename Value>
bool read(std::string_view bytes, Value& value) {
  Reader version(bytes);
  if (version.i16() != kValueVersion || !version.ok()) return false;
  Decoder decoder(bytes.substr(sizeof(int16_t)), kValueVersion, true);
  decoder.read(value);
  return decoder.ok() && decoder.remaining() == 0;
}

}  // namespace

GroupRecord epoch_record(std::string_view group, const StoredEpoch& stored) {
  return {group_record_key(GroupRecordKey::Kind::kConsumerGroup, group),
          written(EpochValue{stored.epoch, stored.topics_hash})};
}

GroupRecord target_epoch_record(std::string_view group, int32_t epoch) {
  return {group_record_key(GroupRecordKey::Kind::kTargetEpoch, group),
          written(TargetEpochValue{epoch})};
}

GroupRecord target_record(std::string_view group, std::string_view member,
                          const PartitionSet& target) {
  return {group_record_key(GroupRecordKey::Kind::kMemberTarget, group, member),
          written(TargetValue{topics_of<TopicValue>(target)})};
}

GroupRecord standing_record(std::string_view group, const ConsumerMember& member) {
  StandingValue value{.epoch = member.epoch,
                      .previous_epoch = member.previous_epoch,
                      .state = static_cast<int8_t>(member.state),
                      .assigned = topics_of<TopicValue>(member.assigned),
                      .revoking = topics_of<TopicValue>(member.revoking)};
  return {group_record_key(GroupRecordKey::Kind::kMemberStanding, group, member.id),
          written(value)};
}

GroupRecord member_record(std::string_view group, const ConsumerMember& member) {
  MemberValue value{.instance_id = member.instance_id,
                    .rack_id = member.rack_id,
                    .client_id = member.client_id,
                    .client_host = member.client_host,
                    .topics = member.topics,
                    .rebalance_timeout_ms = member.rebalance_timeout_ms,
                    .assignor = member.assignor};
  if (!member.regex.empty()) value.regex = member.regex;
  if (member.classic) {
    auto& classic = value.classic.emplace();
    classic.session_timeout_ms = member.classic->session_timeout_ms;
    for (const auto& protocol : member.classic->protocols) {
      classic.protocols.push_back({protocol.name, Bytes{protocol.metadata}});
    }
  }
  return {group_record_key(GroupRecordKey::Kind::kConsumerMember, group, member.id),
          written(value)};
}

GroupRecord epoch_tombstone(std::string_view group) {
  return {group_record_key(GroupRecordKey::Kind::kConsumerGroup, group), std::nullopt};
}

GroupRecord target_epoch_tombstone(std::string_view group) {
  return {group_record_key(GroupRecordKey::Kind::kTargetEpoch, group), std::nullopt};
}

std::vector<GroupRecord> member_tombstones(std::string_view group, std::string_view member) {
  std::vector<GroupRecord> records;
  for (auto kind : {GroupRecordKey::Kind::kMemberStanding, GroupRecordKey::Kind::kMemberTarget,
                    GroupRecordKey::Kind::kConsumerMember}) {
    records.push_back({group_record_key(kind, group, member), std::nullopt});
  }
  return records;
}

std::optional<StoredEpoch> parse_epoch(std::string_view bytes) {
  EpochValue value;
  if (!read(bytes, value)) return std::nullopt;
  return StoredEpoch{value.epoch, value.topics_hash};
}

std::optional<int32_t> parse_target_epoch(std::string_view bytes) {
  TargetEpochValue value;
  if (!read(bytes, value)) return std::nullopt;
  return value.epoch;
}

std::optional<PartitionSet> parse_target(std::string_view bytes) {
  TargetValue value;
  if (!read(bytes, value)) return std::nullopt;
  return partitions_in(value.topics);
}

bool parse_member(std::string_view bytes, ConsumerMember& member) {
  MemberValue value;
  if (!read(bytes, value)) return false;
  member.instance_id = std::move(value.instance_id);
  member.rack_id = std::move(value.rack_id);
  member.client_id = std::move(value.client_id);
  member.client_host = std::move(value.client_host);
  member.topics = std::move(value.topics);
  member.regex = value.regex.value_or("");
  member.rebalance_timeout_ms = value.rebalance_timeout_ms;
  member.assignor = std::move(value.assignor);
  if (!value.classic) return true;
  if (value.classic->protocols.empty()) return false;
  auto& classic = member.classic.emplace();
  classic.session_timeout_ms = value.classic->session_timeout_ms;
  for (const auto& protocol : value.classic->protocols) {
    classic.protocols.push_back({protocol.name, std::string(protocol.metadata.data)});
  }
  return true;
}

bool parse_standing(std::string_view bytes, ConsumerMember& member) {
  StandingValue value;
  if (!read(bytes, value)) return false;
  constexpr auto kLast = static_cast<int8_t>(MemberState::kUnreleased);
  if (value.state < 0 || value.state > kLast) return false;
  member.epoch = value.epoch;
  member.previous_epoch = value.previous_epoch;
  member.state = static_cast<MemberState>(value.state);
  member.assigned = partitions_in(value.assigned);
  member.revoking = difference_of(partitions_in(value.revoking), member.assigned);
  return true;
}

}  // namespace kappa::kafka
