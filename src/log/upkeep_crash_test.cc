// Retention, trimming and compaction beside a model, stopped at every I/O: random appends,
// tombstones, trims, restarts and time. What a reader must find follows from what was acknowledged:
//
//   every record is where and what it was; below log_start there is none; log_start never moves
//   back of each key the newest record at or above log_start is there (a tombstone may go in its
//   time, and then nothing older of its key is there either) without compaction nothing is missing
//   at all

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/local_log.h"
#include "log/records.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

constexpr int64_t kDeleteRetentionMs = 3000;

struct Written {
  std::string key;
  std::optional<std::string> value;
  int64_t timestamp = 0;

  friend bool operator==(const Written&, const Written&) = default;
};

enum class Policy { kDelete, kCompact, kBoth };

TopicSettings settings_of(Policy policy) {
  TopicSettings settings = {{"segment.bytes", "300"},
                            {"min.cleanable.dirty.ratio", "0"},
                            {"delete.retention.ms", std::to_string(kDeleteRetentionMs)}};
  settings["cleanup.policy"] = policy == Policy::kDelete    ? "delete"
                               : policy == Policy::kCompact ? "compact"
                                                            : "compact,delete";
  if (policy != Policy::kCompact) settings["retention.bytes"] = "1200";
  if (policy == Policy::kBoth) settings["file.delete.delay.ms"] = "500";
  if (policy != Policy::kBoth) settings["file.delete.delay.ms"] = "0";
  return settings;
}

class Machine {
 public:
  Machine(uint64_t seed, Policy policy) : env_(seed), random_(seed), policy_(policy) {}

  env::SimulatedEnv& env() { return env_; }

  // False when the machine is off, or the log does not open.
  bool open() {
    partition_.reset();
    log_.reset();
    auto log = Log::open(
        env_, {.directory = "/data", .index_interval_bytes = 100, .compaction_memory_bytes = 1});
    if (!log.ok()) {
      open_error_ = log.status();
      return false;
    }
    log_ = std::move(*log);
    auto topic = log_->find_topic("t");
    if (!topic.ok()) topic = log_->create_topic("t", 1, settings_of(policy_));
    if (!topic.ok()) return false;
    partition_ = log_->partition(topic->id, 0).value();
    return true;
  }
  const Status& open_error() const { return open_error_; }

  void work(int steps) {
    for (int i = 0; i < steps && partition_ != nullptr; ++i) step();
  }

  // After a restart: what had no answer and is there all the same was written.
  void adopt() {
    walk(partition_->log_start(), [this](int64_t offset, const Written& record) {
      if (written_.count(offset) > 0) return;
      auto same = std::find(unanswered_.begin(), unanswered_.end(), record);
      ASSERT_NE(same, unanswered_.end()) << "never sent: offset=" << offset;
      written_[offset] = record;
    });
    unanswered_.clear();
  }

  void check() {
    const Offset start = partition_->log_start();
    EXPECT_GE(start, start_) << "removed records came back";
    EXPECT_TRUE(policy_ != Policy::kCompact || start <= trimmed_to_)
        << "more went than was decided: start=" << start.value;
    EXPECT_LE(start, partition_->log_end());
    start_ = std::max(start_, start);
    std::map<int64_t, Written> found;
    walk(start, [&](int64_t offset, const Written& record) {
      ASSERT_EQ(written_.count(offset), 1u) << "never written: offset=" << offset;
      EXPECT_EQ(written_.at(offset), record) << "offset=" << offset;
      EXPECT_GE(offset, start.value);
      found[offset] = record;
    });
    check_nothing_is_missing(start, found);
    check_reads(found);
  }

  // With time enough every closed segment is clean.
  void check_is_compacted() {
    if (policy_ == Policy::kDelete) return;
    env_.run_workers_for(100);
    std::set<std::string> keys;
    const int64_t active = active_base();
    walk(partition_->log_start(), [&](int64_t offset, const Written& record) {
      if (offset >= active) return;
      EXPECT_TRUE(keys.insert(record.key).second) << "twice: " << record.key;
    });
  }

