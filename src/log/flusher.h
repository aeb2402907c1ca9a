#pragma once
// Group commit: one worker that syncs whatever partitions have unsynced batches. Everything that
// was appended to a partition while the previous sync was running shares the next one.
// Thread-safe. In simulation the test runs the worker's turns.

#include <absl/synchronization/mutex.h>

#include <memory>
#include <vector>

#include "env/env.h"

namespace kappa::log {

class SegmentPartition;

class Flusher {
 public:
  explicit Flusher(env::Env& env);
  // Waits for a running turn. What was not synced stays so.
  ~Flusher();

  // Asks for a sync of the partition; may be called with its lock held.
  void add(std::shared_ptr<SegmentPartition> partition);

 private:
  void turn();

  absl::Mutex mutex_;
  std::vector<std::shared_ptr<SegmentPartition>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<env::Worker> worker_;
};

}  // namespace kappa::log
