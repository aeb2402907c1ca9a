#pragma once
// Retention and compaction for all partitions of a log: one worker at background priority.
//
//   add() / a due time ──▶ look: upkeep() of the partition ──▶ when to look again, how dirty it is
//   the dirtiest ──▶ one Compaction at a time, slice by slice; each slice's bytes are paid with a
//                    pause, so that all of it stays below bytes_per_second
//
// Nothing is polled: it wakes when a partition asks (a segment was closed, a size was reached),
// when time alone makes something due, and for the next slice. Thread-safe. In simulation the test
// runs the worker's turns.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "env/env.h"
#include "log/compaction.h"
#include "log/log.h"

namespace kappa::log {

class SegmentPartition;

class Housekeeper {
 public:
  Housekeeper(env::Env& env, const LogOptions& options);
  ~Housekeeper();

  // The first turn, where the options deferred it.
  void begin();
  // Asks for a look at the partition; may be called with its lock held.
  void add(std::weak_ptr<SegmentPartition> partition);
  // Waits for a running turn; after it the partition is not touched any more.
  void forget(const SegmentPartition* partition);
  // The same for all of them, for good.
  void stop();

 private:
  struct Entry {
    std::weak_ptr<SegmentPartition> partition;
    uint64_t number = 0;  // by which those due at once are looked at: the same in every run
    int64_t due_ms = INT64_MAX;
    double dirtiness = 0;  // above 0: wants a compaction
  };

  void turn();
  void take_waiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void look_at_due() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void look(const SegmentPartition* key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void schedule(const SegmentPartition* key, int64_t due_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void forget_locked(const SegmentPartition* partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  // Begins a compaction of the dirtiest partition, when there is one and none runs.
  void choose() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void compact() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  void finish_compaction(const Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);
  // Asks for the next turn.
  void arm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_mutex_);

  env::Env& env_;
  const int64_t bytes_per_second_;
  const size_t map_memory_bytes_;

  absl::Mutex mutex_;
  std::vector<std::weak_ptr<SegmentPartition>> waiting_ ABSL_GUARDED_BY(mutex_);

  absl::Mutex turn_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  bool is_deferred_ ABSL_GUARDED_BY(turn_mutex_);
  bool is_stopped_ ABSL_GUARDED_BY(turn_mutex_) = false;
  absl::flat_hash_map<const SegmentPartition*, Entry> entries_ ABSL_GUARDED_BY(turn_mutex_);
  struct Look {
    int64_t due_ms;
    uint64_t number;
    const SegmentPartition* partition;
    friend auto operator<=>(const Look&, const Look&) = default;
  };
  std::set<Look> schedule_ ABSL_GUARDED_BY(turn_mutex_);
  uint64_t last_number_ ABSL_GUARDED_BY(turn_mutex_) = 0;
  std::shared_ptr<SegmentPartition> compacted_ ABSL_GUARDED_BY(turn_mutex_);
  std::unique_ptr<Compaction> compaction_ ABSL_GUARDED_BY(turn_mutex_);
  int64_t paid_until_us_ ABSL_GUARDED_BY(turn_mutex_) = 0;  // monotonic: no slice before

  std::unique_ptr<env::Worker> worker_;
};

}  // namespace kappa::log
