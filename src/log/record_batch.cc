#include "log/record_batch.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/crc32c.h"
#include "log/records.h"

namespace kappa::log {
namespace {

constexpr size_t kLeaderEpochAt = 12;
constexpr size_t kCrcAt = 17;
constexpr size_t kAttributesAt = 21;
constexpr size_t kMaxTimestampAt = 35;
constexpr int16_t kKnownAttributes =
    0x7f;  // codec, timestamp type, transactional, control, horizon
constexpr int16_t kLogAppendTimeBit = 8;

bool is_consistent(const BatchHeader& h) {
  constexpr auto kLengthMin = static_cast<int32_t>(kBatchHeaderBytes - kBatchLengthEnd);
  return h.magic == 2 && h.base.value >= 0 && h.batch_length >= kLengthMin &&
         (h.attributes & ~kKnownAttributes) == 0 &&
         h.codec_bits() <= static_cast<int8_t>(Codec::kZstd) && h.last_offset_delta >= 0 &&
         h.record_count >= 0 && h.base.value <= INT64_MAX - h.last_offset_delta - 1;
}

}  // namespace

std::optional<BatchHeader> parse_batch_header(std::string_view bytes) {
  Reader reader(bytes);
  BatchHeader h;
  h.base = Offset(reader.i64());
  h.batch_length = reader.i32();
  h.leader_epoch = reader.i32();
  h.magic = reader.i8();
  h.crc = reader.u32();
  h.attributes = reader.i16();
  h.last_offset_delta = reader.i32();
  h.base_timestamp = reader.i64();
  h.max_timestamp = reader.i64();
  h.producer_id = reader.i64();
  h.producer_epoch = reader.i16();
  h.base_sequence = reader.i32();
  h.record_count = reader.i32();
  if (!reader.ok() || !is_consistent(h)) return std::nullopt;
  return h;
}

std::optional<BatchHeader> parse_whole_batch(std::string_view bytes) {
  auto header = parse_batch_header(bytes);
  if (!header.has_value() || header->size_bytes() > bytes.size()) return std::nullopt;
  return header;
}

bool is_checksum_right(std::string_view batch, const BatchHeader& header) {
  return crc32c(batch.substr(kBatchCrcStart)) == header.crc;
}

void set_base_offset(std::string& batch, Offset base, int32_t leader_epoch) {
  KAPPA_CHECK_GE(batch.size(), kBatchHeaderBytes);
  store_big_endian(batch.data(), base.value);
  store_big_endian(batch.data() + kLeaderEpochAt, leader_epoch);
}

void set_max_timestamp(std::string& batch, int64_t max_timestamp, bool is_log_append_time) {
  KAPPA_CHECK_GE(batch.size(), kBatchHeaderBytes);
  auto attributes = load_big_endian<int16_t>(batch.data() + kAttributesAt);
  attributes = static_cast<int16_t>(is_log_append_time ? attributes | kLogAppendTimeBit
                                                       : attributes & ~kLogAppendTimeBit);
  store_big_endian(batch.data() + kAttributesAt, attributes);
  store_big_endian(batch.data() + kMaxTimestampAt, max_timestamp);
  store_big_endian(batch.data() + kCrcAt, crc32c(std::string_view(batch).substr(kBatchCrcStart)));
}

StatusOr<BatchContent> check_records(std::string_view batch, const BatchHeader& header,
                                     size_t decompressed_bytes_max) {
  std::string_view block = batch.substr(kBatchHeaderBytes);
  std::string opened;
  if (header.codec() != Codec::kNone) {
    RETURN_IF_ERROR(decompress_into(header.codec(), block, decompressed_bytes_max, opened));
    block = opened;
  }
  BatchContent content;
  RecordCursor cursor(header, block);
  Record record;
  std::vector<RecordHeader> headers;
  int64_t expected = header.base.value;
  while (cursor.next(record)) {
    if (record.offset != expected++) return RecordReader::damaged(header);
    content.max_timestamp = std::max(content.max_timestamp, record.timestamp_ms);
    if (record.timestamp_ms >= 0)
      content.min_timestamp = std::min(content.min_timestamp, record.timestamp_ms);
    content.has_record_without_key |= !record.key.has_value();
    if (record.header_count > 0) RETURN_IF_ERROR(record.parse_headers(headers));
  }
  if (!cursor.ok()) return RecordReader::damaged(header);
  return content;
}

}  // namespace kappa::log
