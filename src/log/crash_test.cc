// The log's promise, tried at every I/O: a small workload is stopped at its first changing call,
// its second, and so on; the machine restarts; what was acknowledged must be there, once, in order.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/log.h"
#include "log/records.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;
using env::SimulatedEnv;

constexpr int64_t kProducerId = 77;

struct Sent {
  std::string value;
  int32_t sequence = -1;  // -1: not idempotent
  bool is_acknowledged = false;
  Offset offset;
};

// What was asked of one topic, and what was answered.
struct TopicModel {
  bool is_created = false;  // acknowledged
  bool is_deletion_sent = false;
  bool is_deleted = false;  // acknowledged
  bool is_synced = true;
  std::vector<Sent> sent;
};

// Runs the workload and remembers what it was told.
class Workload {
 public:
  explicit Workload(SimulatedEnv& env) : env_(env) {}

  // Opens the log and works until the end or until a call fails.
  void run() {
    if (!open()) return;
    create("events", {{"segment.bytes", "400"}}, true);
    create("fast", {{"segment.bytes", "400"}, {"durability", "os"}}, false);
    create("doomed", {}, true);
    for (int round = 0; round < 5; ++round) {
      send("events", 10 + round, round * 2);
      send("doomed", round, -1);
      send("events", 10 + round, round * 2 + 1);
      send("fast", round, -1);
      env_.run_workers();
      if (round == 2) remove("doomed");
    }
    send("events", 1, -1);
    if (log_->close().ok()) log_.reset();
  }

  bool open() {
    log_.reset();
    auto log = Log::open(env_, {.directory = "/data", .index_interval_bytes = 150});
    if (!log.ok()) return false;
    log_ = std::move(*log);
    return true;
  }

  // Sends what has no answer once more, as an idempotent producer does.
  void retry() {
    for (Sent& sent : topics_["events"].sent) {
      if (sent.sequence >= 0 && !sent.is_acknowledged) append("events", sent);
    }
    env_.run_workers();
  }

  void create(const std::string& name, TopicSettings settings, bool is_synced) {
    topics_[name].is_synced = is_synced;
    auto topic = log_->create_topic(name, 1, std::move(settings));
    if (topic.ok()) topics_[name].is_created = true;
  }
  void remove(const std::string& name) {
    auto topic = log_->find_topic(name);
    if (!topic.ok()) return;
    topics_[name].is_deletion_sent = true;
    if (log_->delete_topic(topic->id).ok()) topics_[name].is_deleted = true;
  }
  void send(const std::string& topic, size_t padding, int32_t sequence) {
    auto& sent = topics_[topic].sent;
    sent.reserve(100);  // answers hold references
    sent.push_back({fmt::format("{}-{}-{}", topic, sent.size(), std::string(padding, 'x')),
                    sequence, false, Offset(-1)});
    append(topic, sent.back());
  }

  Log& log() { return *log_; }
  std::map<std::string, TopicModel>& topics() { return topics_; }

 private:
  void append(const std::string& name, Sent& sent) {
    auto topic = log_->find_topic(name);
    if (!topic.ok()) return;
    auto partition = log_->partition(topic->id, 0);
    ASSERT_TRUE(partition.ok());
    BatchBuilder builder;
    builder.add({.timestamp_ms = env_.wall_ms(), .value = sent.value});
    BatchOptions options;
    if (sent.sequence >= 0)
      options = {.producer_id = kProducerId, .producer_epoch = 0, .base_sequence = sent.sequence};
    (*partition)
        ->append(std::move(builder).build(options).value(), Acks::kAll,
                 [&sent](AppendAnswer answer) {
                   sent.is_acknowledged = answer.status.ok();
                   if (answer.status.ok()) sent.offset = answer.result.base;
                 });
  }

  SimulatedEnv& env_;
  std::unique_ptr<Log> log_;
  std::map<std::string, TopicModel> topics_;
};

std::vector<std::string> values_of(Log& log, const std::string& name) {
  std::vector<std::string> values;
  auto topic = log.find_topic(name);
  auto partition = log.partition(topic->id, 0).value();
  EXPECT_EQ(partition->log_end(), partition->high_watermark());
  for (Offset next = partition->log_start(); next < partition->high_watermark();) {
    auto batches = partition->read(next, 300);
    EXPECT_TRUE(batches.ok()) << batches.status();
    if (!batches.ok()) break;
    RecordReader reader;
    Status read = reader.for_each(batches->bytes, next, [&](const Record& record) {
      EXPECT_EQ(record.offset, static_cast<int64_t>(values.size()));
      values.emplace_back(*record.value);
    });
    EXPECT_TRUE(read.ok()) << read;
    next = batches->next;
  }
  return values;
}

