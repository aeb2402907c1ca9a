// Produce: checks what the request alone can tell, hands each batch to its partition, and answers
// when the last partition has (from the flusher's thread, with acks=all).

#include <atomic>

#include "base/logging.h"
#include "kafka/broker/handlers.h"
#include "kafka/broker/record_errors.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"
#include "log/record_batch.h"

namespace kappa::kafka {
namespace {

using Answer = ProduceResponse::Topic::Partition;

constexpr int16_t kFirstVersionWithZstd = 7;
constexpr int16_t kFirstVersionWithIds = 13;

int16_t error_of_append(log::AppendError error) {
  switch (error) {
    case log::AppendError::kNone:
      return error::kNone;
    case log::AppendError::kCorrupt:
      return error::kCorruptMessage;
    case log::AppendError::kInvalidRecord:
      return error::kInvalidRecord;
    case log::AppendError::kInvalidTimestamp:
      return error::kInvalidTimestamp;
    case log::AppendError::kTooLarge:
      return error::kMessageTooLarge;
    case log::AppendError::kOutOfOrderSequence:
      return error::kOutOfOrderSequenceNumber;
    case log::AppendError::kDuplicateSequence:
      return error::kDuplicateSequenceNumber;
    case log::AppendError::kInvalidProducerEpoch:
      return error::kInvalidProducerEpoch;
    case log::AppendError::kInvalidTransactionState:
      return error::kInvalidTxnState;
    case log::AppendError::kStorage:
      return error::kStorageError;
  }
  return error::kUnknownServerError;
}

// As the Produce versions know it.
int16_t error_of_attach(int16_t error, int16_t version) {
  constexpr int16_t kFirstVersionWithAbortable = 11;
  constexpr int16_t kFirstVersionWithConcurrent = 12;
  if (error == error::kProducerFenced) return error::kInvalidProducerEpoch;
  if (error == error::kConcurrentTransactions && version < kFirstVersionWithConcurrent) {
    return error::kNotEnoughReplicas;  // to be tried again
  }
  if (error == error::kInvalidTxnState && version >= kFirstVersionWithAbortable) {
    return error::kTransactionAbortable;
  }
  return error;
}

struct Refusal {
  int16_t code = error::kNone;
  std::string message;
};

// What Kafka refuses before it looks at the log (reference: KIP-98, LogValidator's rules).
Refusal check_records(std::string_view records, int16_t version) {
  constexpr size_t kMagicPosition = 16;
  if (records.empty()) return {error::kInvalidRecord, "no record batch"};
  if (records.size() > kMagicPosition && records[kMagicPosition] != 2) {
    return {error::kInvalidRecord, "only record batches of format 2 are accepted"};
  }
  auto header = log::parse_whole_batch(records);
  if (!header) return {error::kCorruptMessage, "not a whole record batch"};
  if (header->size_bytes() != records.size()) {
    return {error::kInvalidRecord, "more than one record batch for a partition"};
  }
  if (header->base != Offset(0)) return {error::kInvalidRecord, "the batch's base offset is not 0"};
  if (header->is_control()) return {error::kInvalidRecord, "clients may not write control batches"};
  if (header->codec() == Codec::kZstd && version < kFirstVersionWithZstd) {
    return {error::kUnsupportedCompressionType, "zstd needs Produce version 7"};
  }
  return {};
}

// A produce request until its last partition has answered.
class PendingProduce : public std::enable_shared_from_this<PendingProduce> {
 public:
  PendingProduce(std::shared_ptr<Call> call, ProduceRequest request)
      : call_(std::move(call)), request_(std::move(request)) {
    make_answers();
  }

  void start(Broker& broker) {
    for (size_t t = 0; t < request_.topics.size(); ++t) start_topic(broker, t);
    done_with_one();
  }

  // The same answer for all partitions.
  void refuse(int16_t code) {
    for (auto& topic : response_.topics) {
      for (auto& answer : topic.partitions) set_error(answer, {code, {}});
    }
    finish();
  }

 private:
  void make_answers() {
    size_t count = 0;
    response_.topics.resize(request_.topics.size());
    for (size_t t = 0; t < request_.topics.size(); ++t) {
      const auto& topic = request_.topics[t];
      response_.topics[t].name = std::string(topic.name);
      response_.topics[t].topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        response_.topics[t].partitions.push_back({.index = partition.index});
      }
      count += topic.partitions.size();
    }
    pending_ = count + 1;  // start() itself is the last
  }

