#include "log/local_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <future>
#include <thread>

#include "env/descriptors.h"
#include "log/batch_builder.h"
#include "log/records.h"

namespace kappa::log {
namespace {

std::string batch_of(std::vector<std::string> values) {
  BatchBuilder builder;
  int64_t timestamp = 1000;
  for (const std::string& value : values)
    builder.add({.timestamp_ms = timestamp++, .value = value});
  return std::move(builder).build().value();
}

AppendAnswer append(Partition& partition, std::string batch, Acks acks = Acks::kAll) {
  std::promise<AppendAnswer> answer;
  partition.append(std::move(batch), acks,
                   [&answer](AppendAnswer a) { answer.set_value(std::move(a)); });
  return answer.get_future().get();
}

std::vector<std::string> values_from(const Partition& partition, int64_t from) {
  std::vector<std::string> values;
  for (Offset next(from); next < partition.high_watermark();) {
    auto batches = partition.read(next, 100);
    EXPECT_TRUE(batches.ok()) << batches.status();
    if (!batches.ok()) break;
    RecordReader reader;
    EXPECT_TRUE(reader
                    .for_each(batches->bytes, next,
                              [&](const Record& record) { values.emplace_back(*record.value); })
                    .ok());
    next = batches->next;
  }
  return values;
}

// The log on a real disk, with its flusher's thread.
class LocalLogTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/kappa-log-test-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    directory_ = path;
    open();
  }
  void TearDown() override {
    log_.reset();
    auto removed = system(("rm -rf " + directory_).c_str());
    EXPECT_EQ(removed, 0);
  }
  void open() {
    auto log = Log::open(env::posix_env(), {.directory = directory_});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = std::move(*log);
  }
  std::shared_ptr<Partition> partition(std::string_view topic, int32_t index = 0) {
    return log_->partition(log_->find_topic(topic)->id, index).value();
  }

  std::string directory_;
  std::unique_ptr<Log> log_;
};

