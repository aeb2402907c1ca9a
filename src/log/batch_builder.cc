#include "log/batch_builder.h"

#include <algorithm>

#include "log/record_encoding.h"

namespace kappa::log {
namespace {

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
  BatchHeader header;
  header.leader_epoch = -1;  // the log writes it
  header.attributes =
      static_cast<int16_t>(static_cast<int16_t>(options.codec) |
                           (options.is_transactional ? 16 : 0) | (options.is_control ? 32 : 0));
  header.last_offset_delta = count_ - 1;
  header.base_timestamp = base_timestamp_;
  header.max_timestamp = max_timestamp_;
  header.producer_id = options.producer_id;
  header.producer_epoch = options.producer_epoch;
  header.base_sequence = options.base_sequence;
  header.record_count = count_;
  return assemble_batch(header, records_);
}

}  // namespace kappa::log
