#include <fmt/format.h>

#include "kafka/testing/transaction_test_base.h"

namespace kappa::kafka {
namespace {

class TransactionTest : public TransactionTestBase {
 protected:
  TransactionTest() { create_topic("t", 2); }

  // Writes the record of a decision about partition 0, as the newest of its id.
  void decide(int64_t producer_id, int16_t marker_epoch, bool is_commit, int16_t client_version) {
    StoredTransaction stored{
        .producer_id = producer_id,
        .producer_epoch = marker_epoch,
        .timeout_ms = kTimeoutMs,
        .state = is_commit ? TransactionState::kPrepareCommit : TransactionState::kPrepareAbort,
        .places = {{"t", 0}},
        .update_ms = env_.wall_ms(),
        .start_ms = env_.wall_ms(),
        .client_version = client_version};
    JournalRecord record = transaction_record("tx", stored);
    log::BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .key = record.key, .value = *record.value});
    partition(std::string(kTransactionTopic))
        ->append_internal(*std::move(builder).build(), log::Acks::kAll, [](auto) {});
    env_.run_workers();
  }
};

TEST_F(TransactionTest, CommittedRecordsAreSeenAndAbortedOnesNever) {
  auto producer = init();
  EXPECT_EQ(producer.error, error::kNone);
  EXPECT_EQ(producer.epoch, 0);
  EXPECT_EQ(write(producer, "a"), error::kNone);
  EXPECT_EQ(write(producer, "b", true, {"t", 1}), error::kNone);
  EXPECT_EQ(committed(), "") << "the transaction is open";
  producer = end(producer, true);
  EXPECT_EQ(producer.error, error::kNone);
  EXPECT_EQ(producer.epoch, 1) << "each transaction has an epoch of its own";
  EXPECT_EQ(committed(), "a");
  EXPECT_EQ(committed("t", 1), "b");
  write(producer, "c");
  producer = end(producer, false);
  write(producer, "d");
  producer = end(producer, true);
  EXPECT_EQ(committed(), "a d");
  EXPECT_EQ(state(), "CompleteCommit");
}

TEST_F(TransactionTest, TheOlderFlowNamesItsPartitionsFirst) {
  auto producer = init();
  EXPECT_EQ(write(producer, "a", false), error::kInvalidTxnState);
  EXPECT_EQ(add(producer, {{"t", 0}}), error::kNone);
  EXPECT_EQ(write(producer, "a", false), error::kNone);
  EXPECT_EQ(write(producer, "b", false, {"t", 1}), error::kInvalidTxnState);
  auto ended = end(producer, true, false);
  EXPECT_EQ(ended.error, error::kNone);
  EXPECT_EQ(ended.epoch, producer.epoch) << "the epoch stays";
  EXPECT_EQ(committed(), "a");
  EXPECT_EQ(write(producer, "c", false), error::kInvalidTxnState) << "the next has not begun";
  EXPECT_EQ(end(producer, true, false).error, error::kNone) << "repeated";
  EXPECT_EQ(end(producer, false, false).error, error::kInvalidTxnState);
}

TEST_F(TransactionTest, OffsetsOfAGroupAreCommittedWithTheRecords) {
  auto producer = init();
  EXPECT_EQ(write_offset(producer, 7, false), error::kInvalidTxnState);
  EXPECT_EQ(write_offset(producer, 7), error::kNone);
  EXPECT_FALSE(committed_offset());
  bool is_unstable = false;
  groups_->look_at("g", [&](const Group& group) { is_unstable = group.is_unstable("t", 0); });
  EXPECT_TRUE(is_unstable);
  producer = end(producer, true);
  EXPECT_EQ(committed_offset(), 7);
  write_offset(producer, 8);
  producer = end(producer, false);
  EXPECT_EQ(committed_offset(), 7);
  restart();
  EXPECT_EQ(committed_offset(), 7);
}

TEST_F(TransactionTest, ANewProducerFencesTheOldOneAndAbortsItsTransaction) {
  auto first = init();
  write(first, "a");
  auto second = init();
  EXPECT_EQ(second.error, error::kNone);
  EXPECT_EQ(second.producer_id, first.producer_id);
  EXPECT_EQ(second.epoch, 1);
  EXPECT_EQ(write(first, "b"), error::kProducerFenced);
  EXPECT_EQ(add(first, {{"t", 0}}), error::kProducerFenced);
  EXPECT_EQ(end(first, true).error, error::kProducerFenced);
  EXPECT_EQ(end(first, true, false).error, error::kProducerFenced);
  EXPECT_EQ(init("tx", claim(first)).error, error::kProducerFenced) << "it may not come back";
  write(second, "c");
  end(second, true);
  EXPECT_EQ(committed(), "c");
}

