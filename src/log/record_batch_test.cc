#include "log/record_batch.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "log/append_check.h"
#include "log/batch_builder.h"
#include "log/records.h"

namespace kappa::log {
namespace {

std::string hex(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

std::string one_record() {
  BatchBuilder builder;
  RecordHeader header{"h", "1"};
  builder.add({.timestamp_ms = 1000, .key = "k", .value = "v", .headers = {&header, 1}});
  return std::move(builder).build().value();
}

std::string with_right_checksum(std::string batch) {
  Writer(batch).patch_i32(
      17, static_cast<int32_t>(crc32c(std::string_view(batch).substr(kBatchCrcStart))));
  return batch;
}

AppendError refusal_of(std::string batch, AppendSource source = AppendSource::kClient,
                       TopicConfig config = {.segment_bytes = 1 << 20,
                                             .message_bytes_max = 1 << 20}) {
  CheckedBatch checked = check_batch(batch, source, config, 5000);
  EXPECT_EQ(checked.status.ok(), checked.error == AppendError::kNone);
  return checked.error;
}

// The worked example of docs/formats/log.md.
TEST(RecordBatchTest, has_the_bytes_of_the_format_document) {
  std::string batch = one_record();
  set_base_offset(batch, Offset(7), 0);
  EXPECT_EQ(hex(batch),
            "0000000000000007"
            "0000003e"
            "00000000"
            "02"
            "bc1d551f"
            "0000"
            "00000000"
            "00000000000003e8"
            "00000000000003e8"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000001"
            "18"
            "00"
            "00"
            "00"
            "026b"
            "0276"
            "02"
            "0268"
            "0231");
}

TEST(RecordBatchTest, records_come_back_with_every_codec) {
  for (Codec codec : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    BatchBuilder builder;
    RecordHeader headers[] = {{"a", "1"}, {"b", std::nullopt}};
    builder.add({.timestamp_ms = 1000, .key = "k", .value = "v", .headers = headers});
    builder.add({.timestamp_ms = 900, .key = std::nullopt, .value = ""});
    builder.add({.timestamp_ms = 2000, .key = "gone", .value = std::nullopt});
    std::string batch = std::move(builder).build({.codec = codec}).value();
    set_base_offset(batch, Offset(100), 0);

    RecordReader reader;
    std::vector<std::string> seen;
    ASSERT_TRUE(reader
                    .for_each(batch + batch, Offset(101),
                              [&](const Record& r) {
                                seen.push_back(fmt::format("{}@{} {}={} headers={}", r.offset,
                                                           r.timestamp_ms, r.key.value_or("null"),
                                                           r.value.value_or("null"),
                                                           r.header_count));
                              })
                    .ok());
    std::vector<std::string> once = {"101@900 null= headers=0", "102@2000 gone=null headers=0"};
    EXPECT_EQ(seen, (std::vector<std::string>{once[0], once[1], once[0], once[1]}))
        << name_of(codec);
  }
}

TEST(RecordBatchTest, headers_are_decoded_when_asked_for) {
  std::string batch = one_record();
  RecordReader reader;
  std::vector<RecordHeader> headers;
  ASSERT_TRUE(reader
                  .for_each(batch, Offset(0),
                            [&](const Record& r) { EXPECT_TRUE(r.parse_headers(headers).ok()); })
                  .ok());
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers[0].key, "h");
  EXPECT_EQ(headers[0].value, "1");
}

TEST(RecordBatchTest, a_good_batch_is_accepted) {
  EXPECT_EQ(refusal_of(one_record()), AppendError::kNone);
}

TEST(RecordBatchTest, truncation_anywhere_is_refused) {
  std::string batch = one_record();
  for (size_t size = 0; size < batch.size(); ++size) {
    EXPECT_EQ(refusal_of(batch.substr(0, size)), AppendError::kCorrupt) << size;
    RecordReader reader;
    EXPECT_EQ(reader.for_each(batch.substr(0, size), Offset(0), [](const Record&) {}).ok(),
              size == 0);
  }
  EXPECT_EQ(refusal_of(batch + batch), AppendError::kCorrupt) << "exactly one batch";
}

TEST(RecordBatchTest, every_flipped_byte_under_the_checksum_is_noticed) {
  for (size_t i = kBatchCrcStart; i < one_record().size(); ++i) {
    std::string batch = one_record();
    batch[i] = static_cast<char>(batch[i] ^ 1);
    EXPECT_NE(refusal_of(batch), AppendError::kNone) << i;
  }
}

TEST(RecordBatchTest, damaged_records_under_a_right_checksum_are_refused) {
  for (size_t i = kBatchHeaderBytes; i < one_record().size(); ++i) {
    for (uint8_t value : {0x00, 0x7f, 0x80, 0xff}) {
      std::string batch = one_record();
      batch[i] = static_cast<char>(value);
      batch = with_right_checksum(batch);
      AppendError error = refusal_of(batch);
      EXPECT_TRUE(error == AppendError::kNone || error == AppendError::kCorrupt);
    }
  }
}

TEST(RecordBatchTest, counts_must_agree) {
  std::string more = one_record();
  Writer(more).patch_i32(57, 2);
  EXPECT_EQ(refusal_of(with_right_checksum(more)), AppendError::kInvalidRecord);
  Writer(more).patch_i32(23, 1);
  EXPECT_EQ(refusal_of(with_right_checksum(more)), AppendError::kCorrupt) << "records are counted";
}

TEST(RecordBatchTest, old_formats_are_refused) {
  std::string batch = one_record();
  batch[16] = 1;
  EXPECT_EQ(refusal_of(batch), AppendError::kCorrupt);
}

TEST(RecordBatchTest, control_batches_and_those_without_a_sequence_are_for_the_server) {
  for (BatchOptions options :
       {BatchOptions{.is_control = true}, BatchOptions{.is_transactional = true},
        BatchOptions{.producer_id = 1, .producer_epoch = 0},
        BatchOptions{.producer_id = 1, .producer_epoch = 0, .is_transactional = true}}) {
    BatchBuilder builder;
    builder.add({.timestamp_ms = 1, .key = "k", .value = "v"});
    std::string batch = std::move(builder).build(options).value();
    EXPECT_EQ(refusal_of(batch), AppendError::kInvalidRecord);
    EXPECT_EQ(refusal_of(batch, AppendSource::kServer), AppendError::kNone);
  }
}

TEST(RecordBatchTest, size_is_limited_for_clients) {
  TopicConfig config{.segment_bytes = 1 << 20, .message_bytes_max = 70};
  EXPECT_EQ(refusal_of(one_record(), AppendSource::kClient, config), AppendError::kTooLarge);
  EXPECT_EQ(refusal_of(one_record(), AppendSource::kServer, config), AppendError::kNone);
}

TEST(RecordBatchTest, bombs_are_refused) {
  BatchBuilder builder;
  std::string large(300 << 20, 'z');
  builder.add({.timestamp_ms = 1, .value = large});
  std::string batch = std::move(builder).build({.codec = Codec::kZstd}).value();
  EXPECT_LT(batch.size(), 100'000u);
  EXPECT_EQ(refusal_of(batch), AppendError::kTooLarge);
}

TEST(RecordBatchTest, compacted_topics_need_keys) {
  BatchBuilder builder;
  builder.add({.timestamp_ms = 1, .value = "v"});
  std::string batch = std::move(builder).build().value();
  TopicConfig config{.segment_bytes = 1 << 20, .message_bytes_max = 1 << 20, .is_compacted = true};
  EXPECT_EQ(refusal_of(batch, AppendSource::kClient, config), AppendError::kInvalidRecord);
  EXPECT_EQ(refusal_of(one_record(), AppendSource::kClient, config), AppendError::kNone);
}

TEST(RecordBatchTest, log_append_time_is_stamped_and_checksummed) {
  std::string batch = one_record();
  TopicConfig config{
      .segment_bytes = 1 << 20, .message_bytes_max = 1 << 20, .is_log_append_time = true};
  CheckedBatch checked = check_batch(batch, AppendSource::kClient, config, 5000);
  ASSERT_TRUE(checked.status.ok());
  EXPECT_EQ(checked.header.max_timestamp, 5000);
  EXPECT_TRUE(is_checksum_right(batch, *parse_whole_batch(batch)));
  RecordReader reader;
  ASSERT_TRUE(reader
                  .for_each(batch, Offset(0),
                            [](const Record& record) { EXPECT_EQ(record.timestamp_ms, 5000); })
                  .ok());
}

TEST(RecordBatchTest, a_false_max_timestamp_is_corrected) {
  std::string batch = one_record();
  set_max_timestamp(batch, 999'999, false);
  EXPECT_EQ(refusal_of(batch), AppendError::kNone);
  TopicConfig config{.segment_bytes = 1 << 20, .message_bytes_max = 1 << 20};
  EXPECT_EQ(check_batch(batch, AppendSource::kClient, config, 0).header.max_timestamp, 1000);
}

}  // namespace
}  // namespace kappa::log
