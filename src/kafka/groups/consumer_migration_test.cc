// Groups that go from the classic protocol to the newer one and back, with and without members.

#include "base/bytes.h"
#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

// A subscription of version 1, as consumers of the classic protocol write it.
std::string subscription(const std::vector<std::string>& topics,
                         const std::vector<TopicPartition>& owned = {}) {
  std::string bytes;
  Writer writer(bytes);
  writer.i16(1);
  writer.i32(static_cast<int32_t>(topics.size()));
  for (const auto& topic : topics) {
    writer.i16(static_cast<int16_t>(topic.size()));
    writer.raw(topic);
  }
  writer.i32(-1);
  // What is owned has the form of an assignment, without its version and user data.
  std::string places = write_assignment(0, owned);
  writer.raw(std::string_view(places).substr(2, places.size() - 6));
  return bytes;
}

std::vector<TopicPartition> places(std::vector<int32_t> indexes) {
  std::vector<TopicPartition> all;
  for (int32_t index : indexes) all.push_back({"t", index});
  return all;
}

std::vector<TopicPartition> places_in(const std::string& assignment) {
  return parse_assignment(assignment)->partitions;
}

class ConsumerMigrationTest : public ConsumerGroupTestBase {
 protected:
  explicit ConsumerMigrationTest(MigrationPolicy policy = MigrationPolicy::kBidirectional)
      : ConsumerGroupTestBase(with(policy)) {
    make_topic("t", 4);
  }
  static GroupOptions with(MigrationPolicy policy) {
    GroupOptions options = quick();
    options.migration_policy = policy;
    return options;
  }
  JoinWish wish(const std::string& member_id = "", const std::vector<TopicPartition>& owned = {}) {
    return {.member_id = member_id, .protocols = {{"range", subscription({"t"}, owned)}}};
  }
  // A classic group of one member that reads everything.
  std::shared_ptr<Joining> classic_member() {
    auto joined = join_new(wish());
    pass_ms(0);
    sync(*joined, {{joined->member_id, write_assignment(1, places({0, 1, 2, 3}))}});
    return joined;
  }

  Consumer newer_{.id = "newer"};
};

TEST_F(ConsumerMigrationTest, AGroupWithoutMembersChangesItsProtocol) {
  auto old = stable_member();
  commit(claim(*old), 3);
  leave(old->member_id);
  EXPECT_EQ(beat(newer_).epoch, 3) << "epochs go on where generations stopped";
  EXPECT_EQ(type_of(), "consumer");
  EXPECT_EQ(committed(), 3);
  restart();
  EXPECT_EQ(type_of(), "consumer");
  leave(newer_);
  auto again = classic_member();
  EXPECT_EQ(again->generation, 5);
  EXPECT_EQ(type_of(), "classic");
  restart();
  EXPECT_EQ(type_of(), "classic");
  EXPECT_EQ(heartbeat(*again), error::kNone);
}

TEST_F(ConsumerMigrationTest, ClassicMembersGoOnInAGroupOfTheNewerProtocol) {
  auto old = classic_member();
  EXPECT_EQ(beat(newer_).assignment, PartitionSet()) << "all is the classic member's";
  EXPECT_EQ(type_of(), "consumer");
  EXPECT_EQ(described().members.at(0).member_type + described().members.at(1).member_type, 1);
  // It is told to join again, with what it owns, and learns what to give up.
  EXPECT_EQ(heartbeat(*old), error::kRebalanceInProgress);
  auto rejoined = join(wish(old->member_id, places({0, 1, 2, 3})));
  EXPECT_EQ(rejoined->error, error::kNone);
  EXPECT_EQ(rejoined->protocol, "range");
  EXPECT_FALSE(rejoined->is_leader());
  auto synced = sync(*rejoined);
  ASSERT_EQ(synced->error, error::kNone);
  auto kept = places_in(synced->assignment);
  EXPECT_EQ(kept.size(), 2u);
  EXPECT_EQ(beat(newer_).assignment, std::nullopt) << "not given up yet";
  EXPECT_EQ(heartbeat(*rejoined), error::kRebalanceInProgress);
  rejoined = join(wish(old->member_id, kept));
  synced = sync(*rejoined);
  EXPECT_EQ(places_in(synced->assignment), kept);
  EXPECT_EQ(heartbeat(*rejoined), error::kNone);
  EXPECT_EQ(beat(newer_).assignment->size(), 2u);
  EXPECT_EQ(state_of(), "Stable");
  EXPECT_EQ(commit(claim(*rejoined), 9), error::kNone);
  EXPECT_EQ(commit(claim(*old), 9), error::kIllegalGeneration);
}

