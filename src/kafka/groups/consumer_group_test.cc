// Groups of the newer protocol: who comes, who goes, and who reads what meanwhile.

#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

class ConsumerGroupTest : public ConsumerGroupTestBase {
 protected:
  ConsumerGroupTest() { make_topic("t", 4); }

  Consumer first_{.id = "first"};
  Consumer second_{.id = "second"};
};

TEST_F(ConsumerGroupTest, TheFirstMemberReadsEverything) {
  auto joined = beat(first_);
  EXPECT_EQ(joined.error, error::kNone);
  EXPECT_EQ(joined.member_id, "first");
  EXPECT_EQ(joined.epoch, 1);
  EXPECT_EQ(joined.assignment, partitions("t", {0, 1, 2, 3}));
  EXPECT_EQ(state_of(), "Stable");
  auto again = beat(first_);
  EXPECT_EQ(again.epoch, 1);
  EXPECT_EQ(beat(first_).assignment, std::nullopt) << "nothing is new";
}

TEST_F(ConsumerGroupTest, APartitionIsHandedOnWhenItsOwnerHasGivenItUp) {
  beat(first_);
  auto joined = beat(second_);
  EXPECT_EQ(joined.epoch, 2);
  EXPECT_EQ(joined.assignment, PartitionSet()) << "all is still the first one's";
  EXPECT_EQ(state_of(), "Reconciling");
  // The first one hears what it has to give up, and stays in its epoch until it has.
  auto told = beat(first_.next());
  EXPECT_EQ(told.epoch, 1);
  ASSERT_TRUE(told.assignment);
  EXPECT_EQ(told.assignment->size(), 2u);
  EXPECT_EQ(beat(second_).assignment, std::nullopt);
  // Until it says otherwise it owns them.
  EXPECT_EQ(beat({.member_id = "first", .epoch = 1}).epoch, 1);
  EXPECT_EQ(beat(second_).assignment, std::nullopt);
  auto given_up = beat({.member_id = "first", .epoch = 1, .owned = told.assignment});
  EXPECT_EQ(given_up.epoch, 2);
  auto got = beat(second_);
  ASSERT_TRUE(got.assignment);
  EXPECT_EQ(union_of(*got.assignment, *told.assignment), partitions("t", {0, 1, 2, 3}));
  EXPECT_EQ(state_of(), "Stable");
}

TEST_F(ConsumerGroupTest, WhoLeavesLeavesItsPartitionsToTheOthers) {
  settle({&first_, &second_});
  EXPECT_EQ(first_.owned.size(), 2u);
  EXPECT_EQ(leave(second_), error::kNone);
  EXPECT_EQ(state_of(), "Assigning");
  settle({&first_});
  EXPECT_EQ(first_.owned.size(), 4u);
  EXPECT_EQ(leave(second_), error::kUnknownMemberId);
  leave(first_);
  EXPECT_EQ(state_of(), "Empty");
}