  void start_topic(Broker& broker, size_t t) {
    const auto& topic = request_.topics[t];
    bool by_id = call_->version() >= kFirstVersionWithIds;
    auto found = find_topic(broker.log(), {topic.name, topic.topic_id, by_id});
    for (size_t p = 0; p < topic.partitions.size(); ++p) {
      Refusal refusal = start_partition(broker, found, t, p);
      if (refusal.code == error::kNone) continue;
      set_error(response_.topics[t].partitions[p], std::move(refusal));
      done_with_one();
    }
  }

  Refusal start_partition(Broker& broker, const FoundTopic& topic, size_t t, size_t p) {
    const auto& wanted = request_.topics[t].partitions[p];
    auto found = find_partition(broker.log(), topic, wanted.index);
    if (found.error != error::kNone) return {found.error, "no such partition"};
    if (is_internal_topic(topic.description.name)) {
      return {error::kInvalidTopic, "the topic belongs to the server"};
    }
    std::string_view records = wanted.records.value_or(Bytes{}).data;
    Refusal refusal = check_records(records, call_->version());
    if (refusal.code != error::kNone) return refusal;
    bool needs_keys = is_compacted(topic.description.settings);
    auto answered = [self = shared_from_this(), t, p, needs_keys](log::AppendAnswer answer) {
      self->answered(t, p, std::move(answer), needs_keys);
    };
    auto header = log::parse_whole_batch(records);
    if (!header->is_transactional()) {
      found.partition->append(std::string(records), acks(), std::move(answered));
      return {};
    }
    if (!request_.transactional_id) {
      return {error::kInvalidTxnState, "a transactional batch needs a transactional id"};
    }
    return append_to_transaction(broker, *header, {topic.description.name, wanted.index}, [&] {
      found.partition->append(std::string(records), acks(), answered);
    });
  }

  // Appends while the transaction is kept from ending.
  Refusal append_to_transaction(Broker& broker, const log::BatchHeader& header,
                                const TopicPartition& place, const std::function<void()>& append) {
    constexpr int16_t kFirstVersionThatAdds = 12;
    int16_t error = error::kNone;
    const ProducerClaim claim{header.producer_id, header.producer_epoch};
    broker.transactions().attach(*request_.transactional_id, claim, place,
                                 call_->version() >= kFirstVersionThatAdds, [&](int16_t attached) {
                                   error = attached;
                                   if (error == error::kNone) append();
                                 });
    if (error == error::kNone) return {};
    return {error_of_attach(error, call_->version()),
            "the batch is not part of its producer's open transaction"};
  }

  log::Acks acks() const {
    if (request_.acks == 0) return log::Acks::kNone;
    return request_.acks == 1 ? log::Acks::kLeader : log::Acks::kAll;
  }

  void answered(size_t t, size_t p, log::AppendAnswer appended, bool needs_keys) {
    Answer& answer = response_.topics[t].partitions[p];
    if (appended.status.ok()) {
      answer.base_offset = appended.result.base.value;
      answer.log_start_offset = appended.result.log_start.value;
      answer.log_append_time_ms = appended.result.log_append_time.value;
    } else {
      int16_t code = error_of_append(appended.error);
      if (code == error::kNone) code = error_of(appended.status);
      set_error(answer, {code, std::string(message_of(appended.status))});
      if (code == error::kInvalidRecord && needs_keys) add_record_errors(t, p, answer);
    }
    done_with_one();
  }

  void add_record_errors(size_t t, size_t p, Answer& answer) {
    std::string_view records = request_.topics[t].partitions[p].records->data;
    for (int32_t index : records_without_key(records)) {
      answer.record_errors.push_back(
          {.batch_index = index, .message = "a compacted topic takes no record without a key"});
    }
  }

  void set_error(Answer& answer, Refusal refusal) {
    has_error_ = true;
    answer.error_code = refusal.code;
    answer.base_offset = -1;
    if (!refusal.message.empty()) answer.error_message = std::move(refusal.message);
  }

  void done_with_one() {
    if (pending_.fetch_sub(1) == 1) finish();
  }

  void finish() {
    if (request_.acks != 0) return call_->answer(response_);
    // The client does not read an answer; closing is the one way to tell it.
    if (has_error_) return call_->refuse("a produce request with acks=0 failed");
    call_->answer_nothing();
  }

  const std::shared_ptr<Call> call_;
  const ProduceRequest request_;
  ProduceResponse response_;  // each partition's answer is written by one thread, once
  std::atomic<size_t> pending_ = 0;
  std::atomic<bool> has_error_ = false;
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, ProduceRequest request) {
  bool is_acks_known = request.acks >= -1 && request.acks <= 1;
  auto pending = std::make_shared<PendingProduce>(std::move(call), std::move(request));
  if (!is_acks_known) return pending->refuse(error::kInvalidRequiredAcks);
  pending->start(broker);
}

}  // namespace kappa::kafka
