// A partition through the log, on a simulated machine: offsets, answers, reads, timestamps, damage.

#include "log/segment_partition.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/local_log.h"
#include "log/records.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

class PartitionTest : public testing::Test {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  void open() {
    log_.reset();
    auto log = Log::open(env_, {.directory = "/data", .index_interval_bytes = 200});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = std::move(*log);
    if (log_->topics().empty()) return;
    topic_ = log_->topics()[0];
    partition_ = log_->partition(topic_.id, 0).value();
  }
  void create(TopicSettings settings = {}) {
    open();
    ASSERT_TRUE(log_->create_topic("t", 1, std::move(settings)).ok());
    topic_ = log_->topics()[0];
    partition_ = log_->partition(topic_.id, 0).value();
  }
  void close_and_open() {
    ASSERT_TRUE(log_->close().ok());
    open();
  }
  void kill_and_open(Loss loss) {
    env_.restart(loss);
    open();
  }

  // Appends a batch of the timestamps' records; their values are their timestamps.
  AppendAnswer append(std::vector<int64_t> timestamps, BatchOptions options = {}) {
    BatchBuilder builder;
    for (int64_t t : timestamps) builder.add({.timestamp_ms = t, .value = std::to_string(t)});
    return append_bytes(std::move(builder).build(options).value());
  }
  AppendAnswer append_bytes(std::string batch, Acks acks = Acks::kAll) {
    std::optional<AppendAnswer> answer;
    partition_->append(std::move(batch), acks, [&](AppendAnswer a) { answer = std::move(a); });
    env_.run_workers();
    EXPECT_TRUE(answer.has_value()) << "every append is answered";
    return answer.value_or(AppendAnswer{internal_error("no answer")});
  }
  // The values from the offset to the end, or the error that stopped the reading.
  std::string values(int64_t from, size_t bytes_max = 100) {
    std::string out;
    for (Offset next(from); next < partition_->high_watermark();) {
      auto batches = partition_->read(next, bytes_max);
      if (!batches.ok())
        return out + (batches.status().code() == StatusCode::kDataLoss ? "!" : "?");
      RecordReader reader;
      EXPECT_TRUE(
          reader
              .for_each(batches->bytes, next,
                        [&](const Record& record) { out += fmt::format("{} ", *record.value); })
              .ok());
      next = batches->next;
    }
    return out;
  }
  std::string found(StatusOr<std::optional<TimestampAndOffset>> result) {
    if (!result.ok()) return result.status().ToString();
    if (!result->has_value()) return "none";
    return fmt::format("{}@{}", (*result)->timestamp, (*result)->offset);
  }
  std::string file(int64_t base, std::string_view extension) {
    return "/data/partitions/t-0/" + Segment::file_name(Offset(base), extension);
  }

  env::SimulatedEnv env_{1};
  std::unique_ptr<Log> log_;
  TopicDescription topic_;
  std::shared_ptr<Partition> partition_;
};

