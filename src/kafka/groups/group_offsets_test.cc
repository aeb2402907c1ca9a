// Committed offsets: who may commit, deletion and retention.

#include "base/bytes.h"
#include "kafka/testing/group_test_base.h"

namespace kappa::kafka {
namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;

// A consumer's subscription, as clients encode it.
std::string subscription(const std::string& topic) {
  std::string bytes;
  Writer writer(bytes);
  writer.i16(0);
  writer.i32(1);
  writer.i16(static_cast<int16_t>(topic.size()));
  writer.raw(topic);
  writer.i32(-1);
  return bytes;
}

class GroupOffsetsTest : public GroupTestBase {
 protected:
  GroupOffsetsTest() { KAPPA_CHECK_OK(log_->create_topic("t", 4, {}).status()); }

  std::optional<int16_t> delete_offset(int32_t partition, const std::string& topic = "t") {
    std::optional<int16_t> outcome;
    coordinator_->delete_offsets("g", {{topic, partition}},
                                 [&outcome](int16_t error, const std::vector<int16_t>& errors) {
                                   outcome = error == error::kNone ? errors.at(0) : error;
                                 });
    env_.run_workers();
    return outcome;
  }
  std::optional<int16_t> delete_group() {
    std::optional<int16_t> outcome;
    coordinator_->delete_group("g", [&outcome](int16_t error) { outcome = error; });
    env_.run_workers();
    return outcome;
  }
  // Sessions of half an hour, and heartbeats, while days pass.
  void pass_days(int days, const Joining& member) {
    for (int64_t passed = 0; passed < days * kDayMs; passed += 1'000'000) {
      pass_ms(1'000'000);
      EXPECT_EQ(heartbeat(member), error::kNone);
    }
  }
};

TEST_F(GroupOffsetsTest, ACommitIsAnsweredWhenItIsDurable) {
  auto member = stable_member();
  auto outcome = begin_commit(claim(*member), 42);
  EXPECT_FALSE(outcome->has_value());
  EXPECT_FALSE(committed()) << "what a crash could take back is not seen";
  env_.run_workers();
  EXPECT_EQ(*outcome, error::kNone);
  EXPECT_EQ(committed(), 42);
}

TEST_F(GroupOffsetsTest, TheLastCommitCounts) {
  auto member = stable_member();
  auto first = begin_commit(claim(*member), 1);
  auto second = begin_commit(claim(*member), 2);
  env_.run_workers();
  EXPECT_EQ(committed(), 2);
  commit(claim(*member), 1);
  EXPECT_EQ(committed(), 1) << "going back is allowed";
}

TEST_F(GroupOffsetsTest, AConsumerWithoutAGroupCommitsToAnEmptyOne) {
  EXPECT_EQ(commit({}, 7), error::kNone);
  EXPECT_EQ(committed(), 7);
  EXPECT_EQ(state(), "Empty");
  auto member = stable_member();
  EXPECT_EQ(commit({}, 8), error::kUnknownMemberId) << "not while it has members";
  EXPECT_EQ(committed(), 7);
}

TEST_F(GroupOffsetsTest, OnlyMembersOfTheGenerationCommit) {
  auto member = stable_member();
  EXPECT_EQ(commit({"stranger", {}, 1}, 1), error::kUnknownMemberId);
  EXPECT_EQ(commit({member->member_id, {}, 2}, 1), error::kIllegalGeneration);
  EXPECT_EQ(commit({member->member_id, {}, 1}, 1), error::kNone);
  EXPECT_EQ(commit({"stranger", {}, 1}, 1, 0, "no such group"), error::kIllegalGeneration);
}

TEST_F(GroupOffsetsTest, MembersMayCommitWhileTheyPrepareAndNotWhileTheyComplete) {
  auto member = stable_member();
  join_new();
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(commit(claim(*member), 3), error::kNone) << "what it has read before it rejoins";
  auto rejoined = join({.member_id = member->member_id});
  EXPECT_EQ(state(), "CompletingRebalance");
  EXPECT_EQ(commit(claim(*rejoined), 4), error::kRebalanceInProgress);
}

TEST_F(GroupOffsetsTest, ACommitIsASignOfLife) {
  auto member = stable_member();
  pass_ms(9'999);
  commit(claim(*member), 1);
  pass_ms(9'999);
  EXPECT_EQ(heartbeat(*member), error::kNone);
}

TEST_F(GroupOffsetsTest, AFailedWriteIsToldAndNotSeen) {
  auto member = stable_member();
  commit(claim(*member), 1);
  env_.fail_call(1, env::Failure::kError);
  EXPECT_EQ(commit(claim(*member), 2), error::kNotCoordinator);
  EXPECT_EQ(committed(), 1);
}

TEST_F(GroupOffsetsTest, OffsetsAreDeletedWhenNobodyReadsTheTopic) {
  EXPECT_EQ(delete_offset(0), error::kGroupIdNotFound);
  auto member = stable_member({.protocols = {{"range", subscription("t")}}});
  commit(claim(*member), 5, 0);
  commit(claim(*member), 6, 1);
  EXPECT_EQ(delete_offset(0), error::kGroupSubscribedToTopic);
  EXPECT_EQ(delete_offset(0, "other"), error::kNone) << "there was nothing";
  leave(member->member_id);
  EXPECT_EQ(delete_offset(0), error::kNone);
  EXPECT_FALSE(committed(0));
  EXPECT_EQ(committed(1), 6);
  restart();
  EXPECT_FALSE(committed(0)) << "deletions are durable";
}

TEST_F(GroupOffsetsTest, OtherTypesOfGroupsMustBeEmptyForADeletion) {
  auto worker = stable_member({.protocols = {{"p", ""}}, .protocol_type = "connect"});
  commit(claim(*worker), 5);
  EXPECT_EQ(delete_offset(0), error::kNonEmptyGroup);
}

TEST_F(GroupOffsetsTest, AGroupIsDeletedWithItsOffsets) {
  EXPECT_EQ(delete_group(), error::kGroupIdNotFound);
  auto member = stable_member();
  commit(claim(*member), 5);
  EXPECT_EQ(delete_group(), error::kNonEmptyGroup);
  leave(member->member_id);
  EXPECT_EQ(delete_group(), error::kNone);
  EXPECT_EQ(state(), "none");
  restart();
  EXPECT_EQ(state(), "none");
}

TEST_F(GroupOffsetsTest, ADeletionReachesACommitOnItsWay) {
  auto outcome = begin_commit({}, 5);
  EXPECT_EQ(delete_group(), error::kNone);
  EXPECT_EQ(*outcome, error::kNone);
  EXPECT_EQ(state(), "none");
  restart();
  EXPECT_EQ(state(), "none") << "it would be back otherwise";
}

TEST_F(GroupOffsetsTest, OffsetsOfATopicGoWithIt) {
  commit({}, 5);
  coordinator_->forget_topic("t");
  env_.run_workers();
  EXPECT_EQ(state(), "none") << "nothing is left of a group without members";
}

// --- retention

TEST_F(GroupOffsetsTest, OffsetsExpireAWeekAfterTheLastMemberHasLeft) {
  auto member = stable_member({.session_timeout_ms = 1'800'000});
  commit(claim(*member), 5);
  pass_days(8, *member);
  EXPECT_EQ(committed(), 5) << "the group is in use";
  leave(member->member_id);
  pass_ms(7 * kDayMs - 700'000);
  EXPECT_EQ(committed(), 5);
  pass_ms(1'400'000);
  EXPECT_EQ(state(), "none") << "and the group with them";
  restart();
  EXPECT_EQ(state(), "none");
}

TEST_F(GroupOffsetsTest, WithoutMembersTheTimeOfTheCommitCounts) {
  commit({}, 1, 0);
  pass_ms(4 * kDayMs);
  commit({}, 2, 1);
  pass_ms(3 * kDayMs + 700'000);
  EXPECT_FALSE(committed(0));
  EXPECT_EQ(committed(1), 2);
  pass_ms(4 * kDayMs);
  EXPECT_EQ(state(), "none");
}

TEST_F(GroupOffsetsTest, AConsumerGroupLosesWhatItNoLongerReads) {
  commit({}, 1);
  auto member = stable_member(
      {.protocols = {{"range", subscription("other")}}, .session_timeout_ms = 1'800'000});
  pass_days(8, *member);
  EXPECT_FALSE(committed());
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupOffsetsTest, AClientMaySayHowLongItsOffsetsStay) {
  CommittedOffset brief{.offset = 1, .commit_ms = env_.wall_ms()};
  brief.expires_ms = env_.wall_ms() + 3'600'000;
  coordinator_->commit("g", {}, 0, {{{"t", 0}, brief}}, [](int16_t) {});
  pass_ms(3'000'000);
  EXPECT_EQ(committed(), 1);
  pass_ms(1'300'000);
  EXPECT_EQ(state(), "none");
}

TEST_F(GroupOffsetsTest, TheRetentionGoesOnOverARestart) {
  commit({}, 1);
  pass_ms(6 * kDayMs);
  restart();
  EXPECT_EQ(committed(), 1);
  pass_ms(1 * kDayMs + 700'000);
  EXPECT_EQ(state(), "none");
}

}  // namespace
}  // namespace kappa::kafka
