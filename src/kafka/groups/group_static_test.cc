// Static members (KIP-345): they keep their share when they are restarted, and fence who has their
// name.

#include "kafka/testing/group_test_base.h"

namespace kappa::kafka {
namespace {

class GroupStaticTest : public GroupTestBase {
 protected:
  static JoinWish wish(const std::string& instance, const std::string& member_id = "") {
    return {.member_id = member_id, .instance_id = instance};
  }
};

TEST_F(GroupStaticTest, IsGivenItsIdAtOnce) {
  auto joined = join(wish("one"));
  pass_ms(0);
  EXPECT_EQ(joined->error, error::kNone);
  EXPECT_TRUE(joined->member_id.starts_with("one-"));
}

TEST_F(GroupStaticTest, ARestartedMemberKeepsItsShareWithoutARebalance) {
  auto old = stable_member(wish("one"));
  auto renewed = join(wish("one"));
  EXPECT_EQ(renewed->error, error::kNone);
  EXPECT_EQ(renewed->generation, old->generation);
  EXPECT_NE(renewed->member_id, old->member_id);
  EXPECT_TRUE(renewed->is_leader());
  EXPECT_TRUE(renewed->skip_assignment) << "it leads, and the assignment stands";
  EXPECT_EQ(renewed->members.size(), 1u);
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(sync(*renewed)->assignment, "everything");
}

TEST_F(GroupStaticTest, AnOlderClientIsNotToldThatItLeads) {
  auto old = stable_member(wish("one"));
  auto again = wish("one");
  again.version = 8;
  auto renewed = join(again);
  EXPECT_EQ(renewed->leader, old->member_id) << "or it would assign anew, for nobody";
  EXPECT_FALSE(renewed->skip_assignment);
  EXPECT_TRUE(renewed->members.empty());
}

TEST_F(GroupStaticTest, WhoHasTheOldIdIsFenced) {
  auto old = stable_member(wish("one"));
  join(wish("one"));
  EXPECT_EQ(join(wish("one", old->member_id))->error, error::kFencedInstanceId);
  MemberClaim claim{old->member_id, "one", old->generation};
  EXPECT_EQ(coordinator_->heartbeat("g", claim), error::kFencedInstanceId);
  EXPECT_EQ(commit(claim, 1), error::kFencedInstanceId);
  EXPECT_EQ(leave(old->member_id, "one"), error::kFencedInstanceId);
  EXPECT_EQ(heartbeat(*old), error::kUnknownMemberId);
}

TEST_F(GroupStaticTest, ARequestThatWaitsIsFencedToo) {
  auto first = stable_member(wish("one"));
  auto second = join(wish("two"));
  EXPECT_FALSE(second->is_answered);
  auto renewed = join(wish("two"));
  EXPECT_EQ(second->error, error::kFencedInstanceId);
  auto rejoined = join(wish("one", first->member_id));
  EXPECT_EQ(renewed->generation, 2);
  EXPECT_EQ(rejoined->members.size(), 2u);
}

TEST_F(GroupStaticTest, AnotherProtocolMeansARebalance) {
  auto first = wish("one");
  first.protocols = {{"range", ""}, {"sticky", ""}};
  stable_member(first);
  first.protocols = {{"sticky", ""}, {"range", ""}};
  auto renewed = join(first);
  EXPECT_EQ(renewed->generation, 2);
  EXPECT_EQ(renewed->protocol, "sticky");
}

TEST_F(GroupStaticTest, ARestartWhileTheGroupSyncsMeansARebalance) {
  auto old = join(wish("one"));
  pass_ms(0);
  EXPECT_EQ(state(), "CompletingRebalance");
  auto renewed = join(wish("one"));
  EXPECT_EQ(renewed->generation, 2);
  EXPECT_TRUE(renewed->is_leader());
}

TEST_F(GroupStaticTest, AStaticMemberIsMissedOnlyWhenItsSessionEnds) {
  auto silent = wish("one");
  silent.session_timeout_ms = 50'000;
  silent.rebalance_timeout_ms = 10'000;
  stable_member(silent);
  auto other = wish("two");
  other.rebalance_timeout_ms = 10'000;
  auto second = join(other);
  pass_ms(10'000);
  EXPECT_EQ(second->generation, 2);
  EXPECT_TRUE(second->is_leader()) << "one who is there leads";
  EXPECT_EQ(second->members.size(), 2u) << "and assigns to the silent one too";
}

TEST_F(GroupStaticTest, AnAdministratorSendsItAwayByName) {
  stable_member(wish("one"));
  EXPECT_EQ(leave("", "nobody"), error::kUnknownMemberId);
  EXPECT_EQ(leave("", "one"), error::kNone);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(GroupStaticTest, AnUnknownNameIsNoMember) {
  auto joined = stable_member();
  EXPECT_EQ(join(wish("one", joined->member_id))->error, error::kUnknownMemberId);
  auto id = join({})->member_id;
  EXPECT_EQ(join(wish("one", id))->error, error::kUnknownServerError)
      << "ids in advance are not for it";
}

TEST_F(GroupStaticTest, TheNewIdIsDurable) {
  auto old = stable_member(wish("one"));
  auto renewed = join(wish("one"));
  restart();
  EXPECT_EQ(heartbeat(*renewed), error::kNone);
  EXPECT_EQ(heartbeat(*old), error::kUnknownMemberId);
}

}  // namespace
}  // namespace kappa::kafka