TEST_F(PartitionTest, reads_from_inside_a_batch_give_the_whole_batch) {
  create();
  append({1, 2, 3});
  append({4});
  auto batches = partition_->read(Offset(1), 1);
  ASSERT_TRUE(batches.ok());
  auto header = parse_whole_batch(batches->bytes);
  EXPECT_EQ(header->base, Offset(0)) << "at least one batch, however large";
  EXPECT_EQ(batches->next, Offset(3));
  EXPECT_EQ(partition_->read(Offset(0), 10'000)->next, Offset(4)) << "further ones as they fit";
  EXPECT_EQ(partition_->read(Offset(0), header->size_bytes() + 1)->next, Offset(3));
  EXPECT_TRUE(partition_->read(Offset(4), 100)->bytes.empty());
  EXPECT_EQ(partition_->read(Offset(5), 100).status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(partition_->read(Offset(-1), 100).status().code(), StatusCode::kOutOfRange);
}

TEST_F(PartitionTest, pieces_cover_what_they_are_cut_from) {
  create({{"segment.bytes", "1048576"}});
  std::mt19937 random(7);
  int64_t count = 0;
  while (partition_->size_bytes() < (3 << 20)) {
    std::vector<int64_t> timestamps(random() % 300 + 1);
    for (int64_t& t : timestamps) t = count++;
    append(std::move(timestamps));
  }
  // Closed and open segments, and indexes that have to be loaded first.
  for (bool is_reopened : {false, true}) {
    if (is_reopened) close_and_open();
    for (int round = 0; round < 50; ++round) {
      Offset from(static_cast<int64_t>(random() % count));
      Offset to(from.value + static_cast<int64_t>(random() % (count - from.value)));
      size_t piece_bytes = random() % 20'000 + 1;
      size_t bytes_max = round % 2 == 0 ? SIZE_MAX : random() % 100'000;
      auto pieces = partition_->cut(from, to, piece_bytes, bytes_max);
      ASSERT_TRUE(pieces.ok()) << pieces.status();
      size_t bytes = 0;
      Offset at = from;
      for (const Piece& piece : *pieces) {
        EXPECT_EQ(piece.from, at);
        EXPECT_LT(piece.from, piece.to);
        auto batches = partition_->read(piece.from, piece.bytes);
        ASSERT_TRUE(batches.ok()) << batches.status();
        EXPECT_GE(batches->next, piece.to) << "a piece is read at once";
        bytes += piece.bytes;
        at = piece.to;
      }
      EXPECT_TRUE(at == to || bytes >= bytes_max);
      EXPECT_TRUE(at > from || from >= to || bytes_max == 0);
    }
  }
  EXPECT_EQ(partition_->cut(Offset(count + 1), Offset(count + 2), 1, 1).status().code(),
            StatusCode::kOutOfRange);
}

TEST_F(PartitionTest, readers_see_what_is_durable) {
  create();
  std::optional<AppendAnswer> all, leader;
  auto send = [&](Acks acks, std::optional<AppendAnswer>& answer) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .value = "v"});
    partition_->append(std::move(builder).build().value(), acks,
                       [&answer](AppendAnswer a) { answer = std::move(a); });
  };
  send(Acks::kAll, all);
  send(Acks::kLeader, leader);
  EXPECT_FALSE(all.has_value()) << "waits for the sync";
  EXPECT_TRUE(leader.has_value()) << "does not";
  EXPECT_EQ(partition_->log_end(), Offset(2));
  EXPECT_EQ(partition_->high_watermark(), Offset(0));
  uint64_t before = env_.call_count();
  env_.run_workers();
  EXPECT_EQ(env_.call_count() - before, 3u) << "one sync for all that waits, then the hint";
  EXPECT_TRUE(all.has_value());
  EXPECT_EQ(partition_->high_watermark(), Offset(2));
}

TEST_F(PartitionTest, durability_os_answers_at_once) {
  create({{"durability", "os"}});
  uint64_t before = env_.call_count();
  EXPECT_TRUE(append({1}).status.ok());
  EXPECT_EQ(env_.call_count() - before, 1u) << "a write and no sync";
  EXPECT_EQ(values(0), "1 ");
}

TEST_F(PartitionTest, a_failed_sync_ends_all_writing) {
  create();
  append({1});
  env_.fail_call(2, Failure::kError);
  AppendAnswer refused = append({2});
  EXPECT_EQ(refused.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.error, AppendError::kStorage);
  uint64_t before = env_.call_count();
  EXPECT_EQ(append({3}).error, AppendError::kStorage);
  EXPECT_EQ(env_.call_count(), before) << "nothing is tried again";
  EXPECT_EQ(values(0), "1 ") << "reading goes on";
  EXPECT_FALSE(log_->close().ok());
}

TEST_F(PartitionTest, a_failed_write_is_undone) {
  create();
  append({1});
  env_.fail_call(1, Failure::kPartial);
  EXPECT_EQ(append({2}).error, AppendError::kStorage);
  EXPECT_EQ(append({3}).result.base, Offset(1));
  kill_and_open(Loss::kUnsynced);
  EXPECT_EQ(values(0), "1 3 ");
}

TEST_F(PartitionTest, retries_of_an_idempotent_producer_are_answered_with_the_original) {
  create();
  BatchOptions first{.producer_id = 5, .producer_epoch = 0, .base_sequence = 0};
  BatchOptions third{.producer_id = 5, .producer_epoch = 0, .base_sequence = 2};
  EXPECT_EQ(append({1}, first).result.base, Offset(0));
  EXPECT_EQ(append({9}).result.base, Offset(1));
  EXPECT_EQ(append({3}, third).error, AppendError::kOutOfOrderSequence);
  for (int round = 0; round < 3; ++round) {
    AppendAnswer again = append({1}, first);
    EXPECT_TRUE(again.status.ok());
    EXPECT_TRUE(again.result.is_duplicate);
    EXPECT_EQ(again.result.base, Offset(0));
    if (round == 0) close_and_open();
    if (round == 1) kill_and_open(Loss::kUnsynced);
  }
  EXPECT_EQ(values(0), "1 9 ");
}

