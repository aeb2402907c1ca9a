#include "log/batch_builder.h"

#include <algorithm>

#include "base/crc32c.h"

namespace kappa::log {
namespace {

size_t varint_size(int64_t value) {
  auto zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  size_t size = 1;
  for (; zigzag >= 0x80; zigzag >>= 7) ++size;
  return size;
}

size_t nullable_size(const std::optional<std::string_view>& bytes) {
  if (!bytes.has_value()) return 1;
  return varint_size(static_cast<int64_t>(bytes->size())) + bytes->size();
}

void write_nullable(Writer& writer, const std::optional<std::string_view>& bytes) {
  writer.varint(bytes.has_value() ? static_cast<int32_t>(bytes->size()) : -1);
  if (bytes.has_value()) writer.raw(*bytes);
}

size_t body_size(const NewRecord& record, int64_t timestamp_delta, int32_t offset_delta) {
  size_t size = 1 + varint_size(timestamp_delta) + varint_size(offset_delta) +
                nullable_size(record.key) + nullable_size(record.value) +
                varint_size(static_cast<int64_t>(record.headers.size()));
  for (const RecordHeader& header : record.headers)
    size += nullable_size(header.key) + nullable_size(header.value);
  return size;
}

}  // namespace

void BatchBuilder::add(const NewRecord& record) {
  if (count_ == 0) base_timestamp_ = record.timestamp_ms;
  max_timestamp_ = std::max(max_timestamp_, record.timestamp_ms);
  int64_t timestamp_delta = record.timestamp_ms - base_timestamp_;
  Writer writer(records_);
  writer.varint(static_cast<int32_t>(body_size(record, timestamp_delta, count_)));
  writer.i8(0);
  writer.varlong(timestamp_delta);
  writer.varint(count_);
  write_nullable(writer, record.key);
  write_nullable(writer, record.value);
  writer.varint(static_cast<int32_t>(record.headers.size()));
  for (const RecordHeader& header : record.headers) {
    write_nullable(writer, header.key);
    write_nullable(writer, header.value);
  }
  ++count_;
}

StatusOr<std::string> BatchBuilder::build(const BatchOptions& options) && {
  if (count_ == 0) return failed_precondition("a record batch needs a record");
  if (options.codec != Codec::kNone) {
    ASSIGN_OR_RETURN(records_, compress(options.codec, records_));
  }
  if (size_bytes() > INT32_MAX)
    return resource_exhausted("record batch is too large: size={}", size_bytes());
  std::string batch;
  batch.reserve(size_bytes());
  Writer writer(batch);
  writer.i64(0);
  writer.i32(static_cast<int32_t>(size_bytes() - kBatchLengthEnd));
  writer.i32(-1);  // leader epoch: the log writes it
  writer.i8(2);
  writer.u32(0);  // checksum: below
  writer.i16(static_cast<int16_t>(static_cast<int16_t>(options.codec) |
                                  (options.is_transactional ? 16 : 0) |
                                  (options.is_control ? 32 : 0)));
  writer.i32(count_ - 1);
  writer.i64(base_timestamp_);
  writer.i64(max_timestamp_);
  writer.i64(options.producer_id);
  writer.i16(options.producer_epoch);
  writer.i32(options.base_sequence);
  writer.i32(count_);
  writer.raw(records_);
  constexpr size_t kCrcAt = 17;
  writer.patch_i32(kCrcAt,
                   static_cast<int32_t>(crc32c(std::string_view(batch).substr(kBatchCrcStart))));
  return batch;
}

}  // namespace kappa::log
