#include "log/batch_filter.h"

#include <algorithm>

#include "log/record_encoding.h"

namespace kappa::log {
namespace {

constexpr int16_t kCodecBits = 7;

void write_record(std::string& out, const Record& record, int64_t base_timestamp, Offset base) {
  const int64_t timestamp_delta = record.timestamp_ms - base_timestamp;
  const int64_t offset_delta = record.offset - base.value;
  const size_t size = 1 + varint_size(timestamp_delta) + varint_size(offset_delta) +
                      nullable_size(record.key) + nullable_size(record.value) +
                      varint_size(record.header_count) + record.header_bytes.size();
  Writer writer(out);
  writer.varint(static_cast<int32_t>(size));
  writer.i8(0);
  writer.varlong(timestamp_delta);
  writer.varint(static_cast<int32_t>(offset_delta));
  write_nullable(writer, record.key);
  write_nullable(writer, record.value);
  writer.varint(record.header_count);
  writer.raw(record.header_bytes);
}

Status write_header_alone(BatchHeader header, std::string& out) {
  header.attributes &= static_cast<int16_t>(~(kCodecBits | kDeleteHorizonBit));
  header.base_timestamp = -1;
  header.record_count = 0;
  ASSIGN_OR_RETURN(std::string batch, assemble_batch(header, {}));
  out += batch;
  return OkStatus();
}

}  // namespace

Status BatchFilter::filter(std::string_view batch, const BatchHeader& header, const BatchRule& rule,
                           Keeps keeps, std::string& out) {
  ASSIGN_OR_RETURN(std::string_view block, reader_.open(batch, header));
  ASSIGN_OR_RETURN(Kept kept, look(header, block, rule, keeps));
  if (kept.count == 0) {
    if (!rule.keeps_empty) return OkStatus();
    if (header.record_count > 0) return write_header_alone(header, out);
    return out.append(batch), OkStatus();
  }
  std::optional<int64_t> horizon;
  if (header.has_delete_horizon()) {
    horizon = header.base_timestamp;
  } else if (kept.has_tombstone || rule.needs_horizon) {
    horizon = rule.horizon_ms;
  }
  if (kept.count == header.record_count && horizon.has_value() == header.has_delete_horizon())
    return out.append(batch), OkStatus();
  return rebuild(header, block, kept, horizon, out);
}

StatusOr<BatchFilter::Kept> BatchFilter::look(const BatchHeader& header, std::string_view block,
                                              const BatchRule& rule, Keeps keeps) {
  kept_offsets_.clear();
  Kept kept;
  RecordCursor cursor(header, block);
  Record record;
  while (cursor.next(record)) {
    if (rule.drops_all || !keeps(record)) continue;
    kept_offsets_.push_back(record.offset);
    if (kept.count++ == 0) kept.first_timestamp = record.timestamp_ms;
    kept.max_timestamp = std::max(kept.max_timestamp, record.timestamp_ms);
    kept.has_tombstone |= !header.is_control() && !record.value.has_value();
  }
  if (!cursor.ok()) return RecordReader::damaged(header);
  return kept;
}

Status BatchFilter::rebuild(const BatchHeader& header, std::string_view block, const Kept& kept,
                            std::optional<int64_t> horizon, std::string& out) {
  BatchHeader changed = header;
  changed.record_count = kept.count;
  changed.base_timestamp = horizon.value_or(kept.first_timestamp);
  if (horizon.has_value()) changed.attributes |= kDeleteHorizonBit;
  if (!header.is_log_append_time()) changed.max_timestamp = kept.max_timestamp;
  records_.clear();
  RecordCursor cursor(header, block);
  Record record;
  auto next = kept_offsets_.begin();
  while (cursor.next(record)) {
    if (next == kept_offsets_.end() || record.offset != *next) continue;
    write_record(records_, record, changed.base_timestamp, header.base);
    ++next;
  }
  std::string_view written = records_;
  std::string compressed;
  if (header.codec() != Codec::kNone) {
    ASSIGN_OR_RETURN(compressed, compress(header.codec(), records_));
    written = compressed;
  }
  ASSIGN_OR_RETURN(std::string batch, assemble_batch(changed, written));
  out += batch;
  return OkStatus();
}

}  // namespace kappa::log