TEST_F(PartitionTest, a_retry_waits_for_the_sync_of_the_original) {
  create();
  int answers = 0;
  for (int i = 0; i < 2; ++i) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .value = "v"});
    BatchOptions options{.producer_id = 5, .producer_epoch = 0, .base_sequence = 0};
    partition_->append(std::move(builder).build(options).value(), Acks::kAll,
                       [&](const AppendAnswer& a) { answers += a.status.ok() ? 1 : 0; });
  }
  EXPECT_EQ(answers, 0);
  env_.run_workers();
  EXPECT_EQ(answers, 2);
}

TEST_F(PartitionTest, timestamps_are_found_to_the_record) {
  create({{"segment.bytes", "300"}});
  for (Codec codec : {Codec::kNone, Codec::kLz4}) {
    append({10, 30, 20}, {.codec = codec});
    append({15}, {.codec = codec});
    append({50, 40}, {.codec = codec});
  }
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(0))), "10@0");
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(20))), "30@1");
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(31))), "50@4");
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(51))), "none");
  EXPECT_EQ(found(partition_->max_timestamp()), "50@4");
  close_and_open();
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(31))), "50@4");
  EXPECT_EQ(found(partition_->max_timestamp()), "50@4");
}

TEST_F(PartitionTest, timestamps_beyond_the_high_watermark_are_not_seen) {
  create();
  EXPECT_EQ(found(partition_->max_timestamp()), "none");
  append({10});
  BatchBuilder builder;
  builder.add({.timestamp_ms = 99, .value = "v"});
  partition_->append(std::move(builder).build().value(), Acks::kLeader, [](const AppendAnswer&) {});
  EXPECT_EQ(found(partition_->max_timestamp()), "10@0");
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(50))), "none");
  env_.run_workers();
  EXPECT_EQ(found(partition_->max_timestamp()), "99@1");
}

TEST_F(PartitionTest, indexes_are_rebuilt_when_they_are_gone_or_damaged) {
  create({{"segment.bytes", "300"}});
  for (int64_t i = 0; i < 20; ++i) append({i});
  ASSERT_TRUE(log_->close().ok());
  ASSERT_TRUE(env_.exists(file(0, ".index")));
  ASSERT_TRUE(env_.remove_file(file(0, ".index")).ok());
  env_.damage_byte(file(4, ".index"), 20);
  open();
  EXPECT_EQ(values(6), "6 7 8 9 10 11 12 13 14 15 16 17 18 19 ");
  EXPECT_EQ(values(1).substr(0, 8), "1 2 3 4 ");
  EXPECT_EQ(found(partition_->find_timestamp(TimestampMs(2))), "2@2");
}

TEST_F(PartitionTest, damage_is_fenced_and_what_follows_is_kept) {
  create();
  for (int64_t i = 0; i < 10; ++i) append({i});
  ASSERT_TRUE(log_->close().ok());
  log_.reset();
  // Each batch has 61 + 8 bytes: hit the third one's value, and the sixth one's length.
  env_.damage_byte(file(0, ".log"), 2 * 69 + 65);
  env_.damage_byte(file(0, ".log"), 5 * 69 + 8);
  for (bool is_clean : {true, false}) {
    if (!is_clean) {
      // Without indexes and producers the log is walked.
      ASSERT_TRUE(env_.remove_file(file(0, ".index")).ok());
    }
    open();
    EXPECT_EQ(log_->recovery_notes().size(), is_clean ? 0u : 2u);
    EXPECT_EQ(values(0), "0 1 !");
    EXPECT_EQ(values(2), "!");
    EXPECT_EQ(values(3), "3 4 !");
    EXPECT_EQ(values(6), "6 7 8 9 ");
    EXPECT_EQ(partition_->log_end(), Offset(10));
    auto error = partition_->read(Offset(2), 100).status();
    EXPECT_NE(message_of(error).find("[2, 3)"), std::string_view::npos) << error;
    ASSERT_TRUE(log_->close().ok());
    log_.reset();
  }
  open();
  EXPECT_EQ(append({10}).result.base, Offset(10));
  EXPECT_EQ(values(6), "6 7 8 9 10 ");
}

