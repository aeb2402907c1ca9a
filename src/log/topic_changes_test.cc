// Settings of open topics change, and topics grow: at once, for good, and wherever it stops.

#include <gtest/gtest.h>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/log.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

constexpr int64_t kHour = 3'600'000;

class TopicChangesTest : public testing::Test {
 protected:
  void SetUp() override {
    spdlog::set_level(spdlog::level::off);
    open();
    id_ = log_->create_topic("t", 1, {{"file.delete.delay.ms", "0"}})->id;
  }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  void open() {
    log_.reset();
    auto log = Log::open(env_, {.directory = "/data"});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = std::move(*log);
  }
  void kill_and_open(Loss loss = Loss::kUnsynced) {
    env_.restart(loss);
    open();
  }
  StatusOr<TopicDescription> set(TopicSettings settings, ChangeMode mode = ChangeMode::kApply) {
    return log_->change_settings(
        id_,
        [&](TopicSettings& all) {
          for (const auto& [name, value] : settings) all[name] = value;
          return OkStatus();
        },
        mode);
  }
  std::shared_ptr<Partition> partition(int32_t index = 0) {
    return log_->partition(id_, index).value();
  }
  // What the append was answered; nullopt: nothing yet.
  std::optional<AppendAnswer> append(std::string value, int32_t index = 0) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = env_.wall_ms(), .key = "k", .value = value});
    std::optional<AppendAnswer> answer;
    partition(index)->append(std::move(builder).build().value(), Acks::kAll,
                             [&](AppendAnswer a) { answer = std::move(a); });
    if (!answer.has_value()) env_.run_workers();
    return answer;
  }

  env::SimulatedEnv env_{1};
  std::unique_ptr<Log> log_;
  TopicId id_;
};

TEST_F(TopicChangesTest, a_changed_setting_holds_at_once_and_after_a_power_loss) {
  EXPECT_TRUE(append(std::string(500, 'x'))->status.ok());
  ASSERT_TRUE(set({{"max.message.bytes", "100"}}).ok());
  EXPECT_EQ(append(std::string(500, 'x'))->error, AppendError::kTooLarge);
  kill_and_open();
  EXPECT_EQ(log_->find_topic("t")->settings.at("max.message.bytes"), "100");
  EXPECT_EQ(append(std::string(500, 'x'))->error, AppendError::kTooLarge);
  EXPECT_TRUE(append("small")->status.ok());
}

TEST_F(TopicChangesTest, retention_that_is_switched_on_removes_what_is_too_old) {
  ASSERT_TRUE(set({{"segment.bytes", "100"}}).ok());
  for (int i = 0; i < 5; ++i) append("record " + std::to_string(i));
  env_.advance_ms(2 * kHour);
  env_.run_workers();
  EXPECT_EQ(partition()->log_start(), Offset(0));
  ASSERT_TRUE(set({{"retention.ms", std::to_string(kHour)}}).ok());
  env_.run_workers();
  EXPECT_EQ(partition()->log_start(), Offset(5));
}

TEST_F(TopicChangesTest, a_topic_begins_and_ends_to_be_compacted) {
  ASSERT_TRUE(set({{"segment.bytes", "100"}, {"min.cleanable.dirty.ratio", "0"}}).ok());
  for (int i = 0; i < 8; ++i) append("value " + std::to_string(i));
  const int64_t before = partition()->size_bytes();
  env_.run_workers_for(kHour);
  EXPECT_EQ(partition()->size_bytes(), before);
  ASSERT_TRUE(set({{"cleanup.policy", "compact"}}).ok());
  env_.run_workers_for(kHour);
  const int64_t compacted = partition()->size_bytes();
  EXPECT_LT(compacted, before);
  ASSERT_TRUE(set({{"cleanup.policy", "delete"}}).ok());
  for (int i = 0; i < 8; ++i) append("value " + std::to_string(i));
  const int64_t grown = partition()->size_bytes();
  EXPECT_GT(grown, compacted);
  env_.run_workers_for(kHour);
  EXPECT_EQ(partition()->size_bytes(), grown);
}