// Acknowledged records are at the offsets that were answered; nothing is there twice or was never
// sent; what one producer sent comes in its order (an idempotent one may have had to retry).
void check_records_of(const TopicModel& model, const std::vector<std::string>& values,
                      bool must_be_complete) {
  std::map<std::string, const Sent*> by_value;
  for (const Sent& sent : model.sent) {
    by_value[sent.value] = &sent;
    if (!sent.is_acknowledged || !must_be_complete) continue;
    ASSERT_LT(sent.offset.value, static_cast<int64_t>(values.size())) << "lost: " << sent.value;
    EXPECT_EQ(values[static_cast<size_t>(sent.offset.value)], sent.value);
  }
  std::map<bool, const Sent*> last;  // by whether it is idempotent
  for (const std::string& value : values) {
    ASSERT_EQ(by_value.count(value), 1u) << "never sent: " << value;
    const Sent* sent = by_value[value];
    const Sent*& before = last[sent->sequence >= 0];
    EXPECT_TRUE(before == nullptr || before < sent) << "twice or out of order: " << value;
    before = sent;
  }
}

void check(Workload& workload, Loss loss) {
  for (const auto& [name, model] : workload.topics()) {
    bool is_there = workload.log().find_topic(name).ok();
    if (model.is_created && !model.is_deletion_sent) {
      ASSERT_TRUE(is_there) << name;
    }
    if (model.is_deleted) {
      EXPECT_FALSE(is_there) << name;
    }
    if (is_there)
      check_records_of(model, values_of(workload.log(), name),
                       model.is_synced || loss == Loss::kNothing);
  }
}

// One crash at the n-th call. False: the workload ended before it.
bool crash_at(uint64_t call, uint64_t seed, Failure failure, Loss loss) {
  SCOPED_TRACE(fmt::format("call={} seed={} failure={} loss={}", call, seed,
                           static_cast<int>(failure), static_cast<int>(loss)));
  SimulatedEnv env(seed);
  Workload workload(env);
  env.fail_call(call, failure);
  workload.run();
  bool was_reached = env.call_count() >= call;
  env.restart(loss);
  EXPECT_TRUE(workload.open());
  if (testing::Test::HasFailure()) return false;
  check(workload, loss);
  // What a reader has seen stays, though it was never acknowledged.
  const bool had_events = workload.log().find_topic("events").ok();
  const auto seen = had_events ? values_of(workload.log(), "events") : std::vector<std::string>();

  // The next crash, during or after the recovery and the retries.
  env.fail_call(1 + (call + seed) % 23, Failure::kPowerOff);
  if (workload.open()) workload.retry();
  env.restart(Loss::kTorn);
  EXPECT_TRUE(workload.open());
  check(workload, Loss::kTorn);
  if (had_events) {
    auto values = values_of(workload.log(), "events");
    values.resize(std::min(values.size(), seen.size()));
    EXPECT_EQ(values, seen);
  }
  workload.retry();
  check(workload, Loss::kTorn);

  // Once closed, the next start finds the same and has nothing to say.
  bool has_events = workload.log().find_topic("events").ok();
  auto before = has_events ? values_of(workload.log(), "events") : std::vector<std::string>();
  EXPECT_TRUE(workload.log().close().ok());
  EXPECT_TRUE(workload.open());
  EXPECT_TRUE(workload.log().recovery_notes().empty());
  if (has_events) {
    EXPECT_EQ(values_of(workload.log(), "events"), before);
  }
  return was_reached && !testing::Test::HasFailure();
}

struct Crash {
  const char* name;
  Failure failure;
  Loss loss;
};

class CrashTest : public testing::TestWithParam<Crash> {
 protected:
  // Hundreds of recoveries have a lot to say.
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }
};

TEST_P(CrashTest, nothing_acknowledged_is_lost_wherever_it_stops) {
  constexpr uint64_t kSeeds = 10;
  for (uint64_t seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
    uint64_t call = 1;
    while (crash_at(call, seed, GetParam().failure, GetParam().loss)) ++call;
    EXPECT_GT(call, 100u) << "the workload should have some calls";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Log, CrashTest,
    testing::Values(Crash{"killed", Failure::kPowerOff, Loss::kNothing},
                    Crash{"power_lost", Failure::kPowerOff, Loss::kUnsynced},
                    Crash{"power_lost_torn", Failure::kPowerOff, Loss::kTorn},
                    Crash{"call_fails", Failure::kError, Loss::kNothing},
                    Crash{"call_fails_then_power_lost", Failure::kError, Loss::kUnsynced},
                    Crash{"write_fails_half_way", Failure::kPartial, Loss::kNothing},
                    Crash{"write_fails_half_way_then_torn", Failure::kPartial, Loss::kTorn}),
    [](const auto& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace kappa::log