TEST_F(PartitionTest, a_batch_inside_a_damaged_record_is_not_taken_for_one) {
  create();
  append({0});
  BatchBuilder inner;
  inner.add({.timestamp_ms = 1, .value = "never appended"});
  std::string nested = std::move(inner).build().value();
  set_base_offset(nested, Offset(2), 0);
  BatchBuilder outer;
  outer.add({.timestamp_ms = 1, .value = "x" + nested + "x"});
  append_bytes(std::move(outer).build().value());
  for (int64_t i = 2; i < 5; ++i) append({i});
  ASSERT_TRUE(log_->close().ok());
  log_.reset();
  env_.damage_byte(file(0, ".log"), 69 + 62);
  open();
  EXPECT_EQ(values(0), "0 !");
  EXPECT_EQ(values(2), "2 3 4 ");
}

TEST_F(PartitionTest, missing_bytes_below_the_watermark_are_never_given_out_again) {
  create();
  for (int64_t i = 0; i < 4; ++i) append({i});
  ASSERT_TRUE(log_->close().ok());
  log_.reset();
  ASSERT_TRUE((*env_.open_file(file(0, ".log"), env::OpenMode::kWrite))->truncate(2 * 69).ok());
  for (int round = 0; round < 2; ++round) {
    open();
    EXPECT_EQ(partition_->log_end(), Offset(4 + round));
    EXPECT_EQ(values(0), "0 1 !");
    EXPECT_EQ(values(2), "!");
    EXPECT_EQ(append({100}).result.base, Offset(4 + round));
    ASSERT_TRUE(log_->close().ok());
    log_.reset();
  }
  open();
  EXPECT_EQ(values(4), "100 100 ");
}

TEST_F(PartitionTest, a_damaged_watermark_cuts_nothing_that_is_followed_by_sound_batches) {
  create({{"segment.bytes", "300"}});
  for (int64_t i = 0; i < 10; ++i) append({i});
  env_.restart(Loss::kUnsynced);
  env_.damage_byte("/data/partitions/t-0/durable", 3);
  env_.damage_byte(file(4, ".log"), 69 + 65);
  open();
  EXPECT_EQ(log_->recovery_notes().size(), 2u);
  EXPECT_EQ(values(0), "0 1 2 3 4 !");
  EXPECT_EQ(values(6), "6 7 8 9 ");
}

// The synced watermark is behind after a kill; the hint tells that all of this was durable.
TEST_F(PartitionTest, damage_in_what_was_durable_before_a_kill_is_fenced) {
  create();
  for (int64_t i = 0; i < 5; ++i) append({i});
  env_.restart(Loss::kNothing);
  env_.damage_byte(file(0, ".log"), 2 * 69 + 65);
  open();
  EXPECT_EQ(values(0), "0 1 !");
  EXPECT_EQ(values(3), "3 4 ");
  EXPECT_EQ(append({100}).result.base, Offset(5));
}

TEST_F(PartitionTest, a_partition_without_segments_goes_on_behind_them) {
  create();
  for (int64_t i = 0; i < 5; ++i) append({i});
  env_.restart(Loss::kNothing);
  ASSERT_TRUE(env_.remove_file(file(0, ".log")).ok());
  open();
  EXPECT_EQ(log_->recovery_notes().size(), 2u);
  EXPECT_EQ(append({100}).result.base, Offset(5));
  EXPECT_EQ(values(0), "!");
  EXPECT_EQ(values(5), "100 ");
}

TEST_F(PartitionTest, a_torn_tail_is_cut_and_said) {
  create();
  append({1});
  append({2});
  kill_and_open(Loss::kUnsynced);
  ASSERT_TRUE((*env_.open_file(file(0, ".log"), env::OpenMode::kWrite))->append("torn").ok());
  kill_and_open(Loss::kNothing);
  ASSERT_EQ(log_->recovery_notes().size(), 1u);
  EXPECT_NE(log_->recovery_notes()[0].find("torn tail is cut: offset=2 bytes=4"), std::string::npos)
      << log_->recovery_notes()[0];
  EXPECT_EQ(values(0), "1 2 ");
}

TEST_F(PartitionTest, keyless_records_are_refused_on_a_compacted_topic) {
  create({{"cleanup.policy", "compact"}});
  EXPECT_EQ(append({1}).error, AppendError::kInvalidRecord);
}

