// The transactions of a partition: how far its log is stable, what was aborted, who is at work.

#include "log/segment_partition.h"

namespace kappa::log {

bool StableBatches::is_committed(const BatchHeader& header) const {
  if (header.is_control()) return false;
  if (!header.is_transactional()) return true;
  return std::none_of(aborted.begin(), aborted.end(), [&header](const auto& transaction) {
    return transaction.producer_id == header.producer_id && transaction.first <= header.base &&
           header.base <= transaction.last;
  });
}

StatusOr<StableBatches> SegmentPartition::read_stable(Offset from, size_t bytes_max) const {
  return find_stable(from, bytes_max, &Segment::read);
}

StatusOr<LocatedBatches> SegmentPartition::locate_stable(Offset from, size_t bytes_max) const {
  return find_stable(from, bytes_max, &Segment::locate);
}

StatusOr<LocatedBatches> SegmentPartition::find_stable(Offset from, size_t bytes_max,
                                                       SegmentRead read) const {
  if (from < log_start() || from > high_watermark()) return no_such_offset(from);
  while (true) {
    const Offset limit = last_stable();
    LocatedBatches stable;
    stable.next = from;
    if (from >= limit) return stable;
    uint64_t forgotten_count = 0;
    {
      absl::MutexLock lock(&mutex_);
      forgotten_count = producers_.transactions.forgotten_count();
    }
    ASSIGN_OR_RETURN(stable, find_below(from, limit, bytes_max, read));
    absl::MutexLock lock(&mutex_);
    // What was read may hold aborted records of which a compaction has just removed all trace.
    if (producers_.transactions.forgotten_count() != forgotten_count) continue;
    stable.aborted = producers_.transactions.aborted(from, stable.next);
    return stable;
  }
}

void SegmentPartition::update_last_stable() {
  const Offset limit = high_watermark();
  TransactionTable& transactions = producers_.transactions;
  transactions.settle(limit);
  const Offset before = last_stable();
  last_stable_ = std::min(transactions.first_unstable().value_or(limit), limit).value;
  // A compaction may have waited for a transaction's end.
  const Offset active = segments_.back()->base();
  if (before < active && last_stable() >= active && config().is_compacted) ask_for_upkeep();
}

Offset SegmentPartition::stable_end() const {
  absl::MutexLock lock(&mutex_);
  const Offset end = producers_.transactions.first_open().value_or(log_end());
  return std::max(end, log_start());
}

std::vector<ProducerDescription> SegmentPartition::producers() const {
  absl::MutexLock lock(&mutex_);
  std::vector<ProducerDescription> list = producers_.sequences.describe();
  for (const OpenTransaction& open : producers_.transactions.open()) {
    auto at = std::lower_bound(
        list.begin(), list.end(), open.producer_id,
        [](const ProducerDescription& p, int64_t id) { return p.producer_id < id; });
    if (at != list.end() && at->producer_id == open.producer_id) at->open_since = open.first;
  }
  return list;
}

std::vector<OpenTransaction> SegmentPartition::open_transactions() const {
  absl::MutexLock lock(&mutex_);
  return producers_.transactions.open();
}

bool SegmentPartition::is_aborted(int64_t producer_id, Offset offset) const {
  absl::MutexLock lock(&mutex_);
  return producers_.transactions.is_aborted(producer_id, offset);
}

}  // namespace kappa::log
