// WriteTxnMarkers: ends transactions in partitions past the coordinator. Between brokers this is
// how transactions end; here it is for tools that end what hangs.

#include <atomic>

#include "kafka/broker/handlers.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "log/transaction_marker.h"

namespace kappa::kafka {
namespace {

using Answer = WriteTxnMarkersResponse::Marker::Topic::Partition;

int16_t error_of_marker(const log::AppendAnswer& appended) {
  if (appended.status.ok()) return error::kNone;
  if (appended.error == log::AppendError::kInvalidProducerEpoch) {
    return error::kInvalidProducerEpoch;
  }
  return appended.error == log::AppendError::kStorage ? error::kStorageError
                                                      : error::kInvalidRecord;
}

// A request until its last partition has answered.
class PendingMarkers : public std::enable_shared_from_this<PendingMarkers> {
 public:
  explicit PendingMarkers(std::shared_ptr<Call> call) : call_(std::move(call)) {}

  void start(const Broker& broker, const WriteTxnMarkersRequest& request) {
    make_answers(request);
    for (size_t m = 0; m < request.markers.size(); ++m) {
      const auto& marker = request.markers[m];
      for (size_t t = 0; t < marker.topics.size(); ++t) {
        auto topic = find_topic(broker.log(), {.name = marker.topics[t].name});
        for (Answer& answer : response_.markers[m].topics[t].partitions) {
          write(broker, marker, topic, answer);
        }
      }
    }
    done_with_one();
  }

 private:
  void make_answers(const WriteTxnMarkersRequest& request) {
    for (const auto& marker : request.markers) {
      auto& answer = response_.markers.emplace_back();
      answer.producer_id = marker.producer_id;
      for (const auto& topic : marker.topics) {
        auto& topic_answer = answer.topics.emplace_back();
        topic_answer.name = std::string(topic.name);
        for (int32_t index : topic.partition_indexes) {
          topic_answer.partitions.push_back({.index = index});
          ++pending_;
        }
      }
    }
  }

  void write(const Broker& broker, const WriteTxnMarkersRequest::Marker& marker,
             const FoundTopic& topic, Answer& answer) {
    auto found = find_partition(broker.log(), topic, answer.index);
    answer.error_code = found.error;
    if (found.error == error::kNone && is_internal_topic(topic.description.name)) {
      answer.error_code = error::kInvalidTopic;
    }
    const bool is_sound = marker.producer_id >= 0 && marker.producer_epoch >= 0;
    if (answer.error_code == error::kNone && !is_sound) answer.error_code = error::kInvalidRequest;
    if (answer.error_code != error::kNone) return done_with_one();
    log::TransactionMarker wanted;
    wanted.producer_id = marker.producer_id;
    wanted.producer_epoch = marker.producer_epoch;
    wanted.outcome = marker.transaction_result ? log::TransactionOutcome::kCommit
                                               : log::TransactionOutcome::kAbort;
    wanted.coordinator_epoch = marker.coordinator_epoch;
    wanted.timestamp_ms = broker.env().wall_ms();
    auto written = [self = shared_from_this(), &answer](const log::AppendAnswer& appended) {
      answer.error_code = error_of_marker(appended);
      self->done_with_one();
    };
    found.partition->append_internal(log::make_marker(wanted), log::Acks::kAll, std::move(written));
  }

  void done_with_one() {
    if (pending_.fetch_sub(1) == 1) call_->answer(response_);
  }

  const std::shared_ptr<Call> call_;
  WriteTxnMarkersResponse response_;  // each partition's answer is written by one thread, once
  std::atomic<size_t> pending_ = 1;   // start() itself is the last
};

}  // namespace

void handle(Broker& broker, std::shared_ptr<Call> call, WriteTxnMarkersRequest request) {
  std::make_shared<PendingMarkers>(std::move(call))->start(broker, request);
}

}  // namespace kappa::kafka
