#include "kafka/transactions/marker_writer.h"

#include <absl/synchronization/mutex.h>

#include <algorithm>

#include "kafka/groups/group_journal.h"
#include "log/transaction_marker.h"

namespace kappa::kafka {
namespace {

// What is known of the markers under way.
struct Outcome {
  absl::Mutex mutex;
  size_t left ABSL_GUARDED_BY(mutex) = 1;  // write() itself is the last
  Status status ABSL_GUARDED_BY(mutex);

  // The status once this was the last one.
  std::optional<Status> finish_one(const Status& one) {
    absl::MutexLock lock(&mutex);
    if (status.ok()) status = one;
    if (--left > 0) return std::nullopt;
    return status;
  }
  void add_one() {
    absl::MutexLock lock(&mutex);
    ++left;
  }
};

}  // namespace

std::shared_ptr<log::Partition> MarkerWriter::find_open(const TopicPartition& place,
                                                        int64_t producer_id,
                                                        int16_t epoch_max) const {
  auto topic = log_.find_topic(place.topic);
  if (!topic.ok()) return nullptr;
  auto partition = log_.partition(topic->id, place.partition);
  if (!partition.ok()) return nullptr;
  auto open = (*partition)->open_transactions();
  const bool is_there = std::any_of(open.begin(), open.end(), [&](const auto& transaction) {
    return transaction.producer_id == producer_id && transaction.producer_epoch <= epoch_max;
  });
  // Where it is not open, its marker may be what a failed sync has left: written, and lost when the
  // power goes. Another marker says nothing new, but is answered only when both are on disk.
  const bool is_durable = (*partition)->high_watermark() == (*partition)->log_end();
  return is_there || !is_durable ? *std::move(partition) : nullptr;
}

std::optional<Status> MarkerWriter::write(const TransactionDecision& decision, Done done) {
  log::TransactionMarker marker;
  marker.producer_id = decision.producer_id;
  marker.producer_epoch = decision.marker_epoch;
  marker.outcome =
      decision.is_commit ? log::TransactionOutcome::kCommit : log::TransactionOutcome::kAbort;
  marker.timestamp_ms = env_.wall_ms();
  auto outcome = std::make_shared<Outcome>();
  for (const auto& place : decision.places) {
    auto partition = find_open(place, decision.producer_id, decision.open_epoch_max);
    if (partition == nullptr) continue;
    outcome->add_one();
    auto written = [outcome, done](const log::AppendAnswer& answer) {
      auto all = outcome->finish_one(answer.status);
      if (all) done(*all);
    };
    partition->append_internal(log::make_marker(marker), log::Acks::kAll, std::move(written));
  }
  return outcome->finish_one(OkStatus());
}

void MarkerWriter::finish(const TransactionDecision& decision) {
  const auto has_offsets = [](const auto& place) { return place.topic == kGroupTopic; };
  if (!std::any_of(decision.places.begin(), decision.places.end(), has_offsets)) return;
  groups_.end_transaction(decision.groups, decision.producer_id, decision.is_commit);
}

}  // namespace kappa::kafka
