// What is left of groups when the process stops: everything that was acknowledged.

#include <fmt/format.h>

#include "kafka/testing/group_test_base.h"
#include "log/batch_builder.h"

namespace kappa::kafka {
namespace {

class GroupRestartTest : public GroupTestBase {
 protected:
  GroupRestartTest() { KAPPA_CHECK_OK(log_->create_topic("t", 4, {}).status()); }

  // Appends one record to the groups' topic, as somebody else would have.
  void write(std::string_view key, std::string_view value) {
    auto topic = log_->find_topic(kGroupTopic);
    auto partition = log_->partition(topic->id, 0);
    log::BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .key = key, .value = value});
    (*partition)->append_internal(*std::move(builder).build(), log::Acks::kAll, [](auto) {});
    env_.run_workers();
  }
};

TEST_F(GroupRestartTest, MembersGoOnWithoutARebalance) {
  auto leader = join_new({.protocols = {{"range", "one"}}});
  auto follower = join_new({.protocols = {{"range", "two"}}});
  pass_ms(0);
  auto waiting = sync(*follower);
  sync(*leader, {{leader->member_id, "a"}, {follower->member_id, "b"}});
  commit(claim(*leader), 17, 3);
  restart();
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(*leader), error::kNone);
  EXPECT_EQ(heartbeat(*follower), error::kNone);
  EXPECT_EQ(sync(*follower)->assignment, "b");
  EXPECT_EQ(committed(3), 17);
  EXPECT_EQ(commit(claim(*follower), 18, 3), error::kNone);
  auto rejoined = join({.member_id = follower->member_id, .protocols = {{"range", "two"}}});
  EXPECT_EQ(rejoined->generation, 1);
  EXPECT_EQ(rejoined->leader, leader->member_id);
}

TEST_F(GroupRestartTest, MembersThatAreGoneFailAfterAWholeSession) {
  auto member = stable_member();
  pass_ms(9'000);
  restart();
  pass_ms(9'999);
  EXPECT_EQ(state(), "Stable");
  pass_ms(1);
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(heartbeat(*member), error::kUnknownMemberId);
}

TEST_F(GroupRestartTest, AnUnfinishedRebalanceIsBegunAgain) {
  auto first = stable_member();
  auto second = join_new();
  auto rejoined = join({.member_id = first->member_id});
  EXPECT_EQ(rejoined->generation, 2);
  restart();
  EXPECT_EQ(heartbeat(*rejoined), error::kIllegalGeneration) << "only generation 1 was durable";
  EXPECT_EQ(join({.member_id = second->member_id})->error, error::kUnknownMemberId);
  EXPECT_FALSE(join({.member_id = first->member_id})->error);
}

TEST_F(GroupRestartTest, AnEmptyGroupStaysEmpty) {
  auto member = stable_member();
  commit(claim(*member), 3);
  leave(member->member_id);
  restart();
  EXPECT_EQ(state(), "Empty");
  EXPECT_EQ(committed(), 3);
  EXPECT_EQ(stable_member()->generation, 3) << "numbers of generations are not used twice";
}

TEST_F(GroupRestartTest, OffsetsOfATopicThatIsGoneAreDropped) {
  commit({}, 3);
  auto topic = log_->find_topic("t");
  ASSERT_TRUE(log_->delete_topic(topic->id).ok());
  restart();
  env_.run_workers();
  EXPECT_EQ(state(), "none");
  KAPPA_CHECK_OK(log_->create_topic("t", 4, {}).status());
  restart();
  EXPECT_FALSE(committed()) << "a new topic of that name begins without them";
}

TEST_F(GroupRestartTest, RecordsOfUnknownKindsArePassedOver) {
  commit({}, 3);
  write(std::string("\0\x09whatever", 10), "something newer");
  restart();
  EXPECT_EQ(committed(), 3);
}

TEST_F(GroupRestartTest, ADamagedRecordStopsTheStart) {
  commit({}, 3);
  write(offset_tombstone("g", "t", 0).key, "\x7f\x7f rubbish");
  stop();
  auto log = log::Log::open(env_, {.directory = "data"});
  auto opened = GroupCoordinator::open(env_, **log, timers_, options_);
  EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss);
  EXPECT_NE(message_of(opened.status()).find("__consumer_offsets"), std::string_view::npos);
}

// The power fails at every write in turn, in the middle of it; after it the offset of each
// partition is the last one acknowledged, or the one that was under way.
TEST_F(GroupRestartTest, ACrashAtAnyWriteLosesNoAcknowledgedCommit) {
  constexpr int kCommits = 4;
  uint64_t crashes = 0;
  for (uint64_t at = 1;; ++at) {
    int64_t acknowledged = committed().value_or(-1);
    int64_t tried = acknowledged;
    env_.fail_call(at, env::Failure::kPowerOff);
    for (int i = 0; i < kCommits && !env_.is_off(); ++i) {
      ++tried;
      if (commit({}, tried) == error::kNone) acknowledged = tried;
    }
    bool has_crashed = env_.is_off();
    restart(at % 2 == 0 ? env::Loss::kTorn : env::Loss::kUnsynced);
    int64_t found = committed().value_or(-1);
    EXPECT_GE(found, acknowledged) << "call " << at;
    EXPECT_LE(found, tried) << "call " << at;
    crashes += has_crashed;
    if (!has_crashed) break;
  }
  EXPECT_GE(crashes, 2u * kCommits) << "a write and a sync for each commit";
}

// The same while a group forms: afterwards it is whole, in the old generation or the new one.
TEST_F(GroupRestartTest, ACrashAtAnyWriteLeavesAWholeGroup) {
  for (uint64_t at = 1;; ++at) {
    std::string id = fmt::format("g{}", at);
    env_.fail_call(at, env::Failure::kPowerOff);
    auto joined = join_new({.group = id});
    pass_ms(0);
    auto synced = sync(*joined, {{joined->member_id, "all"}}, id);
    bool is_told = synced->is_answered && synced->error == error::kNone;
    bool has_crashed = env_.is_off();
    restart(env::Loss::kTorn);
    EXPECT_TRUE(!is_told || state(id) == "Stable") << "call " << at;
    if (state(id) == "Stable") {
      EXPECT_EQ(sync(*joined, {}, id)->assignment, "all");
    }
    if (!has_crashed) break;
    ASSERT_LT(at, 100u);
  }
}

}  // namespace
}  // namespace kappa::kafka