TEST_F(LocalLogTest, keeps_what_was_appended_over_a_restart) {
  ASSERT_TRUE(log_->create_topic("orders", 2, {}).ok());
  auto answer = append(*partition("orders"), batch_of({"a", "b"}));
  ASSERT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.result.base, Offset(0));
  EXPECT_EQ(append(*partition("orders"), batch_of({"c"})).result.base, Offset(2));
  EXPECT_EQ(values_from(*partition("orders"), 0), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(values_from(*partition("orders"), 1), (std::vector<std::string>{"b", "c"}));
  EXPECT_TRUE(values_from(*partition("orders", 1), 0).empty());

  ASSERT_TRUE(log_->close().ok());
  log_.reset();
  open();
  EXPECT_EQ(log_->topics().size(), 1u);
  EXPECT_TRUE(log_->recovery_notes().empty());
  EXPECT_EQ(values_from(*partition("orders"), 0), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(append(*partition("orders"), batch_of({"d"})).result.base, Offset(3));

  log_.reset();  // as if killed
  open();
  EXPECT_EQ(values_from(*partition("orders"), 2), (std::vector<std::string>{"c", "d"}));
}

TEST_F(LocalLogTest, partitions_are_synced_side_by_side) {
  ASSERT_TRUE(log_->create_topic("t", 2, {}).ok());
  std::promise<void> first_is_answered, second_is_answered;
  std::atomic<bool> has_second_come = false;
  // Keeps its lane until the other partition has been synced by another one.
  partition("t", 0)->append(batch_of({"a"}), Acks::kAll, [&](AppendAnswer) {
    has_second_come = second_is_answered.get_future().wait_for(std::chrono::seconds(20)) ==
                      std::future_status::ready;
    first_is_answered.set_value();
  });
  partition("t", 1)->append(batch_of({"b"}), Acks::kAll,
                            [&](AppendAnswer) { second_is_answered.set_value(); });
  first_is_answered.get_future().wait();
  EXPECT_TRUE(has_second_come);
}

TEST_F(LocalLogTest, many_writers_of_many_partitions_are_all_answered) {
  constexpr int kPartitions = 20, kThreads = 4, kBatches = 50;
  ASSERT_TRUE(log_->create_topic("t", kPartitions, {}).ok());
  std::atomic<int> answered = 0;
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&] {
      for (int i = 0; i < kBatches; ++i) {
        for (int32_t p = 0; p < kPartitions; ++p) {
          partition("t", p)->append(batch_of({"x"}), Acks::kAll, [&](AppendAnswer answer) {
            EXPECT_TRUE(answer.status.ok());
            ++answered;
          });
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  ASSERT_TRUE(log_->close().ok()) << "which answers what waits";
  EXPECT_EQ(answered, kPartitions * kThreads * kBatches);
}

TEST_F(LocalLogTest, more_partitions_than_descriptors_keep_what_was_appended) {
  env::set_open_files_max(20);
  ASSERT_TRUE(log_->create_topic("many", 100, {}).ok());
  ASSERT_TRUE(log_->create_topic("more", 50, {{"durability", "os"}}).ok());
  auto append_to_all = [this](const std::string& topic, int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      auto answer = append(*partition(topic, i), batch_of({fmt::format("{}-{}", topic, i)}));
      EXPECT_TRUE(answer.status.ok()) << answer.status;
    }
  };
  append_to_all("many", 100);
  append_to_all("more", 50);
  log_.reset();  // not closed: each partition is scanned
  open();
  ASSERT_NE(log_, nullptr);
  append_to_all("many", 100);
  for (int32_t i = 0; i < 100; ++i) {
    const std::string value = fmt::format("many-{}", i);
    EXPECT_EQ(values_from(*partition("many", i), 0), (std::vector{value, value}));
  }
  EXPECT_EQ(values_from(*partition("more", 49), 0), std::vector<std::string>{"more-49"});
  EXPECT_EQ(log_->recovery_notes(), std::vector<std::string>());
  env::set_open_files_max(SIZE_MAX);
}

TEST_F(LocalLogTest, one_damaged_partition_of_many_is_named) {
  ASSERT_TRUE(log_->create_topic("many", 100, {}).ok());
  log_.reset();
  ASSERT_EQ(system(("rm " + directory_ + "/partitions/many-42/*").c_str()), 0);
  auto opened = Log::open(env::posix_env(), {.directory = directory_});
  EXPECT_EQ(opened.status().code(), StatusCode::kDataLoss);
  EXPECT_NE(opened.status().message().find("many-42"), std::string::npos) << opened.status();
}

TEST_F(LocalLogTest, watchers_hear_of_new_records) {
  ASSERT_TRUE(log_->create_topic("orders", 1, {}).ok());
  auto orders = partition("orders");
  std::promise<Offset> seen;
  auto id = orders->watch([&] { seen.set_value(orders->high_watermark()); });
  append(*orders, batch_of({"a"}), Acks::kLeader);
  EXPECT_EQ(seen.get_future().get(), Offset(1));
  orders->unwatch(id);
  append(*orders, batch_of({"b"}));
}

TEST_F(LocalLogTest, refuses_a_second_log_on_the_directory) {
  auto second = Log::open(env::posix_env(), {.directory = directory_});
  EXPECT_EQ(second.status().code(), StatusCode::kFailedPrecondition);
}

TEST_F(LocalLogTest, topics_are_made_found_and_deleted) {
  auto orders = log_->create_topic("orders", 3, {{"segment.bytes", "1000"}});
  ASSERT_TRUE(orders.ok()) << orders.status();
  ASSERT_TRUE(log_->create_topic("__kappa_ddl", 1, {}).ok());
  EXPECT_EQ(log_->create_topic("orders", 1, {}).status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(log_->topics()[0].name, "__kappa_ddl") << "in name order";
  EXPECT_EQ(log_->find_topic(orders->id)->name, "orders");
  EXPECT_EQ(log_->find_topic("orders")->settings.at("segment.bytes"), "1000");
  EXPECT_FALSE(orders->id.is_none());
  EXPECT_EQ(log_->partition(orders->id, 3).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(log_->partition(orders->id, -1).status().code(), StatusCode::kNotFound);
  append(*partition("orders", 2), batch_of({"old"}));

  ASSERT_TRUE(log_->delete_topic(orders->id).ok());
  EXPECT_EQ(log_->delete_topic(orders->id).code(), StatusCode::kNotFound);
  EXPECT_EQ(log_->find_topic("orders").status().code(), StatusCode::kNotFound);
  auto again = log_->create_topic("orders", 3, {});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->id, orders->id);
  EXPECT_TRUE(values_from(*partition("orders", 2), 0).empty());
  log_.reset();
  open();
  EXPECT_EQ(log_->find_topic("orders")->id, again->id);
  EXPECT_EQ(log_->find_topic("orders")->partition_count, 3);
}

TEST_F(LocalLogTest, refuses_what_is_no_topic) {
  for (std::string name : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                           std::string("a b"), std::string(250, 'x')})
    EXPECT_EQ(log_->create_topic(name, 1, {}).status().code(), StatusCode::kInvalidArgument)
        << name;
  for (int32_t count : {0, -1, 1'000'000})
    EXPECT_EQ(log_->create_topic("t", count, {}).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(log_->create_topic("t", 1, {{"colour", "red"}}).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_TRUE(log_->topics().empty());
}

TEST_F(LocalLogTest, producer_ids_are_never_given_out_twice) {
  int64_t last = -1;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 1500; ++i) {
      auto id = log_->allocate_producer_id();
      ASSERT_TRUE(id.ok());
      ASSERT_GT(*id, last);
      last = *id;
    }
    log_.reset();
    open();
  }
}

TEST_F(LocalLogTest, partitions_without_a_topic_list_are_not_thrown_away) {
  ASSERT_TRUE(log_->create_topic("orders", 1, {}).ok());
  log_.reset();
  ASSERT_TRUE(env::posix_env().remove_file(directory_ + "/topics").ok());
  EXPECT_EQ(Log::open(env::posix_env(), {.directory = directory_}).status().code(),
            StatusCode::kDataLoss);
}

TEST_F(LocalLogTest, many_threads_append_to_many_partitions) {
  constexpr int kThreads = 4, kEach = 50;
  ASSERT_TRUE(log_->create_topic("orders", 2, {{"segment.bytes", "2000"}}).ok());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto answer = append(*partition("orders", t % 2), batch_of({fmt::format("{}-{}", t, i)}));
        EXPECT_TRUE(answer.status.ok()) << answer.status;
        EXPECT_LT(answer.result.base, partition("orders", t % 2)->high_watermark());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int p = 0; p < 2; ++p)
    EXPECT_EQ(values_from(*partition("orders", p), 0).size(), size_t{kThreads / 2 * kEach});
}

}  // namespace
}  // namespace kappa::log
