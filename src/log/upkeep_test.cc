// Retention, trimming and compaction through the log, on a simulated machine: rule by rule.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/logging.h"
#include "env/simulated.h"
#include "log/batch_builder.h"
#include "log/local_log.h"
#include "log/record_encoding.h"
#include "log/records.h"

namespace kappa::log {
namespace {

using env::Failure;
using env::Loss;

constexpr int64_t kHour = 3'600'000;

class UpkeepTest : public testing::Test {
 protected:
  void SetUp() override { spdlog::set_level(spdlog::level::off); }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  void open() {
    partition_.reset();
    log_.reset();
    auto log = Log::open(env_, options_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = std::move(*log);
    if (log_->topics().empty()) return;
    partition_ = log_->partition(log_->topics()[0].id, 0).value();
  }
  // Segments of 150 bytes: two small batches at most.
  void create(TopicSettings settings) {
    settings.emplace("segment.bytes", "150");
    settings.emplace("min.cleanable.dirty.ratio", "0");
    settings.emplace("file.delete.delay.ms", "0");
    open();
    auto topic = log_->create_topic("t", 1, std::move(settings));
    ASSERT_TRUE(topic.ok()) << topic.status();
    partition_ = log_->partition(topic->id, 0).value();
  }
  void close_and_open() {
    ASSERT_TRUE(log_->close().ok());
    open();
    EXPECT_TRUE(log_->recovery_notes().empty()) << log_->recovery_notes()[0];
  }
  void kill_and_open(Loss loss = Loss::kUnsynced) {
    env_.restart(loss);
    open();
  }

  // One batch per word group: "a=1 b=2" has two records, "a-" a tombstone. Written now.
  AppendAnswer append(const std::string& text, BatchOptions options = {}) {
    return append_bytes(batch_of(text, options));
  }
  std::string batch_of(const std::string& text, BatchOptions options = {}) {
    BatchBuilder builder;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      NewRecord record{.timestamp_ms = env_.wall_ms(), .key = std::string_view(word).substr(0, 1)};
      if (word.size() > 2) record.value = std::string_view(word).substr(2);
      builder.add(record);
    }
    return std::move(builder).build(options).value();
  }
  AppendAnswer append_bytes(std::string batch) {
    std::optional<AppendAnswer> answer;
    partition_->append_internal(std::move(batch), Acks::kAll,
                                [&](AppendAnswer a) { answer = std::move(a); });
    env_.run_workers();
    EXPECT_TRUE(answer.has_value() && answer->status.ok());
    return *answer;
  }
  // Closes the active segment: the next one holds this batch alone.
  void fill() { append("~=" + std::string(75, '.')); }

  // What a reader sees from the start: "0:a=1 2:b-".
  std::string contents() { return contents_from(partition_->log_start()); }
  std::string contents_from(Offset from) {
    std::string out;
    Offset next = from;
    while (next < partition_->high_watermark()) {
      auto batches = partition_->read(next, 100);
      if (!batches.ok()) return out + batches.status().ToString();
      EXPECT_GT(batches->next, next);
      RecordReader reader;
      Status read = reader.for_each(batches->bytes, next, [&out](const Record& r) {
        if (r.key == "~") return;
        if (!out.empty()) out += " ";
        out += fmt::format("{}:{}{}", r.offset, r.key.value_or("?"),
                           r.value.has_value() ? "=" + std::string(*r.value) : "-");
      });
      EXPECT_TRUE(read.ok()) << read;
      next = batches->next;
    }
    EXPECT_EQ(next, partition_->high_watermark());
    return out;
  }
  std::vector<BatchHeader> headers() {
    std::vector<BatchHeader> all;
    for (Offset next = partition_->log_start(); next < partition_->high_watermark();) {
      auto batches = partition_->read(next, 1).value();
      for (std::string_view rest = batches.bytes; !rest.empty();) {
        all.push_back(*parse_whole_batch(rest));
        rest.remove_prefix(all.back().size_bytes());
      }
      next = batches.next;
    }
    return all;
  }
  std::string files() {
    std::string out;
    auto names = env_.list_directory("/data/partitions/t-0").value();
    for (const std::string& name : names)
      if (name.ends_with(".log")) out += name.substr(17, name.size() - 21) + " ";
    return out;
  }

