// The records of __consumer_offsets, to the byte.

#include "kafka/groups/group_records.h"

#include <gtest/gtest.h>

#include <random>

namespace kappa::kafka {
namespace {

using namespace std::string_literals;

TEST(GroupRecords, AnOffsetIsWrittenAsKafkaWritesIt) {
  CommittedOffset committed{.offset = 258, .leader_epoch = 3, .metadata = "m", .commit_ms = 5};
  auto record = offset_record("g", "tt", 7, committed);
  EXPECT_EQ(record.key, "\0\x01\0\x01g\0\x02tt\0\0\0\x07"s);
  EXPECT_EQ(record.value, "\0\x03\0\0\0\0\0\0\x01\x02\0\0\0\x03\0\x01m\0\0\0\0\0\0\0\x05"s);
  EXPECT_EQ(parse_offset(*record.value), committed);
  auto key = parse_group_key(record.key);
  EXPECT_EQ(key->kind, GroupRecordKey::Kind::kOffset);
  EXPECT_EQ(key->group, "g");
  EXPECT_EQ(key->topic, "tt");
  EXPECT_EQ(key->partition, 7);
  EXPECT_EQ(offset_tombstone("g", "tt", 7).key, record.key);
  EXPECT_FALSE(offset_tombstone("g", "tt", 7).value);
}

TEST(GroupRecords, AnOffsetThatExpiresHasTheOlderVersion) {
  CommittedOffset committed{.offset = 1, .commit_ms = 5, .expires_ms = 9};
  auto record = offset_record("g", "t", 0, committed);
  EXPECT_EQ(record.value, "\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x09"s);
  EXPECT_EQ(parse_offset(*record.value), committed);
}

StoredGroup example() {
  return {.protocol_type = "consumer",
          .generation = 4,
          .protocol_name = "range",
          .leader = "a-1",
          .state_since_ms = 6,
          .members = {{.id = "a-1",
                       .instance_id = "a",
                       .client_id = "c",
                       .client_host = "/h",
                       .rebalance_timeout_ms = 2,
                       .session_timeout_ms = 1,
                       .subscription = "sub",
                       .assignment = "ass"}}};
}

TEST(GroupRecords, AGroupIsWrittenAsKafkaWritesIt) {
  auto record = group_record("g", example());
  EXPECT_EQ(record.key, "\0\x02\0\x01g"s);
  EXPECT_EQ(record.value,
            "\0\x03\0\x08"
            "consumer\0\0\0\x04\0\x05range\0\x03"
            "a-1\0\0\0\0\0\0\0\x06"
            "\0\0\0\x01\0\x03"
            "a-1\0\x01"
            "a\0\x01"
            "c\0\x02/h\0\0\0\x02\0\0\0\x01"
            "\0\0\0\x03sub\0\0\0\x03"
            "ass"s);
  EXPECT_EQ(parse_group(*record.value), example());
  EXPECT_EQ(parse_group_key(record.key)->kind, GroupRecordKey::Kind::kGroup);
  EXPECT_EQ(group_tombstone("g").key, record.key);
}

TEST(GroupRecords, AnEmptyGroupHasNoProtocolAndNoLeader) {
  StoredGroup empty{.protocol_type = "consumer", .generation = 2, .state_since_ms = 1};
  auto record = group_record("g", empty);
  EXPECT_EQ(record.value,
            "\0\x03\0\x08"
            "consumer\0\0\0\x02\xff\xff\xff\xff\0\0\0\0\0\0\0\x01\0\0\0\0"s);
  EXPECT_EQ(parse_group(*record.value), empty);
}

TEST(GroupRecords, NewerKeysAreOfAnotherKindAndDamagedOnesOfNone) {
  EXPECT_EQ(parse_group_key("\0\x04\0\x01g"s)->kind, GroupRecordKey::Kind::kOther);
  for (const auto& damaged :
       {""s, "\0"s, "\0\x02\0\x05g"s, "\0\x02\0\x01gg"s, "\0\x02\xff\xffg"s}) {
    EXPECT_FALSE(parse_group_key(damaged)) << damaged.size();
  }
}

TEST(GroupRecords, NoShortenedValueIsReadAsAWholeOne) {
  std::string group = *group_record("g", example()).value;
  for (size_t size = 0; size < group.size(); ++size)
    EXPECT_FALSE(parse_group(group.substr(0, size)));
  EXPECT_FALSE(parse_group(group + "x"));
  std::string offset = *offset_record("g", "t", 1, {.offset = 1, .metadata = "m"}).value;
  for (size_t size = 0; size < offset.size(); ++size) {
    EXPECT_FALSE(parse_offset(offset.substr(0, size)));
  }
}

TEST(GroupRecords, DamagedBytesAreReadWithoutHarm) {
  std::mt19937 random(7);
  std::string group = *group_record("g", example()).value;
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = group;
    for (int flips = 0; flips < 3; ++flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    auto parsed = parse_group(damaged);  // a count or length that is too large is refused unread
    if (parsed) {
      EXPECT_EQ(group_record("g", *parsed).value->size(), damaged.size());
    }
  }
}

}  // namespace
}  // namespace kappa::kafka