TEST_F(PartitionTest, log_append_time_is_in_the_answer_and_in_the_records) {
  create({{"message.timestamp.type", "LogAppendTime"}});
  EXPECT_EQ(append({1}).result.log_append_time, TimestampMs(env_.wall_ms()));
  EXPECT_EQ(found(partition_->max_timestamp()), fmt::format("{}@0", env_.wall_ms()));
}

TEST_F(PartitionTest, large_batches_of_the_server_pass_where_a_clients_do_not) {
  create({{"max.message.bytes", "1000"}, {"segment.bytes", "2000"}});
  BatchBuilder builder;
  std::string large(5000, 'x');
  builder.add({.timestamp_ms = 1, .value = large});
  std::string batch = std::move(builder).build().value();
  EXPECT_EQ(append_bytes(batch).error, AppendError::kTooLarge);
  std::optional<AppendAnswer> answer;
  partition_->append_internal(batch, Acks::kAll, [&](AppendAnswer a) { answer = a; });
  env_.run_workers();
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(answer->status.ok()) << answer->status;
  append({7});
  EXPECT_EQ(values(1), "7 ");
  EXPECT_EQ(values(0), large + " 7 ");
}

TEST_F(PartitionTest, a_deleted_partition_tells_its_watchers_and_can_still_be_read) {
  create();
  append({1});
  int calls = 0;
  partition_->watch([&calls] { ++calls; });
  ASSERT_TRUE(log_->delete_topic(topic_.id).ok());
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(append({2}).status.code(), StatusCode::kNotFound);
  EXPECT_EQ(values(0), "1 ");
  EXPECT_FALSE(log_->partition(topic_.id, 0).ok());
}

TEST_F(PartitionTest, what_waits_is_answered_when_the_log_goes) {
  create();
  std::optional<AppendAnswer> answer;
  BatchBuilder builder;
  builder.add({.timestamp_ms = 1, .value = "v"});
  partition_->append(std::move(builder).build().value(), Acks::kAll,
                     [&](AppendAnswer a) { answer = a; });
  log_.reset();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(append({2}).error, AppendError::kStorage) << "a partition may outlive its log";
}

// Random appends, reads, restarts, against a map from offset to value.
TEST_F(PartitionTest, behaves_like_a_map) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(fmt::format("seed={}", seed));
    std::mt19937_64 random(seed);
    env_.restart(Loss::kNothing);
    open();
    if (!log_->topics().empty()) {
      ASSERT_TRUE(log_->delete_topic(topic_.id).ok());
    }
    create({{"segment.bytes", std::to_string(200 + random() % 1000)}});
    std::map<int64_t, int64_t> model;
    for (int step = 0; step < 200; ++step) {
      uint64_t action = random() % 20;
      if (action < 12) {
        std::vector<int64_t> timestamps;
        for (uint64_t n = 1 + random() % 5; n > 0; --n)
          timestamps.push_back(static_cast<int64_t>(random() % 1000));
        AppendAnswer answer = append(timestamps, {.codec = static_cast<Codec>(random() % 5)});
        ASSERT_TRUE(answer.status.ok()) << answer.status;
        for (size_t i = 0; i < timestamps.size(); ++i)
          model[answer.result.base.value + static_cast<int64_t>(i)] = timestamps[i];
      } else if (action < 17) {
        auto from = static_cast<int64_t>(random() % (model.size() + 1));
        std::string expected;
        for (auto it = model.lower_bound(from); it != model.end(); ++it)
          expected += fmt::format("{} ", it->second);
        ASSERT_EQ(values(from, random() % 600), expected) << "from=" << from;
      } else if (action < 18) {
        auto timestamp = static_cast<int64_t>(random() % 1100);
        std::string expected = "none";
        for (auto it = model.begin(); it != model.end() && expected == "none"; ++it)
          if (it->second >= timestamp) expected = fmt::format("{}@{}", it->second, it->first);
        ASSERT_EQ(found(partition_->find_timestamp(TimestampMs(timestamp))), expected);
      } else if (action < 19) {
        close_and_open();
      } else {
        kill_and_open(random() % 2 == 0 ? Loss::kUnsynced : Loss::kTorn);
      }
      ASSERT_EQ(partition_->log_end(), Offset(static_cast<int64_t>(model.size())));
    }
  }
}

}  // namespace
}  // namespace kappa::log