TEST_F(TopicChangesTest, after_durability_sync_is_set_what_readers_saw_survives) {
  ASSERT_TRUE(set({{"durability", "os"}}).ok());
  append("seen");
  EXPECT_EQ(partition()->high_watermark(), Offset(1));
  ASSERT_TRUE(set({{"durability", "sync"}}).ok());
  kill_and_open();
  EXPECT_EQ(partition()->high_watermark(), Offset(1));
}

TEST_F(TopicChangesTest, after_durability_os_is_set_nothing_waits_for_the_disk) {
  BatchBuilder builder;
  builder.add({.timestamp_ms = 1, .value = "v"});
  std::string batch = std::move(builder).build().value();
  int answered = 0;
  auto count = [&](AppendAnswer answer) { answered += answer.status.ok(); };
  partition()->append(batch, Acks::kAll, count);
  EXPECT_EQ(answered, 0);
  EXPECT_EQ(partition()->high_watermark(), Offset(0));
  ASSERT_TRUE(set({{"durability", "os"}}).ok());
  EXPECT_EQ(partition()->high_watermark(), Offset(1));
  partition()->append(batch, Acks::kAll, count);
  EXPECT_EQ(answered, 1);
  env_.run_workers();
  EXPECT_EQ(answered, 2) << "what waited for the disk is answered, too";
  EXPECT_EQ(partition()->high_watermark(), Offset(2));
}

TEST_F(TopicChangesTest, settings_that_are_wrong_or_contradict_each_other_change_nothing) {
  EXPECT_FALSE(set({{"retention.ms", "soon"}}).ok());
  EXPECT_FALSE(set({{"no.such.setting", "1"}}).ok());
  EXPECT_FALSE(set({{"min.compaction.lag.ms", "10"}, {"max.compaction.lag.ms", "5"}}).ok());
  EXPECT_FALSE(set({{"remote.storage.enable", "true"}}).ok());
  EXPECT_TRUE(set({{"retention.ms", "1"}}, ChangeMode::kCheckOnly).ok());
  EXPECT_EQ(log_->find_topic("t")->settings.size(), 1u);
  auto refused = log_->change_settings(
      id_, [](TopicSettings&) { return invalid_argument("no"); }, ChangeMode::kApply);
  EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log_->change_settings(
                    TopicId(), [](TopicSettings&) { return OkStatus(); }, ChangeMode::kApply)
                .status()
                .code(),
            StatusCode::kNotFound);
}

TEST_F(TopicChangesTest, a_topic_grows_and_stays_so) {
  append("before");
  EXPECT_EQ(log_->add_partitions(id_, 3, ChangeMode::kCheckOnly)->partition_count, 3);
  EXPECT_FALSE(log_->partition(id_, 2).ok());
  ASSERT_TRUE(log_->add_partitions(id_, 3, ChangeMode::kApply).ok());
  EXPECT_TRUE(append("after", 2)->status.ok());
  kill_and_open();
  EXPECT_EQ(log_->find_topic("t")->partition_count, 3);
  EXPECT_EQ(partition(0)->high_watermark(), Offset(1));
  EXPECT_EQ(partition(1)->high_watermark(), Offset(0));
  EXPECT_EQ(partition(2)->high_watermark(), Offset(1));
}

TEST_F(TopicChangesTest, a_topic_does_not_shrink_nor_grow_beyond_the_limit) {
  ASSERT_TRUE(log_->add_partitions(id_, 2, ChangeMode::kApply).ok());
  for (int32_t count : {-1, 0, 1, 2, 10'001}) {
    auto refused = log_->add_partitions(id_, count, ChangeMode::kApply);
    EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument) << count;
  }
  EXPECT_EQ(log_->add_partitions(TopicId(), 2, ChangeMode::kApply).status().code(),
            StatusCode::kNotFound);
}