 private:
  void step() {
    const auto dice = random_() % 100;
    if (dice < 60) {
      append();
    } else if (dice < 85) {
      env_.run_workers_for(static_cast<int64_t>(random_() % 1500));
    } else if (dice < 93) {
      trim();
    } else {
      if (dice < 97) (void)log_->close();
      // What had no answer may be there, and be compacted away before anyone looks again.
      if (open()) {
        adopt();
      } else {
        partition_.reset();
      }
    }
  }

  void append() {
    BatchBuilder builder;
    std::vector<Written> batch;
    env_.advance_ms(1);
    for (uint64_t n = 1 + random_() % 3; n > 0; --n) {
      Written record{.key = std::string(1, static_cast<char>('a' + random_() % 24)),
                     .value = {},
                     .timestamp = env_.wall_ms()};
      if (random_() % 4 > 0) record.value = std::to_string(++serial_);
      batch.push_back(record);
    }
    for (const Written& record : batch)
      builder.add({.timestamp_ms = record.timestamp, .key = record.key, .value = record.value});
    BatchOptions options{.codec = static_cast<Codec>(random_() % 2 * 4)};
    std::optional<AppendAnswer> answer;
    partition_->append(std::move(builder).build(options).value(), Acks::kAll,
                       [&answer](AppendAnswer a) { answer = std::move(a); });
    if (random_() % 2 == 0) env_.run_workers();
    // An answer that comes later is one that nobody waits for.
    if (!answer.has_value()) env_.run_workers();
    if (answer.has_value() && answer->status.ok()) {
      for (size_t i = 0; i < batch.size(); ++i)
        written_[answer->result.base.value + static_cast<int64_t>(i)] = batch[i];
    } else {
      unanswered_.insert(unanswered_.end(), batch.begin(), batch.end());
    }
  }

  void trim() {
    const int64_t start = partition_->log_start().value;
    const int64_t range = partition_->high_watermark().value - start;
    const Offset wanted(start + static_cast<int64_t>(random_() % (range / 3 + 1)));
    trimmed_to_ = std::max(trimmed_to_, wanted);  // it may have happened whatever it says
    auto trimmed = partition_->trim(wanted);
    if (!trimmed.ok()) return;
    EXPECT_GE(*trimmed, wanted);
    start_ = std::max(start_, *trimmed);
  }

  template <typename Fn>
  void walk(Offset from, Fn&& fn) {
    int64_t last = from.value - 1;
    for (Offset next = from; next < partition_->high_watermark();) {
      auto batches = partition_->read(next, 200);
      ASSERT_TRUE(batches.ok()) << batches.status();
      ASSERT_GT(batches->next, next);
      RecordReader reader;
      Status read = reader.for_each(batches->bytes, next, [&](const Record& record) {
        EXPECT_GT(record.offset, last);
        last = record.offset;
        Written written{std::string(*record.key), {}, record.timestamp_ms};
        if (record.value.has_value()) written.value = std::string(*record.value);
        fn(record.offset, written);
      });
      ASSERT_TRUE(read.ok()) << read;
      next = batches->next;
    }
  }

  void check_nothing_is_missing(Offset start, const std::map<int64_t, Written>& found) {
    std::map<std::string, int64_t> newest;
    for (auto it = written_.lower_bound(start.value); it != written_.end(); ++it) {
      newest[it->second.key] = it->first;
      if (policy_ != Policy::kDelete) continue;
      EXPECT_EQ(found.count(it->first), 1u) << "lost: offset=" << it->first;
    }
    for (const auto& [key, offset] : newest) {
      const Written& record = written_.at(offset);
      const bool may_go =
          !record.value.has_value() && env_.wall_ms() >= record.timestamp + kDeleteRetentionMs - 10;
      if (found.count(offset) > 0) continue;
      EXPECT_TRUE(may_go && policy_ != Policy::kDelete) << "lost: key=" << key << " at " << offset;
      for (const auto& [other_offset, other] : found)
        EXPECT_NE(other.key, key) << "a deleted key came back: offset=" << other_offset;
    }
  }

