#include "log/records.h"

namespace kappa::log {
namespace {

// An i32 length in zig-zag, -1 for null; fails the reader below that.
bool take_nullable(Reader& reader, std::optional<std::string_view>& out) {
  int32_t size = reader.varint();
  if (size < 0) {
    if (size != -1) reader.fail();
    out.reset();
    return reader.ok();
  }
  out = reader.view(static_cast<size_t>(size));
  return reader.ok();
}

}  // namespace

Status Record::parse_headers(std::vector<RecordHeader>& out) const {
  out.clear();
  Reader reader(header_bytes);
  for (int32_t i = 0; i < header_count && reader.ok(); ++i) {
    std::optional<std::string_view> key;
    RecordHeader header;
    take_nullable(reader, key);
    take_nullable(reader, header.value);
    if (!key.has_value()) reader.fail();
    if (!reader.ok()) break;
    header.key = *key;
    out.push_back(header);
  }
  if (!reader.ok() || reader.remaining() > 0)
    return data_loss("record headers are damaged: offset={}", offset);
  return OkStatus();
}

bool RecordCursor::take_bytes(std::optional<std::string_view>& out) {
  return take_nullable(reader_, out);
}

bool RecordCursor::next(Record& record) {
  if (index_ == header_.record_count) return false;
  int32_t size = reader_.varint();
  if (size < 0 || static_cast<size_t>(size) > reader_.remaining()) return reader_.fail(), false;
  size_t end = reader_.position() + static_cast<size_t>(size);
  reader_.i8();  // attributes: unused
  // Wraps on absurd input instead of overflowing.
  auto timestamp =
      static_cast<uint64_t>(header_.base_timestamp) + static_cast<uint64_t>(reader_.varlong());
  int32_t offset_delta = reader_.varint();
  bool is_whole = take_bytes(record.key) && take_bytes(record.value);
  record.header_count = reader_.varint();
  if (!is_whole || !reader_.ok() || reader_.position() > end || record.header_count < 0 ||
      offset_delta < 0 || offset_delta > header_.last_offset_delta) {
    return reader_.fail(), false;
  }
  record.header_bytes = reader_.view(end - reader_.position());
  if (record.header_count == 0 && !record.header_bytes.empty()) return reader_.fail(), false;
  record.offset = header_.base.value + offset_delta;
  record.timestamp_ms =
      header_.is_log_append_time() ? header_.max_timestamp : static_cast<int64_t>(timestamp);
  ++index_;
  return true;
}

StatusOr<std::string_view> RecordReader::open(std::string_view batch, const BatchHeader& header) {
  std::string_view block = batch.substr(kBatchHeaderBytes);
  if (header.codec() == Codec::kNone) return block;
  RETURN_IF_ERROR(decompress_into(header.codec(), block, kDecompressedBytesMax, buffer_));
  return std::string_view(buffer_);
}

StatusOr<BatchHeader> RecordReader::take_header(std::string_view batches) {
  auto header = parse_whole_batch(batches);
  if (!header.has_value()) return data_loss("not a whole record batch: size={}", batches.size());
  return *header;
}

Status RecordReader::damaged(const BatchHeader& header) {
  return data_loss("records are damaged: base_offset={} count={}", header.base,
                   header.record_count);
}

}  // namespace kappa::log
