// Transactions of several producers beside plain records, stopped at every I/O, with restarts,
// retention and compaction between them. What a reader of committed data must find follows from
// what was sent and acknowledged:
//
//   no record of a transaction whose abort was sent, or that has no marker, is ever seen
//   after an acknowledged commit every record of it is there (unless a newer one has its key)
//   what the partition says of its transactions is what a walk over its log gives

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/local_log.h"
#include "log/records.h"
#include "log/transaction_marker.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

constexpr int kProducers = 3;

enum class Policy { kDelete, kCompact, kUnsynced };

// What was sent and what came of it.
struct Transaction {
  bool is_abort_sent = false;
  bool is_commit_sent = false;
  bool is_commit_acknowledged = false;
};

class Machine {
 public:
  Machine(uint64_t seed, Policy policy) : env_(seed), random_(seed), policy_(policy) {}

  env::SimulatedEnv& env() { return env_; }

  bool open() {
    partition_.reset();
    log_.reset();
    auto log = Log::open(
        env_, {.directory = "/data", .index_interval_bytes = 100, .compaction_memory_bytes = 1});
    if (!log.ok()) return false;
    log_ = std::move(*log);
    auto topic = log_->find_topic("t");
    if (!topic.ok()) topic = log_->create_topic("t", 1, settings());
    if (!topic.ok()) return false;
    partition_ = log_->partition(topic->id, 0).value();
    // The transactions of a producer go on, or are over, as the log says.
    for (int i = 0; i < kProducers; ++i) open_[i].reset();
    for (const OpenTransaction& open : partition_->open_transactions())
      open_[open.producer_id] = transaction_at(open.first);
    return true;
  }

  void work(int steps) {
    for (int i = 0; i < steps && partition_ != nullptr; ++i) step();
  }

  void check() {
    check_against_a_walk();
    std::map<std::string, std::string> newest;
    std::set<std::string> seen;
    Offset last(-1);
    for_each_committed(partition_->log_start(), [&](const Record& record) {
      EXPECT_GT(record.offset, last.value);
      last = Offset(record.offset);
      std::string value(*record.value);
      const Transaction& transaction = transactions_.at(std::stoi(value));
      EXPECT_FALSE(transaction.is_abort_sent) << "aborted: " << value;
      EXPECT_TRUE(transaction.is_commit_sent) << "open: " << value;
      seen.insert(value);
      newest[std::string(*record.key)] = value;
    });
    EXPECT_LT(last, partition_->last_stable());
    if (policy_ == Policy::kUnsynced) return;
    for (const auto& [value, record] : acknowledged_) {
      const auto& [key, offset] = record;
      const bool is_committed = transactions_.at(std::stoi(value)).is_commit_acknowledged;
      if (!is_committed || offset >= partition_->last_stable()) continue;
      EXPECT_TRUE(seen.count(value) > 0 || (policy_ == Policy::kCompact && newest.count(key) > 0))
          << "lost: " << value;
    }
  }

 private:
  TopicSettings settings() const {
    TopicSettings settings = {{"segment.bytes", "500"},
                              {"min.cleanable.dirty.ratio", "0"},
                              {"delete.retention.ms", "1000"},
                              {"file.delete.delay.ms", "0"}};
    if (policy_ == Policy::kCompact) settings["cleanup.policy"] = "compact";
    if (policy_ == Policy::kUnsynced) settings["durability"] = "os";
    return settings;
  }

  void step() {
    const auto dice = random_() % 100;
    const auto producer = static_cast<int64_t>(random_() % kProducers);
    if (dice < 40) {
      append(producer);
    } else if (dice < 65) {
      end(producer, random_() % 2 == 0);
    } else if (dice < 85) {
      append_plain();
    } else if (dice < 95) {
      env_.run_workers_for(static_cast<int64_t>(random_() % 1500));
      if (!env_.is_off() && partition_->log_end() == partition_->high_watermark()) check();
    } else {
      if (dice < 98) (void)log_->close();
      if (!open()) partition_.reset();
    }
  }

  void append(int64_t producer) {
    if (!open_[producer]) {
      open_[producer] = static_cast<int>(transactions_.size());
      transactions_.emplace_back();
    }
    send(*open_[producer], {.producer_id = producer,
                            .producer_epoch = 0,
                            .base_sequence = next_sequence(producer),
                            .is_transactional = true});
  }
  void append_plain() {
    transactions_.push_back({.is_commit_sent = true, .is_commit_acknowledged = true});
    send(static_cast<int>(transactions_.size()) - 1, {});
  }

  // As the partition has it: the records before may have been lost.
  int32_t next_sequence(int64_t producer) {
    for (const auto& known : partition_->producers())
      if (known.producer_id == producer) return known.last_sequence + 1;
    return 0;
  }

  void send(int transaction, const BatchOptions& options) {
    std::string value = fmt::format("{}/{}", transaction, ++serial_);
    std::string key(1, static_cast<char>('a' + random_() % 8));
    BatchBuilder builder;
    builder.add({.timestamp_ms = env_.wall_ms(), .key = key, .value = value});
    auto offset = deliver(std::move(builder).build(options).value(), false);
    if (offset) acknowledged_[value] = {key, *offset};
  }

