#include "log/append_check.h"

#include "log/records.h"

namespace kappa::log {
namespace {

// What a client's compressed batch may become when opened.
constexpr size_t kClientDecompressedBytesMax = size_t{256} << 20;

CheckedBatch refused(AppendError error, Status status) { return {std::move(status), error, {}}; }

CheckedBatch check_header(std::string_view batch, AppendSource source, const TopicConfig& config) {
  auto parsed = parse_whole_batch(batch);
  if (!parsed.has_value() || parsed->size_bytes() != batch.size())
    return refused(
        AppendError::kCorrupt,
        invalid_argument("not exactly one record batch of format 2: size={}", batch.size()));
  const BatchHeader& header = *parsed;
  const bool is_client = source == AppendSource::kClient;
  auto size = static_cast<int64_t>(batch.size());
  if (is_client && (size > config.message_bytes_max || size > config.segment_bytes))
    return refused(AppendError::kTooLarge,
                   resource_exhausted("record batch is too large: size={} max={}", size,
                                      std::min(config.message_bytes_max, config.segment_bytes)));
  if (!is_checksum_right(batch, header))
    return refused(AppendError::kCorrupt, invalid_argument("record batch has a wrong checksum"));
  if (header.record_count == 0 || header.last_offset_delta != header.record_count - 1)
    return refused(AppendError::kInvalidRecord,
                   invalid_argument("record count and last offset disagree: count={} delta={}",
                                    header.record_count, header.last_offset_delta));
  if (is_client && (header.is_control() || header.has_delete_horizon()))
    return refused(AppendError::kInvalidRecord,
                   invalid_argument("a client may not write control batches"));
  if (is_client && header.is_transactional() && !header.has_producer())
    return refused(AppendError::kInvalidRecord,
                   invalid_argument("a transactional batch needs a producer"));
  if (is_client && header.has_producer() && header.base_sequence < 0)
    return refused(AppendError::kInvalidRecord,
                   invalid_argument("a producer's batch needs a sequence: producer_id={}",
                                    header.producer_id));
  return {OkStatus(), AppendError::kNone, header};
}

// A producer's clock must not be too far from ours (message.timestamp.before/after.max.ms).
Status check_timestamps(const BatchContent& content, const TopicConfig& config, int64_t now_ms) {
  if (config.is_log_append_time || content.max_timestamp < 0) return OkStatus();
  if (content.max_timestamp - now_ms > config.timestamp_after_ms_max)
    return invalid_argument(
        "a timestamp is too far after the server's clock: timestamp={} now={} "
        "message.timestamp.after.max.ms={}",
        content.max_timestamp, now_ms, config.timestamp_after_ms_max);
  if (now_ms - content.min_timestamp > config.timestamp_before_ms_max)
    return invalid_argument(
        "a timestamp is too far before the server's clock: timestamp={} now={} "
        "message.timestamp.before.max.ms={}",
        content.min_timestamp, now_ms, config.timestamp_before_ms_max);
  return OkStatus();
}

}  // namespace

CheckedBatch check_batch(std::string& batch, AppendSource source, const TopicConfig& config,
                         int64_t now_ms) {
  CheckedBatch checked = check_header(batch, source, config);
  if (!checked.status.ok()) return checked;
  const BatchHeader& header = checked.header;
  auto content = check_records(
      batch, header,
      source == AppendSource::kClient ? kClientDecompressedBytesMax : kDecompressedBytesMax);
  if (content.status().code() == StatusCode::kResourceExhausted)
    return refused(AppendError::kTooLarge, content.status());
  if (!content.ok())
    return refused(AppendError::kCorrupt, invalid_argument("{}", message_of(content.status())));
  if (config.is_compacted && content->has_record_without_key)
    return refused(AppendError::kInvalidRecord,
                   invalid_argument("a record without key in a compacted topic"));
  if (source == AppendSource::kClient) {
    Status in_time = check_timestamps(*content, config, now_ms);
    if (!in_time.ok()) return refused(AppendError::kInvalidTimestamp, std::move(in_time));
  }
  int64_t max_timestamp = config.is_log_append_time ? now_ms : content->max_timestamp;
  if (max_timestamp != header.max_timestamp ||
      config.is_log_append_time != header.is_log_append_time()) {
    set_max_timestamp(batch, max_timestamp, config.is_log_append_time);
    checked.header = *parse_batch_header(batch);
  }
  return checked;
}

}  // namespace kappa::log
