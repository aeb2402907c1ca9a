#include "log/producer_table.h"
#include "log/partition.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace kappa::log {
namespace {

// Sequences count modulo 2^31.
int32_t sequence_after(int32_t sequence, int32_t count) {
  return static_cast<int32_t>((static_cast<uint32_t>(sequence) + static_cast<uint32_t>(count)) &
                              0x7fffffffu);
}

bool is_before(int32_t a, int32_t b) {
  uint32_t distance = (static_cast<uint32_t>(b) - static_cast<uint32_t>(a)) & 0x7fffffffu;
  return distance != 0 && distance < (1u << 30);
}

// In the place of the first sequence of a batch whose transaction has ended: it only says where the
// next one goes on. A batch that has its sequences is no retry of it (all of its answers were in
// before the end), but other records under numbers given out again, as librdkafka 2.0 does when it
// aborts before the answer: taking them for the first ones would lose them.
constexpr int32_t kEnded = -1;

constexpr size_t kProducerBytes = 8 + 2 + 8 + 1;
constexpr size_t kBatchBytes = 4 + 4 + 8 + 8 + 8;

}  // namespace

SequenceVerdict ProducerTable::check(const BatchHeader& header) const {
  const bool has_sequence = !header.is_control() && header.base_sequence >= 0;
  if (header.producer_epoch < 0) return {AppendError::kInvalidRecord};
  auto it = producers_.find(header.producer_id);
  if (it == producers_.end()) return {};
  const Producer& producer = it->second;
  if (header.producer_epoch < producer.epoch) return {AppendError::kInvalidProducerEpoch};
  if (!has_sequence) return {};
  if (header.producer_epoch > producer.epoch || producer.count == 0) {
    return {header.base_sequence == 0 ? AppendError::kNone : AppendError::kOutOfOrderSequence};
  }
  int32_t last = sequence_after(header.base_sequence, header.last_offset_delta);
  for (size_t i = 0; i < producer.count; ++i) {
    const ProducerBatch& batch = producer.batches[i];
    if (batch.first_sequence == header.base_sequence && batch.last_sequence == last)
      return {AppendError::kNone, batch};
  }
  const ProducerBatch& newest = producer.batches[producer.count - 1];
  if (header.base_sequence == sequence_after(newest.last_sequence, 1)) return {};
  const int32_t oldest = producer.batches[0].first_sequence;
  bool is_older = oldest != kEnded && is_before(header.base_sequence, oldest);
  return {is_older ? AppendError::kDuplicateSequence : AppendError::kOutOfOrderSequence};
}

void ProducerTable::note(const BatchHeader& header, int64_t now_ms) {
  if (!header.has_producer()) return;
  Producer& producer = producers_[header.producer_id];
  if (header.producer_epoch != producer.epoch) producer = {.epoch = header.producer_epoch};
  producer.last_append_ms = now_ms;
  if (header.is_control()) {
    for (size_t i = 0; i < producer.count; ++i) producer.batches[i].first_sequence = kEnded;
    return;
  }
  if (header.base_sequence < 0) return;
  if (producer.count == kBatchesKept) {
    std::move(producer.batches.begin() + 1, producer.batches.end(), producer.batches.begin());
    --producer.count;
  }
  producer.batches[producer.count++] = {
      .first_sequence = header.base_sequence,
      .last_sequence = sequence_after(header.base_sequence, header.last_offset_delta),
      .base = header.base,
      .last = header.last(),
      .log_append_time = header.is_log_append_time() ? header.max_timestamp : -1};
}

void ProducerTable::expire(int64_t before_ms, absl::FunctionRef<bool(int64_t)> is_needed) {
  absl::erase_if(producers_, [&](const auto& p) {
    return p.second.last_append_ms < before_ms && !is_needed(p.first);
  });
}

std::vector<ProducerDescription> ProducerTable::describe() const {
  std::vector<ProducerDescription> list;
  list.reserve(producers_.size());
  for (const auto& [id, producer] : producers_) {
    const bool has_batch = producer.count > 0;
    list.push_back(
        {.producer_id = id,
         .producer_epoch = producer.epoch,
         .last_sequence = has_batch ? producer.batches[producer.count - 1].last_sequence : -1,
         .last_append_ms = producer.last_append_ms,
         .open_since = std::nullopt});
  }
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a.producer_id < b.producer_id; });
  return list;
}

absl::flat_hash_map<int64_t, Offset> ProducerTable::last_offsets() const {
  absl::flat_hash_map<int64_t, Offset> offsets;
  for (const auto& [id, producer] : producers_)
    if (producer.count > 0) offsets[id] = producer.batches[producer.count - 1].last;
  return offsets;
}

std::string ProducerTable::encode() const {
  std::vector<int64_t> ids;  // in order, so that equal tables have equal bytes
  for (const auto& [id, producer] : producers_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::string out;
  Writer writer(out);
  writer.u32(static_cast<uint32_t>(ids.size()));
  for (int64_t id : ids) {
    const Producer& producer = producers_.at(id);
    writer.i64(id);
    writer.i16(producer.epoch);
    writer.i64(producer.last_append_ms);
    writer.i8(static_cast<int8_t>(producer.count));
    for (size_t i = 0; i < producer.count; ++i) {
      const ProducerBatch& batch = producer.batches[i];
      writer.i32(batch.first_sequence);
      writer.i32(batch.last_sequence);
      writer.i64(batch.base.value);
      writer.i64(batch.last.value);
      writer.i64(batch.log_append_time);
    }
  }
  return out;
}

std::optional<ProducerTable> ProducerTable::decode(std::string_view payload) {
  Reader reader(payload);
  ProducerTable table;
  uint32_t count = reader.u32();
  if (count > reader.remaining() / kProducerBytes) return std::nullopt;
  for (uint32_t i = 0; i < count; ++i) {
    Producer& producer = table.producers_[reader.i64()];
    producer.epoch = reader.i16();
    producer.last_append_ms = reader.i64();
    producer.count = static_cast<uint8_t>(reader.i8());
    if (producer.count > kBatchesKept || reader.remaining() < producer.count * kBatchBytes)
      return std::nullopt;
    for (size_t b = 0; b < producer.count; ++b) {
      ProducerBatch& batch = producer.batches[b];
      batch.first_sequence = reader.i32();
      batch.last_sequence = reader.i32();
      batch.base = Offset(reader.i64());
      batch.last = Offset(reader.i64());
      batch.log_append_time = reader.i64();
    }
  }
  if (!reader.ok() || reader.remaining() > 0) return std::nullopt;
  return table;
}

}  // namespace kappa::log