class Reader : public TopicObserver {
 public:
  Status check_change(const TopicDescription& before, const TopicDescription& after) override {
    if (after.partition_count > before.partition_count) return failed_precondition("in use");
    return OkStatus();
  }
  void changed(const TopicDescription& topic) override { last = topic; }
  TopicDescription last;
};

TEST_F(TopicChangesTest, whoever_reads_a_topic_may_refuse_a_change_and_is_told_of_others) {
  Reader reader;
  log_->observe(&reader);
  EXPECT_EQ(log_->add_partitions(id_, 2, ChangeMode::kApply).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(log_->find_topic("t")->partition_count, 1);
  EXPECT_TRUE(set({{"retention.ms", "5"}}).ok());
  EXPECT_EQ(reader.last.settings.at("retention.ms"), "5");
  log_->observe(nullptr);
  EXPECT_TRUE(log_->add_partitions(id_, 2, ChangeMode::kApply).ok());
  EXPECT_EQ(reader.last.partition_count, 1);
}

// Sets, grows and appends to the new partition while the machine stops at a changing call; what was
// answered is there, what was not is there whole or not at all. False: it ended before that call.
bool stop_at(uint64_t call, Failure failure, Loss loss) {
  SCOPED_TRACE(fmt::format("call={} failure={} loss={}", call, static_cast<int>(failure),
                           static_cast<int>(loss)));
  env::SimulatedEnv env(call);
  auto log = Log::open(env, {.directory = "/data"}).value();
  const TopicId id = log->create_topic("t", 1, {})->id;
  const uint64_t begin = env.call_count();
  env.fail_call(call, failure);
  auto set = [](TopicSettings& all) {
    all["retention.ms"] = "7";
    return OkStatus();
  };
  const bool is_set = log->change_settings(id, set, ChangeMode::kApply).ok();
  bool has_grown = log->add_partitions(id, 3, ChangeMode::kApply).ok();
  if (!has_grown) has_grown = log->add_partitions(id, 3, ChangeMode::kApply).ok();
  EXPECT_TRUE(has_grown || env.is_off()) << "a second attempt works";
  bool is_acknowledged = false;
  if (has_grown) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .value = "v"});
    log->partition(id, 2).value()->append(
        std::move(builder).build().value(), Acks::kAll,
        [&](AppendAnswer answer) { is_acknowledged = answer.status.ok(); });
    env.run_workers();
  }
  const bool was_reached = env.call_count() - begin >= call;
  log.reset();
  env.restart(loss);

  auto opened = Log::open(env, {.directory = "/data"});
  EXPECT_TRUE(opened.ok()) << opened.status();
  if (!opened.ok()) return false;
  TopicDescription topic = (*opened)->find_topic("t").value();
  EXPECT_TRUE(topic.partition_count == 3 || (topic.partition_count == 1 && !has_grown));
  if (is_set) {
    EXPECT_EQ(topic.settings["retention.ms"], "7");
  }
  if (is_acknowledged) {
    EXPECT_EQ((*opened)->partition(id, 2).value()->high_watermark(), Offset(1));
  }
  EXPECT_EQ(env.list_directory("/data/partitions")->size(),
            static_cast<size_t>(topic.partition_count));
  return was_reached;
}

TEST_F(TopicChangesTest, a_change_is_there_whole_or_not_at_all_wherever_it_stops) {
  for (auto [failure, loss] : {std::pair{Failure::kPowerOff, Loss::kNothing},
                               {Failure::kPowerOff, Loss::kUnsynced},
                               {Failure::kPowerOff, Loss::kTorn},
                               {Failure::kError, Loss::kUnsynced},
                               {Failure::kPartial, Loss::kTorn}}) {
    uint64_t call = 1;
    while (stop_at(call, failure, loss)) ++call;
    EXPECT_GT(call, 15u) << "there should be some calls";
  }
}

}  // namespace
}  // namespace kappa::log