TEST_F(ConsumerMigrationTest, AHalfMigratedGroupOutlivesARestart) {
  auto old = classic_member();
  beat(newer_);
  restart();
  EXPECT_EQ(heartbeat(*old), error::kRebalanceInProgress);
  auto rejoined = join(wish(old->member_id));  // an eager one: it has given up everything
  auto synced = sync(*rejoined);
  EXPECT_EQ(places_in(synced->assignment).size(), 2u);
  EXPECT_EQ(beat(newer_).assignment->size(), 2u);
}

TEST_F(ConsumerMigrationTest, WhenOnlyClassicMembersAreLeftTheGroupIsClassicAgain) {
  auto old = classic_member();
  beat(newer_);
  auto rejoined = join(wish(old->member_id));
  sync(*rejoined);
  leave(newer_);
  EXPECT_EQ(type_of(), "classic");
  EXPECT_EQ(state(), "PreparingRebalance");
  auto last = join(wish(old->member_id));
  pass_ms(0);
  EXPECT_EQ(last->error, error::kNone);
  EXPECT_TRUE(last->is_leader());
  sync(*last, {{last->member_id, write_assignment(1, places({0, 1, 2, 3}))}});
  restart();
  EXPECT_EQ(type_of(), "classic");
  EXPECT_EQ(heartbeat(*last), error::kNone);
}

TEST_F(ConsumerMigrationTest, AClassicMemberComesIntoAGroupOfTheNewerProtocol) {
  settle({&newer_});
  auto old = join_new(wish());
  EXPECT_EQ(old->error, error::kNone);
  EXPECT_EQ(places_in(sync(*old)->assignment).size(), 0u);
  EXPECT_EQ(heartbeat(*old), error::kNone) << "there is nothing for it yet";
  settle({&newer_});
  EXPECT_EQ(heartbeat(*old), error::kRebalanceInProgress) << "now there is";
  auto rejoined = join(wish(old->member_id));
  EXPECT_EQ(places_in(sync(*rejoined)->assignment).size(), 2u);
  EXPECT_EQ(heartbeat(*rejoined), error::kNone);
  // It goes, and the other one reads everything again.
  EXPECT_EQ(leave(old->member_id), error::kNone);
  settle({&newer_});
  EXPECT_EQ(newer_.owned.size(), 4u);
}

TEST_F(ConsumerMigrationTest, AClassicMemberThatIsSilentHasFailed) {
  settle({&newer_});
  auto old = join_new(wish());
  sync(*old);
  for (int second = 0; second < 10; second += 5) {
    pass_ms(5'000);
    beat(newer_);
  }
  EXPECT_EQ(described().members.size(), 1u);
  EXPECT_EQ(heartbeat(*old), error::kUnknownMemberId);
}

TEST_F(ConsumerMigrationTest, WhoIsNoConsumerCannotComeIn) {
  settle({&newer_});
  EXPECT_EQ(join({.protocol_type = "connect"})->error, error::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.protocols = {{"range", "rubbish"}}})->error, error::kInconsistentGroupProtocol);
}

TEST_F(ConsumerMigrationTest, OtherGroupsDoNotMigrate) {
  auto worker = stable_member({.protocol_type = "connect"});
  EXPECT_EQ(beat(newer_).error, error::kGroupIdNotFound);
  EXPECT_EQ(type_of(), "classic");
  EXPECT_EQ(heartbeat(*worker), error::kNone);
}

TEST_F(ConsumerMigrationTest, NeitherDoConsumersWithAnAssignorThatSaysMore) {
  auto joined = join_new(wish());
  pass_ms(0);
  std::string assignment = write_assignment(1, places({0}));
  assignment.replace(assignment.size() - 4, 4, std::string("\0\0\0\1x", 5));
  sync(*joined, {{joined->member_id, assignment}});
  EXPECT_EQ(beat(newer_).error, error::kGroupIdNotFound);
}

TEST_F(ConsumerMigrationTest, ARebalanceIsWaitedFor) {
  auto joined = join_new(wish());
  pass_ms(0);
  EXPECT_EQ(state(), "CompletingRebalance");
  EXPECT_EQ(beat(newer_).error, error::kCoordinatorLoadInProgress);
}

class NoMigrationTest : public ConsumerMigrationTest {
 protected:
  NoMigrationTest() : ConsumerMigrationTest(MigrationPolicy::kDisabled) {}
};

TEST_F(NoMigrationTest, GroupsWithMembersStayWhatTheyAre) {
  auto old = classic_member();
  EXPECT_EQ(beat(newer_).error, error::kGroupIdNotFound);
  EXPECT_EQ(heartbeat(*old), error::kNone);
  leave(old->member_id);
  EXPECT_EQ(beat(newer_).error, error::kNone) << "without members it may";
  auto guest = join_new(wish());
  leave(newer_);
  EXPECT_EQ(type_of(), "consumer") << "though all members are classic";
  EXPECT_EQ(guest->error, error::kNone);
}

}  // namespace
}  // namespace kappa::kafka