  void end(int64_t producer, bool is_commit) {
    if (!open_[producer]) return;
    Transaction& transaction = transactions_[*open_[producer]];
    // The coordinator decides once.
    if (transaction.is_abort_sent || transaction.is_commit_sent)
      is_commit = transaction.is_commit_sent;
    (is_commit ? transaction.is_commit_sent : transaction.is_abort_sent) = true;
    const auto outcome = is_commit ? TransactionOutcome::kCommit : TransactionOutcome::kAbort;
    auto marked = deliver(make_marker({.producer_id = producer,
                                       .producer_epoch = 0,
                                       .outcome = outcome,
                                       .timestamp_ms = env_.wall_ms()}),
                          true);
    if (!marked) return;
    transaction.is_commit_acknowledged = is_commit;
    open_[producer].reset();
  }

  // Where it is, if that was acknowledged.
  std::optional<Offset> deliver(std::string batch, bool is_internal) {
    std::optional<AppendAnswer> answer;
    auto done = [&answer](AppendAnswer a) { answer = std::move(a); };
    is_internal ? partition_->append_internal(std::move(batch), Acks::kAll, done)
                : partition_->append(std::move(batch), Acks::kAll, done);
    env_.run_workers();
    if (!answer.has_value() || !answer->status.ok()) return std::nullopt;
    return answer->result.base;
  }

  std::optional<int> transaction_at(Offset first) {
    std::optional<int> found;
    auto batches = partition_->read(first, 1);
    EXPECT_TRUE(batches.ok()) << batches.status();
    RecordReader reader;
    Status read = reader.for_each(batches->bytes, first, [&](const Record& record) {
      if (!found) found = std::stoi(std::string(*record.value));
    });
    EXPECT_TRUE(read.ok() && found.has_value());
    return found;
  }

  template <typename Fn>
  void for_each_committed(Offset from, Fn&& fn) {
    for (Offset next = from; next < partition_->last_stable();) {
      auto batches = partition_->read_stable(next, 200 + random_() % 400);
      ASSERT_TRUE(batches.ok()) << batches.status();
      ASSERT_GT(batches->next, next);
      std::string_view rest = batches->bytes;
      while (!rest.empty()) {
        auto header = parse_whole_batch(rest);
        ASSERT_TRUE(header.has_value());
        RecordReader reader;
        if (batches->is_committed(*header)) {
          Status read = reader.for_each(rest.substr(0, header->size_bytes()), next, fn);
          ASSERT_TRUE(read.ok()) << read;
        }
        rest.remove_prefix(header->size_bytes());
      }
      next = batches->next;
    }
  }

  void check_against_a_walk() {
    TransactionTable walked;
    for (Offset next = partition_->log_start(); next < partition_->high_watermark();) {
      auto batches = partition_->read(next, 300);
      ASSERT_TRUE(batches.ok()) << batches.status();
      std::string_view rest = batches->bytes;
      while (auto header = parse_whole_batch(rest)) {
        walked.note(*header, rest.substr(0, header->size_bytes()));
        rest.remove_prefix(header->size_bytes());
      }
      next = batches->next;
    }
    const Offset end = partition_->high_watermark();
    walked.settle(end);
    EXPECT_EQ(partition_->open_transactions(), walked.open());
    EXPECT_EQ(partition_->last_stable(), walked.first_unstable().value_or(end));
    EXPECT_EQ(partition_->stable_end(), partition_->last_stable());
  }

  env::SimulatedEnv env_;
  std::mt19937_64 random_;
  const Policy policy_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
  std::vector<Transaction> transactions_;
  std::map<int64_t, std::optional<int>> open_;                          // by producer
  std::map<std::string, std::pair<std::string, Offset>> acknowledged_;  // value to key, offset
  int64_t serial_ = 0;
};

// Works, fails at the n-th call, starts again, works on. False: the work ended before the call.
bool fail_at(uint64_t call, uint64_t seed, Policy policy, Failure failure, Loss loss) {
  SCOPED_TRACE(fmt::format("call={} seed={} policy={} failure={} loss={}", call, seed,
                           static_cast<int>(policy), static_cast<int>(failure),
                           static_cast<int>(loss)));
  Machine machine(seed, policy);
  machine.env().fail_call(call, failure);
  if (machine.open()) machine.work(40);
  const bool was_reached = machine.env().call_count() >= call;
  for (Loss next : {loss, Loss::kTorn}) {
    machine.env().restart(next);
    EXPECT_TRUE(machine.open());
    if (testing::Test::HasFailure()) return false;
    machine.check();
    machine.work(15);
  }
  return was_reached && !testing::Test::HasFailure();
}

class TransactionCrashTest : public testing::TestWithParam<Policy> {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

TEST_P(TransactionCrashTest, readers_see_what_was_committed_without_failures) {
  for (uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed)
    fail_at(1'000'000, seed, GetParam(), Failure::kError, Loss::kNothing);
}

TEST_P(TransactionCrashTest, readers_see_what_was_committed_wherever_it_stops) {
  for (uint64_t seed = 0; seed < 6 && !HasFailure(); ++seed) {
    const Failure failure = seed < 3 ? Failure::kPowerOff : Failure::kPartial;
    const Loss loss = std::array{Loss::kNothing, Loss::kUnsynced, Loss::kTorn}[seed % 3];
    uint64_t call = 1;
    while (fail_at(call, seed, GetParam(), failure, loss)) ++call;
    EXPECT_GT(call, 50u) << "the work should have some calls";
  }
}

INSTANTIATE_TEST_SUITE_P(Log, TransactionCrashTest,
                         testing::Values(Policy::kDelete, Policy::kCompact, Policy::kUnsynced),
                         [](const auto& p) {
                           return std::string(std::array{"deleted", "compacted",
                                                         "unsynced"}[static_cast<size_t>(p.param)]);
                         });

}  // namespace
}  // namespace kappa::log