TEST_F(TransactionTest, AProducerMayGoOnAfterAnError) {
  auto producer = init();
  write(producer, "a");
  auto next = init("tx", claim(producer));
  EXPECT_EQ(next.error, error::kNone);
  EXPECT_EQ(next.epoch, 1);
  EXPECT_EQ(init("tx", claim(producer)).epoch, 1) << "the answer was lost; nobody else has it";
  write(next, "b");
  auto ended = end(next, true);
  EXPECT_EQ(ended.epoch, 2);
  EXPECT_EQ(init("tx", claim(next)).epoch, 2) << "not bumped twice";
  EXPECT_EQ(committed(), "b");
}

TEST_F(TransactionTest, ATransactionThatTakesTooLongIsAborted) {
  auto producer = init();
  write(producer, "a");
  pass_ms(kTimeoutMs - 1);
  EXPECT_EQ(state(), "Ongoing");
  pass_ms(1);
  EXPECT_EQ(state(), "CompleteAbort");
  EXPECT_EQ(partition("t")->last_stable(), partition("t")->log_end());
  EXPECT_EQ(write(producer, "b"), error::kProducerFenced);
  EXPECT_EQ(end(producer, true).error, error::kInvalidTxnState);
  auto next = init("tx", claim(producer));
  EXPECT_EQ(next.epoch, 1) << "it was slow, not replaced";
  write(next, "c");
  end(next, true);
  EXPECT_EQ(committed(), "c");
}

TEST_F(TransactionTest, ARepeatedEndIsAnsweredAgain) {
  auto producer = init();
  write(producer, "a");
  auto ended = end(producer, true);
  auto again = end(producer, true);
  EXPECT_EQ(again.error, error::kNone);
  EXPECT_EQ(again.epoch, ended.epoch);
  EXPECT_EQ(end(producer, false).error, error::kInvalidTxnState);
  restart();
  EXPECT_EQ(end(producer, true).epoch, ended.epoch);
  write(ended, "b");
  EXPECT_EQ(end(producer, true).error, error::kProducerFenced) << "the next one has begun";
}

TEST_F(TransactionTest, ATransactionWithoutRecordsEndsToo) {
  auto producer = init();
  auto ended = end(producer, false);
  EXPECT_EQ(ended.error, error::kNone);
  EXPECT_EQ(ended.epoch, 1);
  EXPECT_EQ(end(ended, true).epoch, 2);
  EXPECT_EQ(end(init("old"), true, false, "old").error, error::kInvalidTxnState);
}

TEST_F(TransactionTest, EpochsThatRunOutGoOnWithANewProducerId) {
  auto producer = init();
  while (producer.epoch < std::numeric_limits<int16_t>::max() - 1) {
    producer = end(producer, false);
    ASSERT_EQ(producer.error, error::kNone);
  }
  EXPECT_EQ(write(producer, "a"), error::kNone);
  auto next = end(producer, true);
  EXPECT_NE(next.producer_id, producer.producer_id);
  EXPECT_EQ(next.epoch, 0);
  EXPECT_EQ(committed(), "a");
  EXPECT_EQ(end(producer, true).producer_id, next.producer_id) << "repeated";
  EXPECT_EQ(write(producer, "b"), error::kInvalidProducerIdMapping);
  EXPECT_EQ(write(next, "c"), error::kNone);
  restart();
  EXPECT_EQ(end(next, true).epoch, 1);
  EXPECT_EQ(committed(), "a c");
}

