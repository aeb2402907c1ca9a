// The records of groups of the newer protocol, to the byte.

#include "kafka/groups/consumer_records.h"

#include <gtest/gtest.h>

#include <random>

namespace kappa::kafka {
namespace {

using namespace std::string_literals;
using Kind = GroupRecordKey::Kind;

TopicId topic() {
  TopicId id;
  id.bytes[15] = 9;
  return id;
}

ConsumerMember example() {
  ConsumerMember member{.id = "m",
                        .instance_id = "i",
                        .client_id = "c",
                        .client_host = "/h",
                        .topics = {"t"},
                        .rebalance_timeout_ms = 5};
  member.state = MemberState::kUnrevoked;
  member.epoch = 3;
  member.previous_epoch = 2;
  member.assigned = {{topic(), 0}, {topic(), 2}};
  member.revoking = {{topic(), 1}};
  return member;
}

TEST(ConsumerRecords, AGroupIsItsEpoch) {
  auto record = epoch_record("g", {4, 0});
  EXPECT_EQ(record.key, "\0\x03\0\x01g"s);
  EXPECT_EQ(record.value, "\0\0\0\0\0\x04\0"s);
  auto with_hash = epoch_record("g", {4, 258});
  EXPECT_EQ(with_hash.value, "\0\0\0\0\0\x04\x01\0\x08\0\0\0\0\0\0\x01\x02"s);
  EXPECT_EQ(parse_epoch(*with_hash.value)->epoch, 4);
  EXPECT_EQ(parse_epoch(*with_hash.value)->topics_hash, 258);
  EXPECT_EQ(epoch_tombstone("g").key, record.key);
  auto target = target_epoch_record("g", 4);
  EXPECT_EQ(target.key, "\0\x06\0\x01g"s);
  EXPECT_EQ(target.value, "\0\0\0\0\0\x04\0"s);
  EXPECT_EQ(parse_target_epoch(*target.value), 4);
}

TEST(ConsumerRecords, AMemberIsWhoItIs) {
  auto record = member_record("g", example());
  EXPECT_EQ(record.key, "\0\x05\0\x01g\0\x01m"s);
  EXPECT_EQ(record.value,
            "\0\0\x02i\0\x02"
            "c\x03/h\x02\x02t\0\0\0\0\x05\0\0"s);
  ConsumerMember read;
  ASSERT_TRUE(parse_member(*record.value, read));
  EXPECT_EQ(read.instance_id, "i");
  EXPECT_EQ(read.topics, std::vector<std::string>{"t"});
  EXPECT_EQ(read.rebalance_timeout_ms, 5);
  EXPECT_FALSE(read.classic);
}

TEST(ConsumerRecords, AClassicMemberHasItsProtocols) {
  ConsumerMember member = example();
  member.classic = ClassicSide{7, {{"range", "data"}}};
  ConsumerMember read;
  ASSERT_TRUE(parse_member(*member_record("g", member).value, read));
  EXPECT_EQ(read.classic, member.classic);
}

TEST(ConsumerRecords, AMemberStandsWhereItStands) {
  auto record = standing_record("g", example());
  EXPECT_EQ(record.key, "\0\x08\0\x01g\0\x01m"s);
  std::string id = std::string(15, '\0') + "\x09";
  EXPECT_EQ(record.value, "\0\0\0\0\0\x03\0\0\0\x02\x01\x02"s + id + "\x03\0\0\0\0\0\0\0\x02\0"s +
                              "\x02"s + id + "\x02\0\0\0\x01\0\0"s);
  ConsumerMember read;
  ASSERT_TRUE(parse_standing(*record.value, read));
  EXPECT_TRUE(read.owns_alike(example()));
  auto target = target_record("g", "m", example().assigned);
  EXPECT_EQ(target.key, "\0\x07\0\x01g\0\x01m"s);
  EXPECT_EQ(parse_target(*target.value), example().assigned);
}

TEST(ConsumerRecords, KeysAreReadAsWhatTheyAre) {
  for (const auto& record : member_tombstones("g", "m")) {
    auto key = parse_group_key(record.key);
    ASSERT_TRUE(key);
    EXPECT_EQ(key->group, "g");
    EXPECT_EQ(key->member, "m");
  }
  EXPECT_EQ(parse_group_key(epoch_tombstone("g").key)->kind, Kind::kConsumerGroup);
  EXPECT_FALSE(parse_group_key("\0\x05\0\x01g"s)) << "without its member";
  EXPECT_EQ(parse_group_key("\0\x10\0\x01g\0\x01r"s)->kind, Kind::kOther) << "a resolved pattern";
}

TEST(ConsumerRecords, NoShortenedOrDamagedValueIsReadAsAWholeOne) {
  std::string standing = *standing_record("g", example()).value;
  std::string member = *member_record("g", example()).value;
  ConsumerMember read;
  for (size_t size = 0; size < standing.size(); ++size) {
    EXPECT_FALSE(parse_standing(standing.substr(0, size), read));
  }
  for (size_t size = 0; size < member.size(); ++size) {
    EXPECT_FALSE(parse_member(member.substr(0, size), read));
  }
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = i % 2 == 0 ? standing : member;
    for (int flips = 0; flips < 3; ++flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    if (parse_standing(damaged, read)) {
      EXPECT_TRUE(intersection_of(read.assigned, read.revoking).empty());
    }
    parse_member(damaged, read);  // without harm
  }
}

}  // namespace
}  // namespace kappa::kafka
