// Producers that write, commit, abort, crash, come back, are too slow or were replaced without
// knowing it, in both flows, against a server that loses its power now and then, all of it chosen
// by a seed. Whatever happens: of each transaction all acknowledged records are seen, and its
// group's offset, or nothing; what was acknowledged has happened; and when things calm down nothing
// is open.

#include <fmt/format.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "kafka/testing/transaction_test_base.h"

namespace kappa::kafka {
namespace {

enum class Fate { kOpen, kCommitted, kAborted, kUnknown };

struct Written {
  Fate fate = Fate::kOpen;
  std::vector<std::string> values[2];  // acknowledged, by partition
  std::optional<int64_t> offset;       // acknowledged, of the producer's group
};

struct Producer {
  std::string id;
  bool bumps_epoch = false;
  ProducerIdentity identity;
  bool is_up = false;
  std::optional<size_t> transaction;
};

class TransactionRandomTest : public TransactionTestBase,
                              public testing::WithParamInterface<uint64_t> {
 protected:
  TransactionRandomTest() : TransactionTestBase(GetParam()), random_(GetParam()) {
    create_topic("t", 2, {{"segment.bytes", "2000"}});
    // The last one has the same id as the first: they replace each other.
    for (int i = 0; i < 4; ++i) {
      producers_.push_back({.id = fmt::format("tx{}", i % 3), .bumps_epoch = i % 2 == 0});
    }
  }
  uint64_t below(uint64_t limit) { return random_() % limit; }

  void act(Producer& producer) {
    if (!producer.is_up) return come_up(producer);
    switch (below(6)) {
      case 0:
        return finish(producer, below(3) > 0);
      case 1:
        return commit_offset(producer);
      default:
        return write_one(producer);
    }
  }

  void come_up(Producer& producer) {
    auto identity = init(producer.id);
    if (identity.error != error::kNone) return;
    // Whoever had the id loses its transaction, unless it was decided before.
    for (auto& other : producers_) {
      if (other.id == producer.id) lose(other);
    }
    producer.identity = identity;
    producer.is_up = true;
  }

  // It ended without the producer: what was not decided was aborted.
  void lose(Producer& producer) {
    if (!producer.transaction) return;
    Written& written = transactions_[*producer.transaction];
    if (written.fate == Fate::kOpen) written.fate = Fate::kAborted;
    producer.transaction.reset();
  }

  Written& current(Producer& producer) {
    if (!producer.transaction) {
      producer.transaction = transactions_.size();
      transactions_.emplace_back();
      owners_.push_back(producer.id);
    }
    return transactions_[*producer.transaction];
  }

  void write_one(Producer& producer) {
    Written& written = current(producer);
    const auto index = static_cast<int32_t>(below(2));
    const TopicPartition place{"t", index};
    if (!producer.bumps_epoch && !is_done(producer, add(producer.identity, {place}, producer.id)))
      return;
    std::string value = fmt::format("{}/{}", *producer.transaction, ++serial_);
    int16_t error = write(producer.identity, value, producer.bumps_epoch, place, producer.id);
    if (is_done(producer, error)) written.values[index].push_back(value);
  }

  void commit_offset(Producer& producer) {
    Written& written = current(producer);
    const TopicPartition place{std::string(kGroupTopic), 0};
    if (!producer.bumps_epoch && !is_done(producer, add(producer.identity, {place}, producer.id)))
      return;
    const auto offset = static_cast<int64_t>(*producer.transaction);
    int16_t error = kUnanswered;
    coordinator_->attach_group(producer.id, claim(producer.identity), producer.id,
                               producer.bumps_epoch, [&](int16_t attached) {
                                 error = attached;
                                 if (attached != error::kNone) return;
                                 error = kUnanswered;
                                 groups_->commit_pending(
                                     producer.id, {},
                                     {producer.identity.producer_id, producer.identity.epoch},
                                     {{{"t", 0}, {.offset = offset, .commit_ms = env_.wall_ms()}}},
                                     [&error](int16_t e) { error = e; });
                               });
    env_.run_workers();
    if (is_done(producer, error)) written.offset = offset;
  }

  // Refused, or without an answer: the producer starts anew, as clients do.
  bool is_done(Producer& producer, int16_t error) {
    if (error == error::kNone) return true;
    producer.is_up = false;
    lose(producer);
    return false;
  }

  void finish(Producer& producer, bool is_commit) {
    if (!producer.transaction) return;
    Written& written = transactions_[*producer.transaction];
    auto ended = end(producer.identity, is_commit, producer.bumps_epoch, producer.id);
    if (ended.error == error::kNone) {
      written.fate = is_commit ? Fate::kCommitted : Fate::kAborted;
      producer.identity = ended;
    } else if (ended.error == kUnanswered || ended.error == error::kCoordinatorNotAvailable) {
      written.fate = is_commit ? Fate::kUnknown : Fate::kAborted;
      producer.is_up = false;
    } else {
      written.fate = Fate::kAborted;  // it was told that it came too late
      producer.is_up = false;
    }
    producer.transaction.reset();
  }

  void disturb() {
    switch (below(8)) {
      case 0:
        return lose_power();
      case 1:  // whatever is open is too slow
        pass_ms(kTimeoutMs);
        for (auto& written : transactions_) {
          if (written.fate == Fate::kOpen) written.fate = Fate::kAborted;
        }
        return;
      case 2:  // a process that ends without a word; its transaction stays
        producers_[below(producers_.size())].is_up = false;
        return;
      default:
        return pass_ms(static_cast<int64_t>(below(500)));
    }
  }

  void lose_power() {
    env_.fail_call(1 + below(12), env::Failure::kPowerOff);
    for (int i = 0; i < 6 && !env_.is_off(); ++i) act(producers_[below(producers_.size())]);
    ASSERT_TRUE(restart(below(2) == 0 ? env::Loss::kTorn : env::Loss::kUnsynced));
  }

  void check() {
    std::set<std::string> seen[2];
    for (int32_t index : {0, 1}) {
      std::istringstream all(committed("t", index));
      for (std::string value; all >> value;) {
        ASSERT_TRUE(seen[index].insert(value).second) << "twice: " << value;
      }
    }
    std::map<std::string, int64_t> offsets;
    for (size_t i = 0; i < transactions_.size(); ++i) check_one(i, seen, offsets);
    for (const auto& [group, offset] : offsets) {
      EXPECT_EQ(committed_offset(group), offset) << group;
    }
  }

  void check_one(size_t i, const std::set<std::string> (&seen)[2],
                 std::map<std::string, int64_t>& offsets) {
    const Written& written = transactions_[i];
    const std::string prefix = fmt::format("{}/", i);
    size_t seen_count = 0, known_count = 0;
    for (int32_t index : {0, 1}) {
      for (const auto& value : seen[index]) seen_count += value.starts_with(prefix);
      for (const auto& value : written.values[index]) known_count += seen[index].contains(value);
    }
    const size_t acknowledged = written.values[0].size() + written.values[1].size();
    if (written.fate == Fate::kOpen || written.fate == Fate::kAborted) {
      EXPECT_EQ(seen_count, 0u) << "transaction " << i;
    }
    // An unstable end may hide what is committed, but not in part for good: see is_everything_over.
    if (is_everything_over_ && (written.fate == Fate::kCommitted || seen_count > 0)) {
      EXPECT_EQ(known_count, acknowledged) << "transaction " << i;
      if (written.offset) offsets[owners_[i]] = *written.offset;
    }
  }

  void calm_down() {
    for (auto& producer : producers_) {
      if (producer.is_up && producer.transaction) finish(producer, true);
    }
    pass_ms(kTimeoutMs);
    for (auto& written : transactions_) {
      if (written.fate == Fate::kOpen) written.fate = Fate::kAborted;
    }
    is_everything_over_ = true;
    for (int32_t index : {0, 1}) {
      EXPECT_EQ(partition("t", index)->last_stable(), partition("t", index)->log_end());
    }
  }

  std::mt19937_64 random_;
  std::vector<Producer> producers_;
  std::vector<Written> transactions_;
  std::vector<std::string> owners_;  // of the transactions
  int64_t serial_ = 0;
  bool is_everything_over_ = false;
};

TEST_P(TransactionRandomTest, OfEachTransactionEverythingIsSeenOrNothing) {
  for (int step = 0; step < 300 && !HasFatalFailure(); ++step) {
    act(producers_[below(producers_.size())]);
    if (below(5) == 0) disturb();
    if (below(10) == 0) check();
    if (HasFailure()) break;
  }
  calm_down();
  check();
  ASSERT_TRUE(restart(env::Loss::kTorn));
  check();
}

INSTANTIATE_TEST_SUITE_P(Seeds, TransactionRandomTest, testing::Range<uint64_t>(1, 61));

}  // namespace
}  // namespace kappa::kafka
