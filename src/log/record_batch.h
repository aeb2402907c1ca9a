#pragma once
// Kafka's record batch, format v2: the unit of everything in the log. The bytes are the same on the
// wire, in memory and on disk; only baseOffset and partitionLeaderEpoch, which the checksum leaves
// out, are written by us. Layout (big endian; docs/formats/log.md has a worked example):
//
//   0 baseOffset i64 | 8 batchLength i32 | 12 partitionLeaderEpoch i32 | 16 magic i8 = 2
//   17 crc u32 | 21 attributes i16 | 23 lastOffsetDelta i32 | 27 baseTimestamp i64
//   35 maxTimestamp i64 | 43 producerId i64 | 51 producerEpoch i16 | 53 baseSequence i32
//   57 recordsCount i32 | 61 records, compressed as one block if attributes say so
//
// Everything here is a view: the bytes must outlive it. Functions are pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/compression.h"
#include "base/status.h"
#include "base/types.h"

namespace kappa::log {

constexpr size_t kBatchHeaderBytes = 61;
constexpr size_t kBatchLengthEnd = 12;  // batchLength counts the bytes after this position
constexpr size_t kBatchCrcStart = 21;   // the checksum covers everything from here on

constexpr int16_t kDeleteHorizonBit = 64;

struct BatchHeader {
  Offset base;
  int32_t batch_length = 0;
  int32_t leader_epoch = 0;
  int8_t magic = 0;
  uint32_t crc = 0;
  int16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp = -1;
  int64_t max_timestamp = -1;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int32_t record_count = 0;

  size_t size_bytes() const { return kBatchLengthEnd + static_cast<size_t>(batch_length); }
  Offset last() const { return base + last_offset_delta; }
  Offset next() const { return base + last_offset_delta + 1; }
  int8_t codec_bits() const { return attributes & 7; }
  Codec codec() const { return static_cast<Codec>(codec_bits()); }
  bool is_log_append_time() const { return (attributes & 8) != 0; }
  bool is_transactional() const { return (attributes & 16) != 0; }
  bool is_control() const { return (attributes & 32) != 0; }
  // base_timestamp is then the time from which tombstones and transaction markers may go (KIP-534).
  bool has_delete_horizon() const { return (attributes & kDeleteHorizonBit) != 0; }
  bool has_producer() const { return producer_id >= 0; }
};

// The header at the front of bytes, its numbers checked against each other (magic, lengths, counts,
// codec) but neither against what follows nor by checksum. nullopt: not a batch.
std::optional<BatchHeader> parse_batch_header(std::string_view bytes);

// The header if bytes begins with a whole batch (further bytes may follow). nullopt: not whole.
std::optional<BatchHeader> parse_whole_batch(std::string_view bytes);

// Whether the checksum of the whole batch in `batch` (exactly its bytes) holds.
bool is_checksum_right(std::string_view batch, const BatchHeader& header);

// What we write into a batch. batch is exactly one whole batch.
void set_base_offset(std::string& batch, Offset base, int32_t leader_epoch);
// Changes maxTimestamp and the timestamp type, then the checksum.
void set_max_timestamp(std::string& batch, int64_t max_timestamp, bool is_log_append_time);

// What the records of one batch say, found by walking them.
struct BatchContent {
  int64_t max_timestamp = -1;
  int64_t min_timestamp = INT64_MAX;  // of those that have one
  bool has_record_without_key = false;
};

// Opens the batch (exactly its bytes, checksum known to be right) and checks each record: lengths
// within bounds, offset deltas 0 … n-1, as many records as the header says, nothing after them.
// Errors: kDataLoss, kResourceExhausted (more than decompressed_bytes_max).
StatusOr<BatchContent> check_records(std::string_view batch, const BatchHeader& header,
                                     size_t decompressed_bytes_max);

}  // namespace kappa::log