  env::SimulatedEnv env_{1};
  LogOptions options_{.directory = "/data", .index_interval_bytes = 60};
  std::unique_ptr<Log> log_;
  std::shared_ptr<Partition> partition_;
};

// --- retention

TEST_F(UpkeepTest, segments_go_when_their_newest_record_is_too_old) {
  create({{"retention.ms", "3600000"}});
  append("a=1");
  env_.run_workers_for(kHour / 2);
  append("b=1");
  fill();
  append("c=1");
  EXPECT_EQ(files(), "000 002 003 ");
  env_.run_workers_for(kHour / 2);
  EXPECT_EQ(contents(), "0:a=1 1:b=1 3:c=1") << "b is as old as may be";
  env_.run_workers_for(1);
  EXPECT_EQ(partition_->log_start(), Offset(0)) << "exactly as old as it may be is not too old";
  env_.run_workers_for(kHour / 2);
  EXPECT_EQ(contents(), "") << "the active segment was closed to be removed";
  EXPECT_EQ(partition_->log_start(), Offset(4));
  EXPECT_EQ(append("d=1").result.base, Offset(4)) << "offsets go on";
  close_and_open();
  EXPECT_EQ(contents(), "4:d=1");
}

TEST_F(UpkeepTest, a_timestamp_in_the_future_keeps_what_lies_behind_it) {
  create({{"retention.ms", "1000"}});
  append("a=1");
  BatchBuilder builder;
  builder.add({.timestamp_ms = env_.wall_ms() + kHour, .key = "f", .value = "1"});
  append_bytes(std::move(builder).build().value());
  fill();
  append("b=1");
  env_.run_workers_for(10'000);
  EXPECT_EQ(contents(), "0:a=1 1:f=1 3:b=1");
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "");
}

TEST_F(UpkeepTest, records_without_timestamps_age_from_when_they_were_seen) {
  create({{"retention.ms", "1000"}});
  BatchBuilder builder;
  builder.add({.key = "a", .value = "1"});
  append_bytes(std::move(builder).build().value());
  fill();
  env_.run_workers_for(900);
  EXPECT_EQ(contents(), "0:a=1");
  env_.run_workers_for(102);
  EXPECT_EQ(contents(), "");
}

TEST_F(UpkeepTest, the_log_stays_within_a_segment_of_its_size) {
  create({{"retention.bytes", "400"}});
  for (int i = 0; i < 40; ++i) append("a=" + std::to_string(i));
  EXPECT_GE(partition_->size_bytes(), 400);
  EXPECT_LT(partition_->size_bytes(), 400 + 150);
  EXPECT_GT(partition_->log_start(), Offset(25));
  const std::string before = contents();
  const Offset start = partition_->log_start();
  kill_and_open();
  EXPECT_EQ(contents(), before);
  EXPECT_EQ(partition_->log_start(), start);
  EXPECT_EQ(partition_->read(start - 1, 100).status().code(), StatusCode::kOutOfRange);
}

TEST_F(UpkeepTest, compacted_topics_keep_old_records_unless_their_policy_says_delete_too) {
  create({{"cleanup.policy", "compact"}, {"retention.ms", "1000"}});
  append("a=1");
  fill();
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "0:a=1");
}

TEST_F(UpkeepTest, compact_and_delete_do_both) {
  create({{"cleanup.policy", "compact,delete"}, {"retention.ms", "1000"}});
  append("a=1");
  append("a=2");
  fill();
  fill();
  env_.run_workers_for(500);
  EXPECT_EQ(contents(), "1:a=2");
  env_.run_workers_for(1000);
  EXPECT_EQ(contents(), "");
}

TEST_F(UpkeepTest, removed_files_wait_for_their_delay_but_not_for_a_restart) {
  create({{"retention.ms", "1000"}, {"file.delete.delay.ms", "60000"}});
  append("a=1");
  fill();
  fill();
  env_.run_workers_for(2000);
  EXPECT_EQ(partition_->log_start(), Offset(3));
  EXPECT_EQ(files(), "000 001 002 003 ");
  env_.run_workers_for(60'000);
  EXPECT_EQ(files(), "003 ");
  append("b=1");
  fill();
  env_.run_workers_for(2000);
  EXPECT_EQ(files(), "003 004 005 ");
  close_and_open();
  EXPECT_EQ(files(), "005 ");
}

TEST_F(UpkeepTest, who_holds_batches_keeps_them_when_their_segment_goes) {
  create({{"retention.ms", "1000"}});
  append("a=1");
  Batches held = partition_->read(Offset(0), 100).value();
  fill();
  env_.run_workers_for(5000);
  ASSERT_EQ(files(), "002 ");
  EXPECT_TRUE(is_checksum_right(held.bytes, *parse_whole_batch(held.bytes)));
}

TEST_F(UpkeepTest, segments_are_closed_by_the_age_of_their_records) {
  create({{"segment.ms", "1000"}, {"segment.bytes", "100000"}});
  append("a=1");
  env_.advance_ms(1000);
  append("b=1");
  EXPECT_EQ(files(), "000 ");
  env_.advance_ms(1);
  append("c=1");
  EXPECT_EQ(files(), "000 002 ");
}

TEST_F(UpkeepTest, segments_are_closed_when_kafkas_index_would_be_full) {
  create(
      {{"segment.index.bytes", "24"}, {"segment.bytes", "100000"}, {"index.interval.bytes", "1"}});
  for (int i = 0; i < 7; ++i) append("a=1");
  EXPECT_EQ(files(), "000 003 006 ") << "three entries of 8 bytes each";
}

// --- trim

TEST_F(UpkeepTest, what_is_trimmed_is_gone_for_good) {
  create({});
  append("a=1 b=2");
  append("c=3");
  fill();
  EXPECT_EQ(partition_->trim(Offset(1)).value(), Offset(1)) << "in the middle of a batch";
  EXPECT_EQ(contents(), "1:b=2 2:c=3");
  EXPECT_EQ(partition_->read(Offset(0), 100).status().code(), StatusCode::kOutOfRange);
  EXPECT_EQ(partition_->trim(Offset(0)).value(), Offset(1)) << "it never moves back";
  EXPECT_EQ(partition_->trim(Offset(5)).status().code(), StatusCode::kOutOfRange);
  kill_and_open();
  EXPECT_EQ(contents(), "1:b=2 2:c=3");
  auto first = partition_->find_timestamp(TimestampMs(0)).value();
  EXPECT_EQ(first->offset, Offset(1)) << "searches begin at the log's start";
  EXPECT_EQ(partition_->trim(Offset(4)).value(), Offset(4));
  EXPECT_EQ(contents(), "");
  EXPECT_EQ(append("d=1").result.base, Offset(4));
  EXPECT_EQ(append("e=1").result.log_start, Offset(4));
  close_and_open();
  EXPECT_EQ(contents(), "4:d=1 5:e=1");
  EXPECT_EQ(files(), "004 ");
}

TEST_F(UpkeepTest, a_trim_holds_even_where_the_topic_is_not_synced) {
  create({{"durability", "os"}});
  append("a=1");
  append("b=1");
  ASSERT_TRUE(partition_->trim(Offset(2)).ok());
  kill_and_open(Loss::kUnsynced);
  EXPECT_EQ(partition_->log_start(), Offset(2));
  EXPECT_EQ(append("c=1").result.base, Offset(2));
}

// --- compaction

TEST_F(UpkeepTest, the_newest_record_of_each_key_stays_at_its_offset) {
  create({{"cleanup.policy", "compact"}});
  append("a=1 b=1");
  append("a=2 c=1");
  append("b=2");
  fill();
  append("a=3");
  env_.run_workers_for(1000);
  EXPECT_EQ(contents(), "2:a=2 3:c=1 4:b=2 6:a=3") << "the active segment is not compacted";
  EXPECT_EQ(partition_->log_start(), Offset(0));
  EXPECT_EQ(contents_from(Offset(1)), "2:a=2 3:c=1 4:b=2 6:a=3") << "reads begin in gaps too";
  kill_and_open();
  EXPECT_EQ(contents(), "2:a=2 3:c=1 4:b=2 6:a=3");
  fill();
  env_.run_workers_for(1000);
  EXPECT_EQ(contents(), "3:c=1 4:b=2 6:a=3");
  close_and_open();
  EXPECT_EQ(contents(), "3:c=1 4:b=2 6:a=3");
}

TEST_F(UpkeepTest, small_segments_become_one) {
  create({{"cleanup.policy", "compact"}});
  for (int i = 0; i < 40; ++i) append("a=" + std::to_string(i));
  EXPECT_LE(std::ranges::count(files(), ' '), 3) << "of twenty segments: " << files();
  EXPECT_EQ(contents(), "37:a=37 38:a=38 39:a=39");
}

TEST_F(UpkeepTest, pieces_cover_gaps) {
  create({{"cleanup.policy", "compact"}});
  for (int i = 0; i < 20; ++i) append(i % 5 == 0 ? fmt::format("{}=x", i / 5) : "z=1");
  fill();
  env_.run_workers_for(1000);
  for (int64_t from = 0; from < 20; ++from) {
    Offset at(from);
    auto pieces = partition_->cut(at, Offset(21), 70, SIZE_MAX).value();
    for (const Piece& piece : pieces) {
      EXPECT_EQ(piece.from, at);
      ASSERT_LT(piece.from, piece.to);
      EXPECT_GT(partition_->read(piece.from, piece.bytes)->next, piece.from);
      at = piece.to;
    }
    EXPECT_EQ(at, Offset(21));
  }
}

TEST_F(UpkeepTest, a_log_of_gaps_only_says_where_to_read_on) {
  create({{"cleanup.policy", "compact"},
          {"max.compaction.lag.ms", "1000"},
          {"delete.retention.ms", "0"}});
  append("a-");
  env_.run_workers_for(5000);
  append("b=1");
  env_.run_workers_for(5000);
  append("b-");
  env_.run_workers_for(10'000);
  ASSERT_EQ(contents(), "2:b-") << "its horizon has come, the next compaction removes it";
  append("c-");
  env_.run_workers_for(5000);
  append("d-");
  env_.run_workers_for(5000);
  ASSERT_EQ(contents(), "4:d-");
  auto batches = partition_->read(Offset(0), 100);
  ASSERT_TRUE(batches.ok());
  EXPECT_EQ(batches->next, Offset(5));
  ASSERT_TRUE(partition_->trim(Offset(5)).ok());
  EXPECT_EQ(partition_->read(Offset(5), 100)->next, Offset(5));
}

TEST_F(UpkeepTest, tombstones_stay_until_their_horizon) {
  create({{"cleanup.policy", "compact"}, {"delete.retention.ms", "3600000"}});
  append("a=1");
  append("b=1");
  append("a-");
  fill();
  fill();
  env_.run_workers_for(10);
  const int64_t compacted_ms = env_.wall_ms();
  EXPECT_EQ(contents(), "1:b=1 2:a-");
  BatchHeader header = headers()[1];
  EXPECT_TRUE(header.has_delete_horizon());
  EXPECT_LE(header.base_timestamp, compacted_ms + kHour);
  EXPECT_GE(header.base_timestamp, compacted_ms + kHour - 10);
  auto found = partition_->find_timestamp(TimestampMs(compacted_ms - 10)).value();
  EXPECT_EQ(found->timestamp, TimestampMs(compacted_ms - 10)) << "records keep their timestamps";
  env_.run_workers_for(kHour - 100);
  fill();
  env_.run_workers_for(10);
  EXPECT_EQ(contents(), "1:b=1 2:a-") << "a compaction before the horizon";
  env_.run_workers_for(200);
  fill();
  env_.run_workers_for(10);
  EXPECT_EQ(contents(), "1:b=1") << "and one after it";
}

TEST_F(UpkeepTest, a_dirty_log_is_compacted_when_the_ratio_says) {
  create({{"cleanup.policy", "compact"}, {"min.cleanable.dirty.ratio", "0.6"}});
  append("a=1");
  fill();
  fill();
  env_.run_workers_for(10);
  EXPECT_NE(files().find("000."), std::string::npos) << "all of it was dirty";
  for (int i = 0; i < 8; ++i) append(fmt::format("{}=1", i));
  env_.run_workers_for(10);
  append("x=1");
  append("x=2");
  append("x=3");
  env_.run_workers_for(kHour);
  EXPECT_NE(contents().find("x=1"), std::string::npos) << "too little of it is dirty";
  for (int i = 0; i < 40; ++i) append("y=1");
  env_.run_workers_for(10);
  EXPECT_EQ(contents().find("x=1"), std::string::npos);
}

TEST_F(UpkeepTest, records_are_left_alone_until_the_shortest_lag) {
  create({{"cleanup.policy", "compact"}, {"min.compaction.lag.ms", "5000"}});
  append("a=1");
  append("a=2");
  fill();
  fill();
  env_.run_workers_for(5000);
  EXPECT_EQ(contents(), "0:a=1 1:a=2");
  env_.run_workers_for(1);
  EXPECT_EQ(contents(), "1:a=2") << "time alone wakes it";
}

TEST_F(UpkeepTest, the_longest_lag_closes_the_active_segment) {
  create({{"cleanup.policy", "compact"},
          {"max.compaction.lag.ms", "5000"},
          {"min.cleanable.dirty.ratio", "1"},
          {"segment.bytes", "100000"}});
  append("a=1");
  append("a=2");
  env_.run_workers_for(5000);
  EXPECT_EQ(contents(), "0:a=1 1:a=2");
  env_.run_workers_for(5002);
  EXPECT_EQ(contents(), "1:a=2");
  EXPECT_EQ(files(), "000.1 002 ");
}

TEST_F(UpkeepTest, a_small_map_makes_several_passes) {
  options_.compaction_memory_bytes = 16 * 24;  // 14 keys
  create({{"cleanup.policy", "compact"}});
  std::string expected;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 50; ++i) {
      std::string record = fmt::format("{}={}", static_cast<char>('0' + i), round);
      append(record);
      if (round == 1) expected += fmt::format("{}:{} ", 50 + i, record);
    }
  }
  fill();
  fill();
  env_.run_workers_for(1000);
  EXPECT_EQ(contents() + " ", expected);
}

TEST_F(UpkeepTest, batches_keep_their_codec_and_their_headers) {
  create({{"cleanup.policy", "compact"}, {"segment.bytes", "500"}});
  BatchBuilder builder;
  const RecordHeader header{"trace", "42"};
  for (std::string_view key : {"a", "b", "a"})
    builder.add({.timestamp_ms = 1000 + static_cast<int64_t>(key[0]),
                 .key = key,
                 .value = "v",
                 .headers = {&header, 1}});
  append_bytes(std::move(builder).build({.codec = Codec::kZstd}).value());
  append("~=" + std::string(450, '.'));
  append("~=" + std::string(450, '.'));
  env_.run_workers_for(1000);
  Batches batches = partition_->read(Offset(0), 1).value();
  BatchHeader rewritten = *parse_whole_batch(batches.bytes);
  EXPECT_EQ(rewritten.codec(), Codec::kZstd);
  EXPECT_EQ(rewritten.record_count, 2);
  EXPECT_EQ(rewritten.last_offset_delta, 2);
  std::string seen;
  RecordReader reader;
  ASSERT_TRUE(reader
                  .for_each(batches.bytes.substr(0, rewritten.size_bytes()), Offset(0),
                            [&](const Record& record) {
                              std::vector<RecordHeader> headers;
                              ASSERT_TRUE(record.parse_headers(headers).ok());
                              seen += fmt::format("{}:{}@{} {}={} ", record.offset, *record.key,
                                                  record.timestamp_ms, headers[0].key,
                                                  *headers[0].value);
                            })
                  .ok());
  EXPECT_EQ(seen, "1:b@1098 trace=42 2:a@1097 trace=42 ");
}

TEST_F(UpkeepTest, the_last_sequence_of_a_producer_outlives_its_records) {
  create({{"cleanup.policy", "compact"}});
  append("a=1", {.producer_id = 7, .producer_epoch = 0, .base_sequence = 0});
  append("a=2", {.producer_id = 7, .producer_epoch = 0, .base_sequence = 1});
  append("a=3");
  fill();
  fill();
  env_.run_workers_for(1000);
  ASSERT_EQ(contents(), "2:a=3");
  BatchHeader kept = headers()[0];
  EXPECT_EQ(kept.record_count, 0);
  EXPECT_EQ(kept.base, Offset(1)) << "of the first batch nothing is left";
  EXPECT_EQ(kept.base_sequence, 1);
  // Even when the saved state of producers is lost.
  env_.restart(Loss::kNothing);
  auto names = env_.list_directory("/data/partitions/t-0").value();
  for (const std::string& name : names) {
    if (!name.ends_with(".producers") && name != "durable") continue;
    ASSERT_TRUE(env_.remove_file("/data/partitions/t-0/" + name).ok());
  }
  open();
  std::optional<AppendAnswer> answer;
  auto send = [&](int32_t sequence) {
    partition_->append(
        batch_of("a=4", {.producer_id = 7, .producer_epoch = 0, .base_sequence = sequence}),
        Acks::kAll, [&](AppendAnswer a) { answer = std::move(a); });
    env_.run_workers();
  };
  send(1);
  EXPECT_TRUE(answer->result.is_duplicate);
  EXPECT_EQ(answer->result.base, Offset(1));
  send(3);
  EXPECT_EQ(answer->error, AppendError::kOutOfOrderSequence);
  send(2);
  EXPECT_TRUE(answer->status.ok());
}

TEST_F(UpkeepTest, a_marker_stays_until_its_transaction_and_its_horizon_are_gone) {
  create({{"cleanup.policy", "compact"}, {"delete.retention.ms", "1000"}});
  append("a=1",
         {.producer_id = 7, .producer_epoch = 0, .base_sequence = 0, .is_transactional = true});
  BatchBuilder marker;
  marker.add({.timestamp_ms = env_.wall_ms(),
              .key = std::string_view("\0\0\0\1", 4),
              .value = std::string_view("\0\0\0\0\0\0", 6)});
  append_bytes(
      std::move(marker)
          .build(
              {.producer_id = 7, .producer_epoch = 0, .is_transactional = true, .is_control = true})
          .value());
  auto has_marker = [this] {
    auto all = headers();
    return std::any_of(all.begin(), all.end(), [](const auto& h) { return h.is_control(); });
  };
  for (int i = 0; i < 3; ++i) fill();
  env_.run_workers_for(5000);
  EXPECT_TRUE(has_marker()) << "its record is there";
  // The producer's next batch frees the header of the one before.
  append("a=2", {.producer_id = 7, .producer_epoch = 0, .base_sequence = 1});
  for (int i = 0; i < 3; ++i) fill();
  env_.run_workers_for(500);
  EXPECT_EQ(contents(), "5:a=2");
  EXPECT_TRUE(has_marker()) << "its horizon has not come";
  env_.run_workers_for(5000);
  for (int i = 0; i < 3; ++i) fill();
  env_.run_workers_for(500);
  EXPECT_FALSE(has_marker());
}

TEST_F(UpkeepTest, damage_stops_a_compaction_and_is_kept) {
  create({{"cleanup.policy", "compact"}});
  append("a=1");
  append("b=1");
  ASSERT_TRUE(log_->close().ok());
  env_.damage_byte("/data/partitions/t-0/00000000000000000000.log", 65);
  open();
  append("a=2");
  fill();
  env_.run_workers_for(1000);
  EXPECT_EQ(files(), "000 002 003 ") << "nothing is thrown away";
  EXPECT_EQ(partition_->read(Offset(0), 100).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(contents_from(Offset(1)), "1:b=1 2:a=2");
}

TEST_F(UpkeepTest, damage_in_a_compacted_segment_is_told_from_its_gaps) {
  create({{"cleanup.policy", "compact"}, {"segment.bytes", "600"}});
  append("a=1");
  append("b=1");
  append("a=2");
  append("c=1");
  append("d=1");
  append("~=" + std::string(500, '.'));
  append("~=" + std::string(500, '.'));
  env_.run_workers_for(1000);
  ASSERT_EQ(contents(), "1:b=1 2:a=2 3:c=1 4:d=1");
  ASSERT_TRUE(log_->close().ok());
  const std::string name = files().substr(0, files().find(' '));
  const std::string path = "/data/partitions/t-0/00000000000000000" + name + ".log";
  env_.damage_byte(path, 70 + 65);  // in the second batch: a=2
  open();
  EXPECT_EQ(partition_->read(Offset(2), 100).status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(contents_from(Offset(3)), "3:c=1 4:d=1");
  auto first = partition_->read(Offset(0), 1000);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->next, Offset(2)) << "up to the damage";
}

TEST_F(UpkeepTest, slices_are_paid_with_pauses) {
  options_.background_bytes_per_second = 100'000;
  create({{"cleanup.policy", "compact"}, {"segment.bytes", "1000000"}});
  for (int i = 0; i < 21; ++i) append("a=" + std::string(100'000, 'x'));
  const int64_t start = env_.wall_ms();
  while (partition_->size_bytes() > 1'500'000 && env_.wall_ms() - start < 100'000)
    env_.run_workers_for(100);
  // The first megabyte is read twice, the first half of that at once.
  EXPECT_GT(env_.wall_ms() - start, 12'000);
  EXPECT_LT(env_.wall_ms() - start, 20'000);
}

TEST_F(UpkeepTest, a_deleted_topic_is_let_go_in_the_middle_of_its_compaction) {
  options_.background_bytes_per_second = 1000;
  create({{"cleanup.policy", "compact"}, {"segment.bytes", "1000000"}});
  for (int i = 0; i < 21; ++i) append("a=" + std::string(100'000, 'x'));
  env_.run_workers_for(100);
  ASSERT_TRUE(log_->delete_topic(log_->topics()[0].id).ok());
  env_.run_workers_for(kHour);
  EXPECT_TRUE(env_.list_directory("/data/partitions")->empty());
}

TEST_F(UpkeepTest, timestamps_too_far_from_the_clock_are_refused) {
  create({{"message.timestamp.before.max.ms", "1000"}});
  auto error_of = [this](int64_t timestamp) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = timestamp, .key = "a", .value = "1"});
    std::optional<AppendAnswer> answer;
    partition_->append(std::move(builder).build().value(), Acks::kAll,
                       [&](AppendAnswer a) { answer = std::move(a); });
    env_.run_workers();
    return answer->error;
  };
  const int64_t now = env_.wall_ms();
  EXPECT_EQ(error_of(now), AppendError::kNone);
  EXPECT_EQ(error_of(now - 1000), AppendError::kNone);
  EXPECT_EQ(error_of(now - 1001), AppendError::kInvalidTimestamp);
  EXPECT_EQ(error_of(now + kHour), AppendError::kNone) << "an hour ahead is Kafka's default";
  EXPECT_EQ(error_of(now + kHour + 1), AppendError::kInvalidTimestamp);
  EXPECT_EQ(error_of(-1), AppendError::kNone) << "none at all is none to refuse";
}

TEST_F(UpkeepTest, retention_waits_for_a_hold_and_asks_it_to_move_on) {
  create({{"retention.ms", "3600000"}});
  append("a=1");
  append("b=1");
  append("c=1");
  append("d=1");
  append("e=1");
  int asked = 0;
  auto hold = partition_->hold(Offset(2), [&asked] { asked++; });
  env_.run_workers_for(2 * kHour);
  EXPECT_EQ(partition_->log_start(), Offset(2)) << "what lies below it goes";
  EXPECT_EQ(contents(), "2:c=1 3:d=1 4:e=1");
  EXPECT_GT(asked, 0);
  hold->move(Offset(4));
  env_.run_workers_for(10);
  EXPECT_EQ(partition_->log_start(), Offset(4));
  hold.reset();
  env_.run_workers_for(10);
  EXPECT_EQ(contents(), "");
}

TEST_F(UpkeepTest, a_trim_beyond_a_hold_is_refused_and_asks_it_to_move_on) {
  create({});
  append("a=1");
  append("b=1");
  int asked = 0;
  auto hold = partition_->hold(Offset(1), [&asked] { asked++; });
  EXPECT_EQ(partition_->trim(Offset(2)).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(partition_->trim(Offset(1)).value(), Offset(1));
  hold->move(Offset(2));
  EXPECT_EQ(partition_->trim(Offset(2)).value(), Offset(2));
}

TEST_F(UpkeepTest, what_is_held_is_not_compacted) {
  create({{"cleanup.policy", "compact"}, {"delete.retention.ms", "0"}});
  auto hold = partition_->hold(Offset(0), nullptr);
  append("a=1");
  append("b=1");
  append("a-");
  append("b=2");
  fill();
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "0:a=1 1:b=1 2:a- 3:b=2") << "a reader that took a=1 must see its end";
  hold->move(Offset(4));
  env_.run_workers_for(10);
  EXPECT_EQ(contents(), "2:a- 3:b=2") << "a tombstone goes with the compaction after its horizon";
  hold.reset();
  fill();
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "3:b=2");
}

TEST_F(UpkeepTest, a_compaction_that_runs_when_a_hold_comes_changes_nothing) {
  options_.background_bytes_per_second = 100;
  create({{"cleanup.policy", "compact"}});
  append("a=1");
  append("a=2");
  fill();
  env_.run_workers_for(1);  // begun, and paused to pay
  auto hold = partition_->hold(Offset(0), nullptr);
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "0:a=1 1:a=2");
  hold.reset();
  env_.run_workers_for(kHour);
  EXPECT_EQ(contents(), "1:a=2");
}

TEST_F(UpkeepTest, deferred_upkeep_begins_when_it_is_told_to) {
  create({{"retention.ms", "3600000"}});
  append("a=1");
  ASSERT_TRUE(log_->close().ok());
  options_.is_upkeep_deferred = true;
  open();
  env_.run_workers_for(2 * kHour);
  EXPECT_EQ(contents(), "0:a=1");
  log_->begin_upkeep();
  env_.run_workers_for(10);
  EXPECT_EQ(contents(), "");
}

}  // namespace
}  // namespace kappa::log