  void check_reads(const std::map<int64_t, Written>& found) {
    const int64_t start = partition_->log_start().value;
    const int64_t range = partition_->high_watermark().value - start;
    if (range == 0) return;
    const int64_t from = start + static_cast<int64_t>(random_() % static_cast<uint64_t>(range));
    auto expected = found.lower_bound(from);
    walk(Offset(from), [&](int64_t offset, const Written&) {
      ASSERT_NE(expected, found.end());
      EXPECT_EQ(offset, expected->first) << "from=" << from;
      ++expected;
    });
    EXPECT_EQ(expected, found.end()) << "from=" << from;
    if (found.empty()) return;
    const int64_t timestamp =
        std::next(found.begin(), static_cast<ptrdiff_t>(random_() % found.size()))
            ->second.timestamp;
    auto at = std::find_if(found.begin(), found.end(),
                           [&](const auto& f) { return f.second.timestamp >= timestamp; });
    auto answer = partition_->find_timestamp(TimestampMs(timestamp));
    ASSERT_TRUE(answer.ok() && answer->has_value());
    EXPECT_EQ((*answer)->offset.value, at->first);
  }

  int64_t active_base() {
    int64_t base = 0;
    auto names = env_.list_directory("/data/partitions/t-0").value();
    for (const std::string& name : names) {
      auto parsed = SegmentName::parse(name, ".log");
      if (parsed.has_value()) base = std::max(base, parsed->base.value);
    }
    return base;
  }

  env::SimulatedEnv env_;
  std::mt19937_64 random_;
  const Policy policy_;
  Status open_error_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
  std::map<int64_t, Written> written_;
  std::vector<Written> unanswered_;
  Offset start_{0};
  Offset trimmed_to_{0};
  int64_t serial_ = 0;
};

// Works, fails at the n-th call, starts again, works on. False: the work ended before the call.
bool fail_at(uint64_t call, uint64_t seed, Policy policy, Failure failure, Loss loss) {
  SCOPED_TRACE(fmt::format("call={} seed={} policy={} failure={} loss={}", call, seed,
                           static_cast<int>(policy), static_cast<int>(failure),
                           static_cast<int>(loss)));
  Machine machine(seed, policy);
  machine.env().fail_call(call, failure);
  if (machine.open()) machine.work(45);
  const bool was_reached = machine.env().call_count() >= call;
  machine.env().restart(loss);
  EXPECT_TRUE(machine.open()) << machine.open_error();
  if (testing::Test::HasFailure()) return false;
  machine.adopt();
  machine.check();
  machine.work(10);
  machine.env().restart(Loss::kTorn);
  EXPECT_TRUE(machine.open()) << machine.open_error();
  if (testing::Test::HasFailure()) return false;
  machine.adopt();
  machine.check();
  machine.check_is_compacted();
  machine.check();
  return was_reached && !testing::Test::HasFailure();
}

class UpkeepCrashTest : public testing::TestWithParam<Policy> {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

TEST_P(UpkeepCrashTest, it_agrees_with_the_model_without_failures) {
  for (uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed)
    fail_at(1'000'000, seed, GetParam(), Failure::kError, Loss::kNothing);
}

TEST_P(UpkeepCrashTest, a_crash_at_any_call_takes_and_brings_back_nothing) {
  for (uint64_t seed = 0; seed < 3 && !HasFailure(); ++seed) {
    const Loss loss = std::array{Loss::kNothing, Loss::kUnsynced, Loss::kTorn}[seed % 3];
    uint64_t call = 1;
    while (fail_at(call, seed, GetParam(), Failure::kPowerOff, loss)) ++call;
    EXPECT_GT(call, 150u) << "the work should have some calls";
  }
}

TEST_P(UpkeepCrashTest, a_failing_call_takes_and_brings_back_nothing) {
  for (uint64_t seed = 10; seed < 12 && !HasFailure(); ++seed) {
    const Failure failure = seed % 2 == 0 ? Failure::kError : Failure::kPartial;
    const Loss loss = seed % 2 == 0 ? Loss::kTorn : Loss::kNothing;
    uint64_t call = 1;
    while (fail_at(call, seed, GetParam(), failure, loss)) ++call;
    EXPECT_GT(call, 150u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Log, UpkeepCrashTest, testing::Values(Policy::kDelete, Policy::kCompact, Policy::kBoth),
    [](const auto& p) {
      return std::string(std::array{"deleted", "compacted", "both"}[static_cast<size_t>(p.param)]);
    });

}  // namespace
}  // namespace kappa::log
