#include "kafka/testing/simulation/batch_sender.h"

#include <algorithm>

#include "base/check.h"
#include "kafka/protocol/errors.h"
#include "log/batch_builder.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kRetryMs = 30;

const ProduceResponse::Topic::Partition& answer_in(const ProduceResponse& response) {
  return response.topics.at(0).partitions.at(0);
}

}  // namespace

void BatchSender::become(const ProducerClaim& claim) {
  claim_ = claim;
  next_sequence_.clear();
  known_in_.clear();
  under_way_.clear();
}

void BatchSender::add(const TopicPartition& place, std::vector<size_t> records) {
  KAPPA_CHECK_LT(under_way_.size(), kUnderWayMax);
  log::BatchBuilder builder;
  for (size_t index : records) {
    const SentRecord& record = site_.ledger.records[index];
    std::optional<std::string_view> key;
    if (record.key) key = *record.key;
    builder.add({.timestamp_ms = site_.world.now_ms(), .key = key, .value = record.value});
  }
  int32_t& sequence = next_sequence_[place];
  auto bytes = std::move(builder).build({.producer_id = claim_.producer_id,
                                         .producer_epoch = claim_.epoch,
                                         .base_sequence = sequence,
                                         .is_transactional = transactional_id_.has_value()});
  KAPPA_CHECK_OK(bytes.status());
  sequence += static_cast<int32_t>(records.size());
  under_way_.push_back({place, std::move(records), *std::move(bytes), nullptr});
  send_in_order(under_way_.back());
}

void BatchSender::send_in_order(Batch& batch) {
  for (const Batch& earlier : under_way_) {
    if (&earlier == &batch) break;
    const bool is_lost = earlier.reply->is_over && !earlier.reply->is_answered;
    if (!is_lost && (earlier.place != batch.place || known_in_.contains(batch.place))) continue;
    batch.reply = std::make_shared<Reply<ProduceApi>>();
    batch.reply->is_over = true;
    return;
  }
  batch.reply = send(batch);
}

ReplyPtr<ProduceApi> BatchSender::send(const Batch& batch) {
  ProduceRequest request;
  if (transactional_id_) request.transactional_id = *transactional_id_;
  request.acks = -1;
  request.timeout_ms = 30'000;
  auto& topic = request.topics.emplace_back();
  topic.name = batch.place.topic;
  topic.topic_id = site_.topic_ids.at(batch.place.topic);
  topic.partitions.push_back({.index = batch.place.partition, .records = Bytes{batch.bytes}});
  return client_.send<ProduceApi>(version_, request);
}

bool BatchSender::take_answer(const Batch& batch, const ProduceResponse& response) {
  const auto& answer = answer_in(response);
  // It is there, as it was sent before. After compaction and a restart nobody knows where.
  const bool is_known = answer.error_code == error::kDuplicateSequenceNumber &&
                        topic_named(batch.place.topic).is_compacted;
  if (answer.error_code != error::kNone && !is_known) return false;
  known_in_.insert(batch.place);
  int64_t offset = answer.base_offset;
  for (size_t index : batch.records) site_.ledger.acknowledge(index, is_known ? -1 : offset++);
  return true;
}

bool BatchSender::may_try_again(const Batch& batch, int16_t error) const {
  switch (error) {
    case error::kStorageError:
    case error::kNotEnoughReplicas:
    case error::kConcurrentTransactions:
    case error::kCoordinatorNotAvailable:
      return true;
    case error::kOutOfOrderSequenceNumber:  // because one before it was refused
      return &batch !=
             &*std::find_if(under_way_.begin(), under_way_.end(),
                            [&batch](const Batch& other) { return other.place == batch.place; });
    default:
      return false;
  }
}

Task<int16_t> BatchSender::settle(size_t left) {
  while (under_way_.size() > left) {
    auto reply = under_way_.front().reply;
    auto answer = co_await client_.arrival<ProduceApi>(reply);
    const Batch& batch = under_way_.front();
    if (answer && take_answer(batch, *answer)) {
      const Batch done = std::move(under_way_.front());
      under_way_.pop_front();
      const SimulatedTopic& topic = topic_named(done.place.topic);
      const bool is_remembered = topic.is_synced && !topic.is_compacted;
      if (is_remembered && site_.world.one_in(25)) co_await repeat(done);
      continue;
    }
    if (answer) {
      const int16_t error = answer_in(*answer).error_code;
      site_.world.tell("{}: {}-{} refused: {}", client_.name(), batch.place.topic,
                       batch.place.partition, error);
      if (!may_try_again(batch, error)) co_return error;
    }
    // A transaction does not wait for ever.
    if (transactional_id_ && site_.world.one_in(40)) co_return error::kRequestTimedOut;
    co_await send_again();
  }
  co_return error::kNone;
}

Task<> BatchSender::send_again() {
  std::deque<Batch> left;
  for (auto& batch : under_way_) {
    auto reply = batch.reply;
    auto answer = co_await client_.arrival<ProduceApi>(reply);
    if (!answer || !take_answer(batch, *answer)) left.push_back(std::move(batch));
  }
  under_way_ = std::move(left);
  co_await site_.world.pause(kRetryMs);
  co_await client_.connect();
  for (auto& batch : under_way_) send_in_order(batch);
}

Task<> BatchSender::repeat(const Batch& batch) {
  auto reply = send(batch);
  auto answer = co_await client_.arrival<ProduceApi>(reply);
  if (!answer) co_return;
  const auto& repeated = answer_in(*answer);
  const int64_t offset = site_.ledger.records[batch.records.front()].offset;
  const bool is_taken = repeated.error_code == error::kNone;
  if (repeated.error_code == error::kOutOfOrderSequenceNumber ||
      repeated.error_code == error::kDuplicateSequenceNumber ||
      (is_taken && repeated.base_offset != offset)) {
    site_.world.find("{}: a repeated batch was not recognised: {}-{} error={} offset={} was={}",
                     client_.name(), batch.place.topic, batch.place.partition, repeated.error_code,
                     repeated.base_offset, offset);
  }
}

}  // namespace kappa::kafka::simulation