TEST_F(ConsumerGroupTest, WhoIsSilentForItsSessionHasFailed) {
  settle({&first_, &second_});
  pass_ms(40'000);
  beat(first_);
  pass_ms(5'000);
  EXPECT_EQ(described().members.size(), 1u);
  settle({&first_});
  EXPECT_EQ(first_.owned.size(), 4u);
  EXPECT_EQ(beat(second_).error, error::kUnknownMemberId);
  settle({&first_, &second_});
  EXPECT_EQ(second_.owned.size(), 2u);
}

TEST_F(ConsumerGroupTest, WhoDoesNotGiveUpInTimeIsOut) {
  first_.rebalance_timeout_ms = 10'000;
  beat(first_);
  beat(second_);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(beat({.member_id = "first", .epoch = 1}).error, error::kNone);
    pass_ms(1'000);
  }
  EXPECT_EQ(beat({.member_id = "first", .epoch = 1}).error, error::kUnknownMemberId);
  settle({&second_});
  EXPECT_EQ(second_.owned.size(), 4u);
}

TEST_F(ConsumerGroupTest, AnAnswerThatWasLostIsGivenAgain) {
  auto lost = beat(first_.next());
  EXPECT_EQ(lost.epoch, 1);
  EXPECT_EQ(beat(first_).assignment, lost.assignment) << "it joins once more";
  beat(second_);
  auto told = beat(first_.next());
  auto given_up = beat({.member_id = "first", .epoch = 1, .owned = told.assignment});
  EXPECT_EQ(given_up.epoch, 2);
  // The answer with epoch 2 is lost: it comes with the one before, and says what it has.
  Beat repeated{.member_id = "first", .epoch = 1, .topics = {{"t"}}, .owned = told.assignment};
  repeated.rebalance_timeout_ms = 60'000;
  auto again = beat(repeated);
  EXPECT_EQ(again.error, error::kNone);
  EXPECT_EQ(again.epoch, 2);
  EXPECT_EQ(again.assignment, told.assignment);
  // With more than it should have, or without saying, it is fenced.
  repeated.owned = partitions("t", {0, 1, 2, 3});
  EXPECT_EQ(beat(repeated).error, error::kFencedMemberEpoch);
  EXPECT_EQ(beat({.member_id = "first", .epoch = 1}).error, error::kFencedMemberEpoch);
}

TEST_F(ConsumerGroupTest, EpochsThatNobodyWasGivenAreFenced) {
  beat(first_);
  EXPECT_EQ(beat({.member_id = "first", .epoch = 7}).error, error::kFencedMemberEpoch);
  EXPECT_EQ(beat({.member_id = "stranger", .epoch = 1}).error, error::kUnknownMemberId);
  EXPECT_EQ(beat({.member_id = "first", .epoch = 1, .group = "other"}).error,
            error::kUnknownMemberId);
  EXPECT_EQ(type_of("other"), "none");
}

TEST_F(ConsumerGroupTest, AMemberThatJoinsAgainOwnsNothing) {
  beat(first_);
  beat(second_);
  beat({.member_id = "first", .epoch = 1});
  first_ = Consumer{.id = "first"};
  auto rejoined = beat(first_);
  EXPECT_EQ(rejoined.error, error::kNone);
  EXPECT_EQ(rejoined.epoch, 2);
  EXPECT_EQ(rejoined.assignment->size(), 2u);
  EXPECT_EQ(beat(second_).assignment->size(), 2u);
}

TEST_F(ConsumerGroupTest, TopicsThatAppearGrowOrGoAreNoticed) {
  first_.topics = {"later", "t"};
  beat(first_);
  EXPECT_EQ(first_.owned.size(), 4u);
  make_topic("unrelated", 1);
  EXPECT_EQ(beat(first_).epoch, 1);
  make_topic("later", 2);
  EXPECT_EQ(beat(first_).epoch, 2);
  EXPECT_EQ(first_.owned.size(), 6u);
  KAPPA_CHECK_OK(log_->delete_topic(log_->find_topic("t")->id));
  settle({&first_});
  EXPECT_EQ(first_.owned, partitions("later", {0, 1}));
  make_topic("t", 1);
  settle({&first_});
  EXPECT_EQ(first_.owned, make_partition_set([&] {
              auto both = partitions("later", {0, 1});
              both.push_back(partitions("t", {0})[0]);
              return both;
            }()));
}

TEST_F(ConsumerGroupTest, AnotherSubscriptionTakesEffectAtOnce) {
  make_topic("u", 2);
  settle({&first_});
  first_.topics = {"u"};
  first_.says_all = true;
  auto told = beat(first_.next());
  EXPECT_EQ(told.assignment, PartitionSet()) << "first it gives up what it had";
  settle({&first_});
  EXPECT_EQ(first_.owned, partitions("u", {0, 1}));
  EXPECT_EQ(described().members.at(0).subscribed_topic_names, std::vector<std::string>{"u"});
}

TEST_F(ConsumerGroupTest, AMemberMayComeWithoutASubscription) {
  first_.topics = {};
  EXPECT_EQ(beat(first_).assignment, PartitionSet());
  EXPECT_EQ(state_of(), "Stable");
}

TEST_F(ConsumerGroupTest, MostMembersChooseTheAssignor) {
  first_.assignor = "range";
  settle({&first_, &second_});
  EXPECT_EQ(described().assignor_name, "range");
  EXPECT_EQ(first_.owned, partitions("t", {0, 1}));
  EXPECT_EQ(second_.owned, partitions("t", {2, 3}));
  auto refused = beat({.member_id = "third",
                       .topics = {{"t"}},
                       .owned = PartitionSet(),
                       .assignor = "sticky",
                       .rebalance_timeout_ms = 1});
  EXPECT_EQ(refused.error, error::kUnsupportedAssignor);
}

TEST_F(ConsumerGroupTest, APatternFollowsTheTopics) {
  first_.topics = {};
  first_.regex = "t.*|metrics-[0-9]+";
  beat(first_);
  EXPECT_EQ(first_.owned, partitions("t", {0, 1, 2, 3}));
  make_topic("metrics-7", 1);
  make_topic("metrics-x", 1);
  make_topic("my-t", 1);
  settle({&first_});
  EXPECT_EQ(first_.owned.size(), 5u);
  EXPECT_TRUE(contains(first_.owned, partitions("metrics-7", {0})[0]));
  EXPECT_EQ(described().members.at(0).subscribed_topic_regex, "t.*|metrics-[0-9]+");
  first_.regex = ".*";
  first_.says_all = true;
  settle({&first_});
  EXPECT_EQ(first_.owned.size(), 7u) << "but not the groups' own topic";
}

TEST_F(ConsumerGroupTest, ADamagedPatternIsRefused) {
  first_.regex = "t(";
  EXPECT_EQ(beat(first_).error, error::kInvalidRegularExpression);
  first_.regex = "(?=look)ahead";
  EXPECT_EQ(beat(first_).error, error::kInvalidRegularExpression) << "RE2 has none";
  EXPECT_EQ(type_of(), "none");
}

TEST_F(ConsumerGroupTest, MalformedHeartbeatsAreRefused) {
  Beat good{.topics = {{"t"}}, .owned = PartitionSet(), .rebalance_timeout_ms = 1};
  EXPECT_EQ(beat(good).error, error::kNone);
  auto refused = [&](auto change) {
    Beat wrong = good;
    change(wrong);
    return beat(wrong).error;
  };
  EXPECT_EQ(refused([](Beat& b) { b.group = ""; }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.member_id = ""; }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.instance_id = ""; }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.rebalance_timeout_ms = -1; }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.topics.reset(); }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.owned.reset(); }), error::kInvalidRequest);
  EXPECT_EQ(refused([&](Beat& b) { b.owned = partitions("t", {0}); }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.epoch = -3; }), error::kInvalidRequest);
  EXPECT_EQ(refused([](Beat& b) { b.epoch = -2; }), error::kInvalidRequest);
}

