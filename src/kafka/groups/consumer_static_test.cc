// Static members of groups of the newer protocol: they are away for a while and come back under
// another member id.

#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

class ConsumerStaticTest : public ConsumerGroupTestBase {
 protected:
  ConsumerStaticTest() {
    make_topic("t", 4);
    settle({&first_, &second_});
  }

  Consumer first_{.id = "first", .instance_id = "1"};
  Consumer second_{.id = "second", .instance_id = "2"};
};

TEST_F(ConsumerStaticTest, WhoComesBackHasWhatItHad) {
  auto before = first_.owned;
  int32_t epoch = described().group_epoch;
  EXPECT_EQ(leave(first_, kAwayEpoch), error::kNone);
  EXPECT_EQ(beat(second_).assignment, std::nullopt) << "its partitions wait for it";
  Consumer again{.id = "again", .instance_id = "1"};
  auto back = beat(again);
  EXPECT_EQ(back.error, error::kNone);
  EXPECT_EQ(back.assignment, before);
  EXPECT_EQ(described().group_epoch, epoch);
  EXPECT_EQ(beat({.member_id = "first", .epoch = epoch, .instance_id = "1"}).error,
            error::kFencedInstanceId);
  EXPECT_EQ(beat({.member_id = "first", .epoch = epoch}).error, error::kUnknownMemberId);
}

TEST_F(ConsumerStaticTest, WhoDoesNotComeBackWithinItsSessionIsGone) {
  leave(first_, kAwayEpoch);
  pass_ms(44'000);
  beat(second_);
  EXPECT_EQ(described().members.size(), 2u);
  pass_ms(1'000);
  EXPECT_EQ(described().members.size(), 1u);
  settle({&second_});
  EXPECT_EQ(second_.owned.size(), 4u);
}

TEST_F(ConsumerStaticTest, AnInstanceThatIsThereIsNotTakenOver) {
  Consumer impostor{.id = "impostor", .instance_id = "1"};
  EXPECT_EQ(beat(impostor).error, error::kUnreleasedInstanceId);
  EXPECT_EQ(beat(first_).error, error::kNone);
}

TEST_F(ConsumerStaticTest, WhoLeavesForGoodIsGone) {
  EXPECT_EQ(leave(first_, kLeaveEpoch), error::kNone);
  settle({&second_});
  EXPECT_EQ(second_.owned.size(), 4u);
  EXPECT_EQ(leave(first_, kAwayEpoch), error::kUnknownMemberId);
}

TEST_F(ConsumerStaticTest, WhoIsAwayIsSoAfterARestart) {
  auto before = first_.owned;
  leave(first_, kAwayEpoch);
  restart();
  Consumer again{.id = "again", .instance_id = "1"};
  EXPECT_EQ(beat(again).assignment, before);
  restart();
  EXPECT_EQ(beat({.member_id = "again", .epoch = again.epoch, .instance_id = "1"}).error,
            error::kNone);
  EXPECT_EQ(described().members.size(), 2u);
}

TEST_F(ConsumerStaticTest, AnotherSubscriptionIsANewEpoch) {
  make_topic("u", 1);
  leave(first_, kAwayEpoch);
  Consumer again{.id = "again", .topics = {"u"}, .instance_id = "1"};
  settle({&again, &second_});
  EXPECT_EQ(again.owned, partitions("u", {0}));
  EXPECT_EQ(second_.owned.size(), 4u);
}

}  // namespace
}  // namespace kappa::kafka
