#pragma once
// Group commit: syncs whatever partitions have unsynced batches. Everything that was appended to a
// partition while its previous sync was running shares the next one.
//
//   add() ──> waiting ──> lane: one partition at a time until none waits
//                    └──> lane: … started when all are busy, up to a limit
//
// A lane is a worker. A sync mostly waits for the disk, which serves several at once for little
// more than one, so partitions are synced side by side; each by one lane at a time. Thread-safe. In
// simulation the test runs the lanes' turns; the first takes all that waits, in order.

#include <absl/synchronization/mutex.h>

#include <deque>
#include <memory>
#include <vector>

#include "env/env.h"

namespace kappa::log {

class SegmentPartition;

class Flusher {
 public:
  explicit Flusher(env::Env& env);
  // Waits for running syncs. What was not synced stays so.
  ~Flusher();

  // Asks for a sync of the partition; may be called with its lock held.
  void add(std::shared_ptr<SegmentPartition> partition);

 private:
  struct Lane {
    bool is_busy = false;  // or about to be
    std::unique_ptr<env::Worker> worker;
  };

  void turn(Lane& lane);
  bool is_syncing(const SegmentPartition* partition) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first that waits and that no lane is syncing; it is then this lane's. nullptr: none.
  std::shared_ptr<SegmentPartition> take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Lane& start_lane() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void wake_lane() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  env::Env& env_;
  absl::Mutex mutex_;
  std::deque<std::shared_ptr<SegmentPartition>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<const SegmentPartition*> syncing_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Lane>> lanes_ ABSL_GUARDED_BY(mutex_);
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kappa::log
