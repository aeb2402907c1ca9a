#include "log/record_encoding.h"

#include "base/crc32c.h"

namespace kappa::log {

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

StatusOr<std::string> assemble_batch(BatchHeader header, std::string_view block) {
  const size_t size = kBatchHeaderBytes + block.size();
  if (size > INT32_MAX) return resource_exhausted("record batch is too large: size={}", size);
  std::string batch;
  batch.reserve(size);
  Writer writer(batch);
  writer.i64(header.base.value);
  writer.i32(static_cast<int32_t>(size - kBatchLengthEnd));
  writer.i32(header.leader_epoch);
  writer.i8(2);
  writer.u32(0);  // checksum: below
  writer.i16(header.attributes);
  writer.i32(header.last_offset_delta);
  writer.i64(header.base_timestamp);
  writer.i64(header.max_timestamp);
  writer.i64(header.producer_id);
  writer.i16(header.producer_epoch);
  writer.i32(header.base_sequence);
  writer.i32(header.record_count);
  writer.raw(block);
  constexpr size_t kCrcAt = 17;
  writer.patch_i32(kCrcAt,
                   static_cast<int32_t>(crc32c(std::string_view(batch).substr(kBatchCrcStart))));
  return batch;
}

}  // namespace kappa::log
