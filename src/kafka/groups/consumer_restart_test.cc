// What is left of groups of the newer protocol when the process stops: everything that was told.

#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

class ConsumerRestartTest : public ConsumerGroupTestBase {
 protected:
  ConsumerRestartTest() { make_topic("t", 4); }

  Consumer first_{.id = "first"};
  Consumer second_{.id = "second"};
};

TEST_F(ConsumerRestartTest, MembersGoOnWithTheirEpochs) {
  settle({&first_, &second_});
  auto before = described();
  commit({.member_id = "first", .generation = first_.epoch}, 17);
  restart();
  EXPECT_EQ(described(), before);
  EXPECT_EQ(commit({.member_id = "first", .generation = first_.epoch}, 18), error::kNone);
  EXPECT_EQ(beat(first_).error, error::kNone);
  EXPECT_EQ(beat(second_).error, error::kNone);
  EXPECT_EQ(described(), before);
  EXPECT_EQ(committed(), 18);
}

TEST_F(ConsumerRestartTest, WhatIsBeingGivenUpStaysItsOwners) {
  beat(first_);
  beat(second_);
  auto told = beat(first_.next());
  restart();
  EXPECT_EQ(beat(second_).assignment, std::nullopt);
  EXPECT_EQ(beat({.member_id = "first", .epoch = 1, .owned = told.assignment}).epoch, 2);
  EXPECT_EQ(beat(second_).assignment->size(), 2u);
}

TEST_F(ConsumerRestartTest, MembersThatAreGoneFailAfterAWholeSession) {
  settle({&first_, &second_});
  pass_ms(40'000);
  restart();
  pass_ms(44'000);
  beat(first_);
  EXPECT_EQ(described().members.size(), 2u);
  pass_ms(1'000);
  EXPECT_EQ(described().members.size(), 1u);
}

TEST_F(ConsumerRestartTest, TopicsThatHaveChangedMeanwhileAreNoticed) {
  settle({&first_});
  stop();
  {
    auto log = *log::Log::open(env_, {.directory = "data"});
    KAPPA_CHECK_OK(log->create_topic("u", 1, {}).status());
    KAPPA_CHECK_OK(log->delete_topic(log->find_topic("t")->id));
    KAPPA_CHECK_OK(log->create_topic("t", 2, {}).status());
    KAPPA_CHECK_OK(log->close());
  }
  start();
  settle({&first_});
  EXPECT_EQ(first_.owned, partitions("t", {0, 1}));
}

TEST_F(ConsumerRestartTest, AnEmptyGroupStaysEmptyAndItsEpochsGoOn) {
  beat(first_);
  leave(first_);
  int32_t epoch = described().group_epoch;
  restart();
  EXPECT_EQ(state_of(), "Empty");
  EXPECT_EQ(beat(first_).epoch, epoch + 1);
}

// A full disk, for a moment: memory is ahead of the log, and nothing is told until it is not.
TEST_F(ConsumerRestartTest, WhatCouldNotBeWrittenIsWrittenWithTheNext) {
  beat(first_);
  env_.fail_call(1, env::Failure::kError);
  EXPECT_EQ(beat(second_).error, error::kNotCoordinator);
  EXPECT_EQ(beat(second_).error, error::kNone);
  auto before = described();
  restart();
  EXPECT_EQ(described(), before);
  settle({&first_, &second_});
  env_.fail_call(1, env::Failure::kError);
  EXPECT_EQ(leave(second_), error::kNotCoordinator);
  settle({&first_});
  restart();
  EXPECT_EQ(described().members.size(), 1u) << "its tombstones came later";
  settle({&first_});
  EXPECT_EQ(first_.owned.size(), 4u);
}

// The power fails at every write in turn. Whoever was told of a partition has it afterwards, in the
// epoch that it was told, and nobody else has.
TEST_F(ConsumerRestartTest, ACrashAtAnyWriteLosesNothingThatWasTold) {
  for (uint64_t at = 1;; ++at) {
    std::string group = fmt::format("g{}", at);
    std::vector<Consumer> consumers = {{.id = "first"}, {.id = "second"}, {.id = "third"}};
    env_.fail_call(at, env::Failure::kPowerOff);
    for (int round = 0; round < 3 && !env_.is_off(); ++round) {
      for (auto& consumer : consumers) {
        Beat next = consumer.next();
        next.group = group;
        consumer.hear(beat(next));
      }
    }
    bool has_crashed = env_.is_off();
    restart(at % 2 == 0 ? env::Loss::kTorn : env::Loss::kUnsynced);
    std::map<PartitionId, std::string> owners;
    for (auto& consumer : consumers) {
      if (consumer.epoch == 0) continue;
      for (const auto& partition : consumer.owned) {
        EXPECT_TRUE(owners.emplace(partition, consumer.id).second) << "call " << at;
      }
      consumer.says_all = true;
      Beat next = consumer.next();
      next.group = group;
      auto beaten = beat(next);
      EXPECT_EQ(beaten.error, error::kNone) << "call " << at << " " << consumer.id;
      consumer.hear(beaten);
    }
    for (int round = 0; round < 4; ++round) {
      for (auto& consumer : consumers) {
        Beat next = consumer.next();
        next.group = group;
        consumer.hear(beat(next));
      }
    }
    EXPECT_EQ(state_of(group), "Stable") << "call " << at;
    if (!has_crashed) break;
    ASSERT_LT(at, 200u);
  }
}

}  // namespace
}  // namespace kappa::kafka