TEST_F(TransactionTest, RequestsOfStrangersAreRefused) {
  EXPECT_EQ(init("").error, error::kInvalidRequest);
  EXPECT_EQ(init("tx", {}, 0).error, error::kInvalidTransactionTimeout);
  EXPECT_EQ(init("tx", {}, 900'001).error, error::kInvalidTransactionTimeout);
  EXPECT_EQ(state(), "none");
  ProducerIdentity stranger{.producer_id = 99, .epoch = 0};
  EXPECT_EQ(add(stranger, {{"t", 0}}), error::kInvalidProducerIdMapping);
  EXPECT_EQ(end(stranger, true).error, error::kInvalidProducerIdMapping);
  init();
  EXPECT_EQ(write(stranger, "a"), error::kInvalidProducerIdMapping);
  EXPECT_EQ(end(stranger, true).error, error::kInvalidProducerIdMapping);
  EXPECT_EQ(init("tx", claim(stranger)).error, error::kProducerFenced);
  EXPECT_EQ(init("new", claim(stranger)).error, error::kNone) << "an id that nobody has";
}

TEST_F(TransactionTest, AnOpenTransactionOutlivesTheServer) {
  auto producer = init();
  write(producer, "a");
  write_offset(producer, 7);
  restart();
  EXPECT_EQ(state(), "Ongoing") << "its partitions say so";
  EXPECT_EQ(write(producer, "b", true, {"t", 1}), error::kNone);
  write_offset(producer, 9, true, "other");
  end(producer, true);
  EXPECT_EQ(committed(), "a");
  EXPECT_EQ(committed("t", 1), "b");
  EXPECT_EQ(committed_offset(), 7) << "also of a group that was named before the restart";
  EXPECT_EQ(committed_offset("other"), 9);
  restart();
  EXPECT_EQ(state(), "CompleteCommit");
}

TEST_F(TransactionTest, AfterARestartATransactionHasItsTimeAgain) {
  auto producer = init();
  write(producer, "a");
  pass_ms(kTimeoutMs - 1);
  restart();
  pass_ms(kTimeoutMs - 1);
  EXPECT_EQ(state(), "Ongoing");
  pass_ms(1);
  EXPECT_EQ(state(), "CompleteAbort");
}

TEST_F(TransactionTest, IdsThatNobodyUsesAreForgotten) {
  init();
  pass_ms(options_.expiry_ms - 1);
  EXPECT_EQ(state(), "Empty");
  pass_ms(options_.expiry_check_ms);
  EXPECT_EQ(state(), "none");
  restart();
  EXPECT_EQ(state(), "none");
}

TEST_F(TransactionTest, ATransactionOfNobodyIsAbortedAtTheStart) {
  auto producer = init();
  write(producer, "a");
  stop();
  {
    auto log = log::Log::open(env_, {.directory = "data"});
    KAPPA_CHECK_OK((*log)->delete_topic((*log)->find_topic(kTransactionTopic)->id));
  }
  start();
  EXPECT_EQ(partition("t")->last_stable(), partition("t")->log_end());
  EXPECT_EQ(committed(), "");
}

TEST_F(TransactionTest, ADeletedTopicHoldsNothingUp) {
  create_topic("gone");
  auto producer = init();
  write(producer, "a");
  write(producer, "b", true, {"gone", 0});
  KAPPA_CHECK_OK(log_->delete_topic(log_->find_topic("gone")->id));
  EXPECT_EQ(end(producer, true).error, error::kNone);
  EXPECT_EQ(committed(), "a");
}

TEST_F(TransactionTest, WhatWasDecidedIsFinishedAtTheStart) {
  for (const bool is_commit : {true, false}) {
    auto producer = init();
    write(producer, "a");
    // The decision is the last that reached the disk; with the next epoch, or with the same.
    decide(producer.producer_id, static_cast<int16_t>(producer.epoch + is_commit), is_commit,
           is_commit ? 2 : 0);
    ASSERT_TRUE(restart());
    EXPECT_EQ(state(), is_commit ? "CompleteCommit" : "CompleteAbort");
    EXPECT_EQ(partition("t")->last_stable(), partition("t")->log_end());
    EXPECT_EQ(committed(), "a") << "the one that was committed";
  }
}

// The record of a transaction's end is not waited for. When it is lost, the one that has begun
// since must not be taken for the one that was decided.
TEST_F(TransactionTest, ATransactionThatHasBegunSinceIsNotEndedWithTheOneBefore) {
  auto producer = init();
  write(producer, "a");
  auto next = end(producer, true);
  write(next, "b");
  decide(next.producer_id, next.epoch, true, 2);
  ASSERT_TRUE(restart());
  EXPECT_EQ(state(), "Ongoing");
  EXPECT_EQ(committed(), "a");
  end(next, false);
  EXPECT_EQ(committed(), "a");
}

TEST_F(TransactionTest, ADamagedRecordStopsTheStart) {
  init();
  auto journal = partition(std::string(kTransactionTopic));
  log::BatchBuilder builder;
  builder.add({.timestamp_ms = 1, .key = transaction_tombstone("tx").key, .value = "\x7f\x7f"});
  journal->append_internal(*std::move(builder).build(), log::Acks::kAll, [](auto) {});
  env_.run_workers();
  EXPECT_FALSE(restart());
}

TEST(TransactionRecordsTest, ComeBackAsTheyWere) {
  StoredTransaction stored{.producer_id = 5,
                           .previous_producer_id = 4,
                           .next_producer_id = 6,
                           .producer_epoch = 3,
                           .timeout_ms = 1000,
                           .state = TransactionState::kPrepareCommit,
                           .places = {{"a", 0}, {"a", 3}, {"b", 1}},
                           .update_ms = 10,
                           .start_ms = 9,
                           .client_version = 2};
  JournalRecord record = transaction_record("tx", stored);
  auto key = parse_transaction_key(record.key);
  ASSERT_TRUE(key && key->is_known);
  EXPECT_EQ(key->id, "tx");
  EXPECT_EQ(parse_transaction(*record.value), stored);
  for (size_t size = 0; size < record.value->size(); ++size) {
    EXPECT_FALSE(parse_transaction(record.value->substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_transaction(*record.value + "x"));
  EXPECT_FALSE(parse_transaction_key(record.key + "x"));
  EXPECT_FALSE(parse_transaction_key(std::string("\0\x09later", 7))->is_known);
}

// The power fails at every call in turn: afterwards all of a transaction is there or nothing of it,
// over two partitions and a group, and what was answered has happened.
TEST_F(TransactionTest, ACrashAtAnyCallLeavesAllOfATransactionOrNothing) {
  for (const bool bumps_epoch : {true, false}) {
    auto producer = init();
    std::string expected = committed();
    for (uint64_t at = 1;; ++at) {
      SCOPED_TRACE(fmt::format("call={} bumps={}", at, bumps_epoch));
      const auto offset = static_cast<int64_t>(at) + (bumps_epoch ? 0 : 1000);
      const std::string value = fmt::format("{}", offset);
      env_.fail_call(at, env::Failure::kPowerOff);
      if (!bumps_epoch) add(producer, {{"t", 0}, {"t", 1}, {std::string(kGroupTopic), 0}});
      bool is_written = write(producer, value, bumps_epoch) == error::kNone &&
                        write(producer, value, bumps_epoch, {"t", 1}) == error::kNone &&
                        write_offset(producer, offset, bumps_epoch) == error::kNone;
      auto ended = is_written ? end(producer, true, bumps_epoch) : ProducerIdentity{.error = 1};
      const bool has_crashed = env_.is_off();
      ASSERT_TRUE(restart(at % 2 == 0 ? env::Loss::kTorn : env::Loss::kUnsynced));
      // Whoever comes next finds nothing open.
      producer = init();
      ASSERT_EQ(producer.error, error::kNone);
      const std::string with_it = expected.empty() ? value : expected + " " + value;
      const std::string found = committed();
      ASSERT_TRUE(found == expected || found == with_it) << found;
      EXPECT_EQ(committed("t", 1), found);
      EXPECT_EQ(committed_offset() == offset, found == with_it);
      EXPECT_TRUE(ended.error != error::kNone || found == with_it) << "it was answered";
      expected = found;
      if (!has_crashed) break;
    }
  }
}

// A call fails at each place in turn, what could not be written is tried again, then the power
// fails: a commit that was acknowledged stays whole.
TEST_F(TransactionTest, AMarkerThatAFailedSyncLeftIsWrittenAgain) {
  for (uint64_t at = 1; at < 40; ++at) {
    SCOPED_TRACE(fmt::format("call={}", at));
    auto producer = init();
    const std::string value = fmt::format("{}", at);
    const std::string expected = committed().empty() ? value : committed() + " " + value;
    add(producer, {{"t", 0}, {"t", 1}});
    ASSERT_EQ(write(producer, value, false), error::kNone);
    ASSERT_EQ(write(producer, value, false, {"t", 1}), error::kNone);
    env_.fail_call(at, env::Failure::kError);
    const bool is_acknowledged = end(producer, true, false).error == error::kNone;
    pass_ms(3 * options_.retry_ms);
    ASSERT_TRUE(restart(env::Loss::kUnsynced));
    ASSERT_EQ(init().error, error::kNone);
    EXPECT_EQ(committed("t", 1), committed());
    if (is_acknowledged) {
      EXPECT_EQ(committed(), expected);
    }
    if (HasFailure()) break;
  }
}

TEST_F(TransactionTest, WhoIsReplacedDoesNotGetTheIdentityOfTheNext) {
  auto first = init();
  write(first, "a");
  ProducerIdentity second{.error = kUnanswered};
  coordinator_->init("tx", kTimeoutMs, {}, [&](const ProducerIdentity& i) { second = i; });
  // While the markers of the first one's transaction are on their way.
  EXPECT_EQ(end(first, false).error, error::kProducerFenced);
  EXPECT_EQ(second.error, error::kNone);
}

TEST_F(TransactionTest, TheEndOfTheNextTransactionWaitsForTheOneBefore) {
  auto producer = init();
  write(producer, "a");
  ProducerIdentity ended{.error = kUnanswered};
  coordinator_->end("tx", claim(producer), false, true,
                    [&](const ProducerIdentity& i) { ended = i; });
  const ProducerIdentity next{0, producer.producer_id, static_cast<int16_t>(producer.epoch + 1)};
  EXPECT_EQ(end(next, false).error, error::kConcurrentTransactions);
  EXPECT_EQ(ended.epoch, next.epoch);
  EXPECT_EQ(end(next, false).epoch, next.epoch + 1);
}

}  // namespace
}  // namespace kappa::kafka
