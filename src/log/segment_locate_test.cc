// Batches that are located are those that are read, whatever the segment is.

#include <gtest/gtest.h>

#include <random>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/local_log.h"
#include "log/records.h"
#include "log/segment.h"

namespace kappa::log {
namespace {

class LocateTest : public testing::Test {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  void open() {
    log_.reset();
    auto log = Log::open(*env_, {.directory = "/data", .index_interval_bytes = 200});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    if (log_->topics().empty()) {
      ASSERT_TRUE(log_->create_topic("t", 1, {}).ok());
    }
    topic_ = log_->topics()[0];
    partition_ = log_->partition(topic_.id, 0).value();
  }
  void close_and_open() {
    ASSERT_TRUE(log_->close().ok());
    open();
  }
  void append(size_t value_bytes, int count = 1) {
    BatchBuilder builder;
    const std::string value(value_bytes, 'v');
    for (int i = 0; i < count; ++i) builder.add({.timestamp_ms = 1, .value = value});
    bool is_answered = false;
    partition_->append(std::move(builder).build().value(), Acks::kAll, [&](AppendAnswer answer) {
      EXPECT_TRUE(answer.status.ok()) << answer.status;
      is_answered = true;
    });
    env_->run_workers();
    EXPECT_TRUE(is_answered);
  }
  std::string segment_path() const {
    return "/data/partitions/t-0/" + Segment::file_name(Offset(0), ".log");
  }

  static std::string bytes_of(const LocatedBatches& located) {
    if (located.range.size_bytes == 0) return std::string(located.bytes);
    EXPECT_TRUE(located.bytes.empty());
    EXPECT_GT(located.range.size_bytes, 32u << 10) << "what is small comes as bytes";
    auto bytes = env::read_range(located.range);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return bytes.value_or("");
  }
  void expect_as_read(Offset from, size_t bytes_max) {
    auto read = partition_->read(from, bytes_max);
    auto located = partition_->locate(from, bytes_max);
    ASSERT_EQ(located.status().code(), read.status().code()) << from.value << located.status();
    if (!read.ok()) return;
    EXPECT_TRUE(bytes_of(*located) == read->bytes) << from.value << " " << bytes_max;
    EXPECT_EQ(located->next, read->next) << from.value;
  }
  void expect_all_as_read() {
    for (int64_t from = -1; from <= partition_->high_watermark().value + 1; ++from) {
      for (size_t bytes_max : {size_t{0}, size_t{500}, size_t{30'000}, size_t{40'000},
                               size_t{200'000}, size_t{50} << 20})
        expect_as_read(Offset(from), bytes_max);
    }
  }

  std::unique_ptr<env::SimulatedEnv> env_ = std::make_unique<env::SimulatedEnv>(1);
  std::unique_ptr<Log> log_;
  TopicDescription topic_;
  std::shared_ptr<Partition> partition_;
};

TEST_F(LocateTest, LargeBatchesAreRangesOfTheFileAndSmallOnesBytes) {
  open();
  append(100);
  append(50'000);
  append(50'000);
  auto few = partition_->locate(Offset(0), 1000);
  ASSERT_TRUE(few.ok());
  EXPECT_EQ(few->range.size_bytes, 0u);
  EXPECT_EQ(few->bytes, partition_->read(Offset(0), 1000)->bytes);
  auto many = partition_->locate(Offset(1), 1 << 20);
  ASSERT_TRUE(many.ok());
  EXPECT_TRUE(many->bytes.empty());
  EXPECT_EQ(many->next, Offset(3));
  EXPECT_GT(many->range.size_bytes, 100'000u);
  EXPECT_EQ(bytes_of(*many), partition_->read(Offset(1), 1 << 20)->bytes);
}

TEST_F(LocateTest, TheFirstBatchComesWhateverItsSize) {
  open();
  append(1'000'000);
  append(10);
  auto located = partition_->locate(Offset(0), 1);
  ASSERT_TRUE(located.ok());
  EXPECT_GT(located->range.size_bytes, 1'000'000u);
  EXPECT_EQ(located->next, Offset(1));
}

TEST_F(LocateTest, FindsWhatAReadFindsFreshOpenedAndOpenedAgain) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    env_ = std::make_unique<env::SimulatedEnv>(seed);
    open();
    for (int i = 0; i < 40; ++i) {
      const size_t bytes = random() % 3 == 0 ? 20'000 + random() % 40'000 : random() % 600;
      append(bytes, 1 + static_cast<int>(random() % 3));
    }
    expect_all_as_read();
    close_and_open();
    expect_all_as_read();
    expect_all_as_read();  // what is checked now is not looked at again
    log_.reset();
  }
}

TEST_F(LocateTest, DamageIsNeverLocated) {
  open();
  for (int i = 0; i < 12; ++i) append(40'000);
  const auto size = static_cast<int64_t>(partition_->read(Offset(0), 1)->bytes.size());
  close_and_open();
  env_->damage_byte(segment_path(), 5 * size + 30'000);
  auto before = partition_->locate(Offset(2), 50 << 20);
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->next, Offset(5));
  EXPECT_EQ(partition_->locate(Offset(5), 50 << 20).status().code(), StatusCode::kDataLoss);
  auto after = partition_->locate(Offset(6), 50 << 20);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->next, Offset(12));
  expect_all_as_read();
}

TEST_F(LocateTest, ChecksSomeMegabytesAtATimeAndEachOnce) {
  open();
  for (int i = 0; i < 10; ++i) append(900'000);
  close_and_open();
  auto first = partition_->locate(Offset(0), 50 << 20);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->next, Offset(5)) << "4 MiB, and the batch that reaches them";
  auto second = partition_->locate(first->next, 50 << 20);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->next, Offset(10));
  // What was checked is known to be sound, as what was written here is.
  auto all = partition_->locate(Offset(0), 50 << 20);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->next, Offset(10));
}

TEST_F(LocateTest, ARangeCanBeReadWhenItsSegmentIsGone) {
  open();
  append(50'000);
  auto located = partition_->locate(Offset(0), 1 << 20);
  ASSERT_TRUE(located.ok());
  const std::string expected(partition_->read(Offset(0), 1 << 20)->bytes);
  ASSERT_TRUE(log_->delete_topic(topic_.id).ok());
  partition_.reset();
  env_->run_workers_for(3'600'000);
  EXPECT_FALSE(env_->exists(segment_path()));
  EXPECT_EQ(bytes_of(*located), expected);
}

}  // namespace
}  // namespace kappa::log