TEST_F(ConsumerGroupTest, InVersion0TheServerChoosesTheId) {
  auto joined = beat({.member_id = "",
                      .topics = {{"t"}},
                      .owned = PartitionSet(),
                      .rebalance_timeout_ms = 1,
                      .version = 0});
  EXPECT_EQ(joined.error, error::kNone);
  EXPECT_EQ(joined.member_id.size(), 36u);
}

TEST_F(ConsumerGroupTest, OffsetsAreCommittedInTheEpochOfTheMember) {
  beat(first_);
  EXPECT_EQ(commit({.member_id = "first", .generation = 1}, 5), error::kNone);
  EXPECT_EQ(committed(), 5);
  EXPECT_EQ(commit({.member_id = "first", .generation = 2}, 6), error::kStaleMemberEpoch);
  EXPECT_EQ(commit({.member_id = "stranger", .generation = 1}, 6), error::kUnknownMemberId);
  EXPECT_EQ(commit({}, 6), error::kUnknownMemberId) << "a tool, while there are members";
  coordinator_->look_at("g", [](const Group& group) {
    EXPECT_EQ(group.check_fetch({.member_id = "first", .generation = 1}), error::kNone);
    EXPECT_EQ(group.check_fetch({.member_id = "first", .generation = 0}), error::kStaleMemberEpoch);
    EXPECT_EQ(group.check_fetch({.member_id = "x", .generation = 1}), error::kUnknownMemberId);
    EXPECT_EQ(group.check_fetch({}), error::kNone);
  });
  leave(first_);
  EXPECT_EQ(commit({}, 7), error::kNone);
}

TEST_F(ConsumerGroupTest, AGroupWithMembersIsNotDeleted) {
  beat(first_);
  int16_t error = -1;
  coordinator_->delete_group("g", [&error](int16_t answer) { error = answer; });
  EXPECT_EQ(error, error::kNonEmptyGroup);
  leave(first_);
  coordinator_->delete_group("g", [&error](int16_t answer) { error = answer; });
  env_.run_workers();
  EXPECT_EQ(error, error::kNone);
  EXPECT_EQ(type_of(), "none");
  restart();
  EXPECT_EQ(type_of(), "none");
}

TEST_F(ConsumerGroupTest, OffsetsExpireUnlessTheirTopicIsRead) {
  beat(first_);
  commit({.member_id = "first", .generation = 1}, 5);
  for (int hour = 0; hour < 24 * 8; ++hour) {
    coordinator_->expire_offsets();
    env_.advance_ms(3'600'000);
  }
  EXPECT_EQ(committed(), 5);
  leave(first_);
  coordinator_->expire_offsets();
  env_.run_workers();
  EXPECT_EQ(type_of(), "none");
}

class SmallConsumerGroupTest : public ConsumerGroupTestBase {
 protected:
  SmallConsumerGroupTest() : ConsumerGroupTestBase(small()) { make_topic("t", 1); }
  static GroupOptions small() {
    GroupOptions options = quick();
    options.consumer_members_max = 1;
    return options;
  }
};

TEST_F(SmallConsumerGroupTest, WhoComesTooLateIsTold) {
  Consumer first{.id = "first"}, second{.id = "second"};
  beat(first);
  EXPECT_EQ(beat(second).error, error::kGroupMaxSizeReached);
  EXPECT_EQ(beat(first).error, error::kNone);
}

}  // namespace
}  // namespace kappa::kafka
