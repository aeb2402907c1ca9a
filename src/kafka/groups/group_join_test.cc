// Groups come together: JoinGroup and SyncGroup, the first rebalance and those after it.

#include "kafka/testing/group_test_base.h"

namespace kappa::kafka {
namespace {

class GroupJoinTest : public GroupTestBase {
 protected:
  // Two members with assignments "a" and "b"; the first one leads.
  struct Pair {
    std::shared_ptr<Joining> leader, follower;
  };
  Pair stable_pair() {
    auto leader = join_new();
    auto follower = join_new();
    pass_ms(0);
    auto waiting = sync(*follower);
    EXPECT_FALSE(waiting->is_answered) << "followers wait for the leader";
    auto led = sync(*leader, {{leader->member_id, "a"}, {follower->member_id, "b"}});
    EXPECT_EQ(led->assignment, "a");
    EXPECT_EQ(waiting->assignment, "b");
    return {leader, follower};
  }
  JoinWish again(const Joining& joined) { return {.member_id = joined.member_id}; }
};

TEST_F(GroupJoinTest, AGroupComesTogetherAndSharesTheWork) {
  auto [leader, follower] = stable_pair();
  EXPECT_EQ(leader->error, error::kNone);
  EXPECT_EQ(leader->generation, 1);
  EXPECT_EQ(leader->protocol, "range");
  EXPECT_TRUE(leader->is_leader());
  EXPECT_EQ(leader->members.size(), 2u);
  EXPECT_EQ(follower->generation, 1);
  EXPECT_EQ(follower->leader, leader->member_id);
  EXPECT_TRUE(follower->members.empty()) << "only the leader is told who the members are";
  EXPECT_EQ(state(), "Stable");
  EXPECT_EQ(heartbeat(*leader), error::kNone);
  EXPECT_EQ(heartbeat(*follower), error::kNone);
}

TEST_F(GroupJoinTest, ClientsMustKnowTheirIdFromVersion4On) {
  auto refused = join({.version = 4});
  EXPECT_EQ(refused->error, error::kMemberIdRequired);
  EXPECT_TRUE(refused->member_id.starts_with("client-"));
  EXPECT_EQ(state(), "Empty");
  auto joined = join({.member_id = refused->member_id, .version = 4});
  pass_ms(0);
  EXPECT_EQ(joined->member_id, refused->member_id);
  EXPECT_EQ(joined->generation, 1);
}

TEST_F(GroupJoinTest, OlderClientsGetTheirIdWithTheAnswer) {
  auto joined = join({.version = 3});
  EXPECT_FALSE(joined->is_answered);
  pass_ms(0);
  EXPECT_EQ(joined->error, error::kNone);
  EXPECT_TRUE(joined->member_id.starts_with("client-"));
}

TEST_F(GroupJoinTest, AnIdThatIsNeverUsedIsForgottenWithItsGroup) {
  auto refused = join({});
  EXPECT_EQ(state(), "Empty");
  pass_ms(10'001);
  EXPECT_EQ(state(), "none");
  EXPECT_EQ(join({.member_id = refused->member_id})->error, error::kUnknownMemberId);
  EXPECT_EQ(timers_.count(), 1u) << "only the coordinator's own timer is left";
}

TEST_F(GroupJoinTest, RefusesWhatIsNoMember) {
  EXPECT_EQ(join({.member_id = "stranger"})->error, error::kUnknownMemberId);
  EXPECT_EQ(join({.group = ""})->error, error::kInvalidGroupId);
  EXPECT_EQ(join({.session_timeout_ms = 5'999})->error, error::kInvalidSessionTimeout);
  EXPECT_EQ(join({.session_timeout_ms = 1'800'001})->error, error::kInvalidSessionTimeout);
  EXPECT_EQ(join({.protocols = {}})->error, error::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.protocol_type = ""})->error, error::kInconsistentGroupProtocol);
  Joining nobody;
  EXPECT_EQ(sync(nobody)->error, error::kUnknownMemberId);
  EXPECT_EQ(sync(nobody, {}, "")->error, error::kInvalidGroupId);
  EXPECT_EQ(heartbeat(nobody), error::kUnknownMemberId);
  EXPECT_EQ(leave("stranger"), error::kUnknownMemberId);
  EXPECT_EQ(state(), "none") << "none of this makes a group";
}

TEST_F(GroupJoinTest, MembersNeedAProtocolInCommon) {
  stable_member({.protocols = {{"range", ""}, {"sticky", ""}}});
  EXPECT_EQ(join({.protocols = {{"roundrobin", ""}}})->error, error::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.protocol_type = "connect"})->error, error::kInconsistentGroupProtocol);
  EXPECT_EQ(join({.protocols = {{"sticky", ""}}})->error, error::kMemberIdRequired);
}

TEST_F(GroupJoinTest, TheProtocolThatMostLikeBestIsChosen) {
  auto a = join_new({.protocols = {{"range", "ra"}, {"sticky", "sa"}, {"only-a", ""}}});
  auto b = join_new({.protocols = {{"sticky", "sb"}, {"range", "rb"}}});
  auto c = join_new({.protocols = {{"only-c", ""}, {"sticky", "sc"}, {"range", "rc"}}});
  pass_ms(0);
  EXPECT_EQ(a->protocol, "sticky") << "two of three prefer it among those that all speak";
  EXPECT_EQ(a->members.at(c->member_id), "sc");
}

TEST_F(GroupJoinTest, AnyTypeOfGroupIsServed) {
  auto worker = stable_member({.protocols = {{"sessioned", "state"}}, .protocol_type = "connect"});
  EXPECT_EQ(worker->protocol, "sessioned");
  EXPECT_EQ(state(), "Stable");
}

TEST_F(GroupJoinTest, ANewMemberMakesTheGroupRebalance) {
  auto first = stable_member();
  auto second = join_new();
  EXPECT_FALSE(second->is_answered);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(heartbeat(*first), error::kRebalanceInProgress);
  EXPECT_EQ(sync(*first)->error, error::kRebalanceInProgress);
  auto rejoined = join(again(*first));
  EXPECT_EQ(rejoined->generation, 2) << "all are there: nothing more to wait for";
  EXPECT_EQ(second->generation, 2);
  EXPECT_EQ(rejoined->leader, first->member_id) << "the leader stays";
  EXPECT_EQ(heartbeat(*first), error::kIllegalGeneration);
}

TEST_F(GroupJoinTest, WhoDoesNotRejoinInTimeIsOut) {
  auto slow = stable_member({.session_timeout_ms = 100'000, .rebalance_timeout_ms = 20'000});
  auto quick = join_new({.rebalance_timeout_ms = 10'000});
  pass_ms(19'999);
  EXPECT_FALSE(quick->is_answered) << "the longest timeout counts";
  pass_ms(1);
  EXPECT_EQ(quick->generation, 2);
  EXPECT_TRUE(quick->is_leader());
  EXPECT_EQ(quick->members.size(), 1u);
  EXPECT_EQ(heartbeat(*slow), error::kUnknownMemberId);
}

TEST_F(GroupJoinTest, TheLeaderMayAskForARebalanceAndAnUnchangedFollowerMayNot) {
  auto [leader, follower] = stable_pair();
  auto unchanged = join(again(*follower));
  EXPECT_EQ(unchanged->generation, 1) << "it gets the current generation again, at once";
  EXPECT_EQ(state(), "Stable");
  auto changed = again(*follower);
  changed.protocols = {{"range", "other topics"}};
  EXPECT_FALSE(join(changed)->is_answered);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(join(again(*leader))->generation, 2);
  EXPECT_EQ(state(), "CompletingRebalance");
}

TEST_F(GroupJoinTest, ALeaderThatRejoinsMakesAStableGroupRebalance) {
  auto [leader, follower] = stable_pair();
  EXPECT_FALSE(join(again(*leader))->is_answered);
  EXPECT_EQ(state(), "PreparingRebalance");
}

TEST_F(GroupJoinTest, AnAnswerThatWasLostIsGivenAgain) {
  auto joined = join_new();
  pass_ms(0);
  EXPECT_EQ(state(), "CompletingRebalance");
  auto repeated = join(again(*joined));
  EXPECT_EQ(repeated->generation, joined->generation);
  EXPECT_EQ(repeated->members.size(), 1u);
  auto synced = sync(*joined, {{joined->member_id, "all"}});
  EXPECT_EQ(synced->assignment, "all");
  EXPECT_EQ(sync(*joined)->assignment, "all") << "a stable group gives the share again";
}

TEST_F(GroupJoinTest, ARepeatedJoinAnswersTheOneBefore) {
  auto first = stable_member();
  auto id = join({})->member_id;
  auto lost = join({.member_id = id});
  auto repeated = join({.member_id = id});
  EXPECT_EQ(lost->error, error::kRebalanceInProgress);
  join(again(*first));
  EXPECT_EQ(repeated->generation, 2);
}

TEST_F(GroupJoinTest, AMemberThatComesWhileOthersSyncStartsOver) {
  auto [leader, follower] = stable_pair();
  auto third = join_new();
  auto rejoined = join(again(*leader));
  auto followed = join(again(*follower));
  EXPECT_EQ(followed->generation, 2);
  auto waiting = sync(*followed);
  auto fourth = join_new();
  EXPECT_EQ(waiting->error, error::kRebalanceInProgress);
  EXPECT_EQ(state(), "PreparingRebalance");
  EXPECT_EQ(sync(*rejoined, {})->error, error::kRebalanceInProgress);
}

TEST_F(GroupJoinTest, WhoDoesNotSyncInTimeIsOut) {
  auto leader = join_new({.session_timeout_ms = 100'000, .rebalance_timeout_ms = 10'000});
  auto follower = join_new({.session_timeout_ms = 100'000, .rebalance_timeout_ms = 10'000});
  pass_ms(0);
  auto waiting = sync(*follower);
  pass_ms(10'000);
  EXPECT_EQ(waiting->error, error::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(*leader), error::kUnknownMemberId) << "the leader has not synced";
  EXPECT_EQ(join(again(*follower))->members.size(), 1u);
}

TEST_F(GroupJoinTest, OldGenerationsAreRefused) {
  auto [leader, follower] = stable_pair();
  Joining old = *follower;
  old.generation = 0;
  EXPECT_EQ(sync(old)->error, error::kIllegalGeneration);
  EXPECT_EQ(heartbeat(old), error::kIllegalGeneration);
  EXPECT_EQ(commit(claim(old), 5), error::kIllegalGeneration);
}

TEST_F(GroupJoinTest, ProtocolsAreCheckedAtSync) {
  auto joined = stable_member();
  SyncGroupRequest request{.group_id = "g",
                           .generation_id = joined->generation,
                           .member_id = joined->member_id,
                           .protocol_type = "connect"};
  int16_t error = -1;
  auto answer = [&error](const SyncGroupResponse& response) { error = response.error_code; };
  coordinator_->sync(request, answer);
  EXPECT_EQ(error, error::kInconsistentGroupProtocol);
  request.protocol_type = "consumer";
  request.protocol_name = "sticky";
  coordinator_->sync(request, answer);
  EXPECT_EQ(error, error::kInconsistentGroupProtocol);
  request.protocol_name = "range";
  coordinator_->sync(request, answer);
  EXPECT_EQ(error, error::kNone);
}

// --- members go

TEST_F(GroupJoinTest, ASilentMemberIsOutAfterItsSession) {
  auto [leader, follower] = stable_pair();
  pass_ms(9'999);
  EXPECT_EQ(heartbeat(*leader), error::kNone);
  pass_ms(1);
  EXPECT_EQ(heartbeat(*leader), error::kRebalanceInProgress);
  EXPECT_EQ(heartbeat(*follower), error::kUnknownMemberId);
  auto alone = join(again(*leader));
  EXPECT_EQ(alone->generation, 2);
  EXPECT_EQ(alone->members.size(), 1u);
}

TEST_F(GroupJoinTest, AMemberThatWaitsForItsAnswerDoesNotFail) {
  auto first = stable_member({.session_timeout_ms = 60'000, .rebalance_timeout_ms = 50'000});
  auto second = join_new({.rebalance_timeout_ms = 50'000});
  pass_ms(49'999);
  EXPECT_FALSE(second->is_answered) << "its session of 10 s begins with the answer";
  pass_ms(1);
  EXPECT_EQ(second->generation, 2);
  pass_ms(9'999);
  EXPECT_EQ(heartbeat(*second), error::kNone);
}

TEST_F(GroupJoinTest, MembersThatWaitForOthersOutliveTheirSession) {
  JoinWish slow{.session_timeout_ms = 90'000, .rebalance_timeout_ms = 50'000};
  JoinWish quick{.session_timeout_ms = 10'000, .rebalance_timeout_ms = 50'000};
  auto leader = join_new(slow);
  auto follower = join_new(quick);
  pass_ms(0);
  auto waiting = sync(*follower);
  pass_ms(30'000);
  EXPECT_FALSE(waiting->is_answered) << "the leader takes its time";
  sync(*leader, {{follower->member_id, "b"}});
  EXPECT_EQ(waiting->assignment, "b");
  join_new(slow);
  quick.member_id = follower->member_id;
  auto rejoined = join(quick);
  pass_ms(49'999);
  EXPECT_FALSE(rejoined->is_answered);
  pass_ms(1);
  EXPECT_EQ(rejoined->error, error::kNone);
  EXPECT_EQ(rejoined->generation, 2) << "and the slow one is out";
}

TEST_F(GroupJoinTest, ANewMemberWaitsForFiveMinutesAtMost) {
  stable_member({.session_timeout_ms = 1'800'000, .rebalance_timeout_ms = 1'800'000});
  auto second = join_new();
  pass_ms(299'999);
  EXPECT_FALSE(second->is_answered);
  pass_ms(1);
  EXPECT_EQ(second->error, error::kUnknownMemberId);
}

TEST_F(GroupJoinTest, AMemberThatLeavesIsNotWaitedFor) {
  auto [leader, follower] = stable_pair();
  EXPECT_EQ(leave(leader->member_id), error::kNone);
  EXPECT_EQ(heartbeat(*follower), error::kRebalanceInProgress);
  auto alone = join(again(*follower));
  EXPECT_TRUE(alone->is_leader()) << "somebody else leads";
  EXPECT_EQ(leave(leader->member_id), error::kUnknownMemberId);
  EXPECT_EQ(leave(follower->member_id), error::kNone);
  EXPECT_EQ(state(), "Empty");
}

TEST_F(GroupJoinTest, LeavingAnswersWhatWaits) {
  auto first = stable_member();
  auto second = join_new();
  auto id = [&] {
    std::string found;
    coordinator_->look_at("g", [&](const Group& group) {
      for (const auto& [member_id, member] : group.roster().members()) {
        if (member_id != first->member_id) found = member_id;
      }
    });
    return found;
  }();
  EXPECT_EQ(leave(id), error::kNone);
  EXPECT_EQ(second->error, error::kUnknownMemberId);
}

TEST_F(GroupJoinTest, APendingMemberHoldsTheRebalanceUpUntilItJoinsOrFails) {
  auto first = stable_member({.session_timeout_ms = 60'000});
  auto second = join_new({.session_timeout_ms = 60'000});
  auto pending = join({.session_timeout_ms = 6'000});
  auto rejoined = join(again(*first));
  EXPECT_FALSE(rejoined->is_answered) << "a third one was given an id";
  pass_ms(6'000);
  EXPECT_EQ(rejoined->generation, 2);
  EXPECT_EQ(rejoined->members.size(), 2u);
  EXPECT_EQ(leave(pending->member_id), error::kUnknownMemberId);
}

TEST_F(GroupJoinTest, AnEmptyGroupStartsOverWithAnotherTypeOfMember) {
  auto consumer = stable_member();
  leave(consumer->member_id);
  auto worker = stable_member({.protocols = {{"compatible", ""}}, .protocol_type = "connect"});
  EXPECT_EQ(worker->generation, 3) << "the empty one was generation 2";
}

// --- limits

class GroupLimitsTest : public GroupTestBase {
 protected:
  GroupLimitsTest() : GroupTestBase(small()) {}
  static GroupOptions small() {
    GroupOptions options = quick();
    options.members_max = 2;
    options.group_bytes_max = 100'000;
    options.pending_members_max = 3;
    return options;
  }
};

TEST_F(GroupLimitsTest, AFullGroupTakesNobodyElse) {
  auto a = join_new({.version = 3});
  auto b = join_new({.version = 3});
  EXPECT_EQ(join({.version = 3})->error, error::kGroupMaxSizeReached);
  pass_ms(0);
  sync(*a, {});
  EXPECT_EQ(join({.version = 3})->error, error::kGroupMaxSizeReached);
  EXPECT_EQ(join({.member_id = b->member_id})->error, error::kNone) << "who is in may ask again";
}

TEST_F(GroupLimitsTest, WhatMembersSayIsLimited) {
  std::string large(100'001, 'x');
  EXPECT_EQ(join({.protocols = {{"range", large}}})->error, error::kGroupMaxSizeReached);
  auto member = join_new();
  pass_ms(0);
  EXPECT_EQ(sync(*member, {{member->member_id, large}})->error, error::kGroupMaxSizeReached);
}

TEST_F(GroupLimitsTest, IdsGivenInAdvanceAreLimited) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(join({})->error, error::kMemberIdRequired);
  EXPECT_EQ(join({})->error, error::kGroupMaxSizeReached);
  pass_ms(10'000);
  EXPECT_EQ(join({})->error, error::kMemberIdRequired);
}

class GroupDelayTest : public GroupTestBase {
 protected:
  GroupDelayTest() : GroupTestBase(GroupOptions{}) {}
};

TEST_F(GroupDelayTest, TheFirstRebalanceWaitsWhileMembersKeepComing) {
  auto a = join_new({.rebalance_timeout_ms = 7'000});
  pass_ms(2'999);
  EXPECT_FALSE(a->is_answered);
  auto b = join_new({.rebalance_timeout_ms = 7'000});
  pass_ms(1);
  EXPECT_FALSE(a->is_answered) << "another three seconds for the others";
  auto c = join_new({.rebalance_timeout_ms = 7'000});
  pass_ms(2'999);
  EXPECT_FALSE(a->is_answered);
  pass_ms(1);
  EXPECT_FALSE(a->is_answered) << "and the last second of the rebalance timeout";
  pass_ms(1'000);
  EXPECT_EQ(a->generation, 1);
  EXPECT_EQ(a->members.size(), 3u);
}

TEST_F(GroupDelayTest, TheFirstRebalanceEndsWhenNobodyElseComes) {
  auto a = join_new();
  pass_ms(3'000);
  EXPECT_EQ(a->generation, 1);
}

}  // namespace
}  // namespace kappa::kafka
