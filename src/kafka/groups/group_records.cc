#include "kafka/groups/group_records.h"

#include "base/bytes.h"

namespace kappa::kafka {
namespace {

using Kind = GroupRecordKey::Kind;

constexpr int16_t kOffsetValueVersion = 3;
constexpr int16_t kExpiringOffsetValueVersion = 1;
constexpr int16_t kGroupValueVersion = 3;
constexpr size_t kMemberBytesMin = 24;  // of a member whose texts are all empty

void write_text(Writer& writer, std::string_view text) {
  writer.i16(static_cast<int16_t>(text.size()));
  writer.raw(text);
}

void write_optional(Writer& writer, const std::optional<std::string>& text) {
  if (text) return write_text(writer, *text);
  writer.i16(-1);
}

void write_bytes(Writer& writer, std::string_view bytes) {
  writer.i32(static_cast<int32_t>(bytes.size()));
  writer.raw(bytes);
}

std::optional<std::string> read_optional(Reader& reader) {
  int16_t length = reader.i16();
  if (length == -1) return std::nullopt;
  if (length < 0) return reader.fail(), std::nullopt;
  return std::string(reader.view(static_cast<size_t>(length)));
}

std::string read_text(Reader& reader) {
  auto text = read_optional(reader);
  if (!text) reader.fail();
  return text.value_or(std::string());
}

std::string read_bytes(Reader& reader) {
  int32_t length = reader.i32();
  if (length < 0) return reader.fail(), std::string();
  return std::string(reader.view(static_cast<size_t>(length)));
}

std::string offset_key(std::string_view group, std::string_view topic, int32_t partition) {
  std::string key;
  Writer writer(key);
  writer.i16(static_cast<int16_t>(Kind::kOffset));
  write_text(writer, group);
  write_text(writer, topic);
  writer.i32(partition);
  return key;
}

// Version 0 is an older offset's. Other: no kind of ours.
Kind kind_of(int16_t version) {
  if (version == 0) return Kind::kOffset;
  switch (auto kind = static_cast<Kind>(version)) {
    case Kind::kOffset:
    case Kind::kGroup:
    case Kind::kConsumerGroup:
    case Kind::kConsumerMember:
    case Kind::kTargetEpoch:
    case Kind::kMemberTarget:
    case Kind::kMemberStanding:
      return kind;
    case Kind::kOther:
      break;
  }
  return Kind::kOther;
}

bool is_about_a_member(Kind kind) {
  return kind == Kind::kConsumerMember || kind == Kind::kMemberTarget ||
         kind == Kind::kMemberStanding;
}

std::string offset_value(const CommittedOffset& committed) {
  std::string value;
  Writer writer(value);
  writer.i16(committed.expires_ms ? kExpiringOffsetValueVersion : kOffsetValueVersion);
  writer.i64(committed.offset);
  if (!committed.expires_ms) writer.i32(committed.leader_epoch);
  write_text(writer, committed.metadata);
  writer.i64(committed.commit_ms);
  if (committed.expires_ms) writer.i64(*committed.expires_ms);
  return value;
}

void write_member(Writer& writer, const StoredMember& member) {
  write_text(writer, member.id);
  write_optional(writer, member.instance_id);
  write_text(writer, member.client_id);
  write_text(writer, member.client_host);
  writer.i32(member.rebalance_timeout_ms);
  writer.i32(member.session_timeout_ms);
  write_bytes(writer, member.subscription);
  write_bytes(writer, member.assignment);
}

StoredMember read_member(Reader& reader) {
  StoredMember member;
  member.id = read_text(reader);
  member.instance_id = read_optional(reader);
  member.client_id = read_text(reader);
  member.client_host = read_text(reader);
  member.rebalance_timeout_ms = reader.i32();
  member.session_timeout_ms = reader.i32();
  member.subscription = read_bytes(reader);
  member.assignment = read_bytes(reader);
  return member;
}

std::string group_value(const StoredGroup& stored) {
  std::string value;
  Writer writer(value);
  writer.i16(kGroupValueVersion);
  write_text(writer, stored.protocol_type);
  writer.i32(stored.generation);
  write_optional(writer, stored.protocol_name);
  write_optional(writer, stored.leader);
  writer.i64(stored.state_since_ms);
  writer.i32(static_cast<int32_t>(stored.members.size()));
  for (const auto& member : stored.members) write_member(writer, member);
  return value;
}

}  // namespace

std::string group_record_key(Kind kind, std::string_view group,
                             std::optional<std::string_view> member) {
  std::string key;
  Writer writer(key);
  writer.i16(static_cast<int16_t>(kind));
  write_text(writer, group);
  if (member) write_text(writer, *member);
  return key;
}

GroupRecord offset_record(std::string_view group, std::string_view topic, int32_t partition,
                          const CommittedOffset& committed) {
  return {offset_key(group, topic, partition), offset_value(committed)};
}

GroupRecord offset_tombstone(std::string_view group, std::string_view topic, int32_t partition) {
  return {offset_key(group, topic, partition), std::nullopt};
}

GroupRecord group_record(std::string_view group, const StoredGroup& stored) {
  return {group_record_key(Kind::kGroup, group), group_value(stored)};
}

GroupRecord group_tombstone(std::string_view group) {
  return {group_record_key(Kind::kGroup, group), std::nullopt};
}

std::optional<GroupRecordKey> parse_group_key(std::string_view bytes) {
  Reader reader(bytes);
  GroupRecordKey key;
  int16_t version = reader.i16();
  if (!reader.ok()) return std::nullopt;
  key.kind = kind_of(version);
  if (key.kind == Kind::kOther) return key;
  key.group = read_text(reader);
  if (key.kind == Kind::kOffset) {
    key.topic = read_text(reader);
    key.partition = reader.i32();
  }
  if (is_about_a_member(key.kind)) key.member = read_text(reader);
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return key;
}

std::optional<CommittedOffset> parse_offset(std::string_view bytes) {
  Reader reader(bytes);
  int16_t version = reader.i16();
  if (version != kOffsetValueVersion && version != kExpiringOffsetValueVersion) return std::nullopt;
  CommittedOffset committed;
  committed.offset = reader.i64();
  if (version == kOffsetValueVersion) committed.leader_epoch = reader.i32();
  committed.metadata = read_text(reader);
  committed.commit_ms = reader.i64();
  if (version == kExpiringOffsetValueVersion) committed.expires_ms = reader.i64();
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return committed;
}

std::optional<StoredGroup> parse_group(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.i16() != kGroupValueVersion) return std::nullopt;
  StoredGroup stored;
  stored.protocol_type = read_text(reader);
  stored.generation = reader.i32();
  stored.protocol_name = read_optional(reader);
  stored.leader = read_optional(reader);
  stored.state_since_ms = reader.i64();
  int32_t count = reader.i32();
  if (count < 0 || static_cast<size_t>(count) > reader.remaining() / kMemberBytesMin) {
    return std::nullopt;
  }
  stored.members.reserve(static_cast<size_t>(count));
  for (int32_t i = 0; i < count; ++i) stored.members.push_back(read_member(reader));
  if (!reader.ok() || reader.remaining() != 0) return std::nullopt;
  return stored;
}

}  // namespace kappa::kafka
