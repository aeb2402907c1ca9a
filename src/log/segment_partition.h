#pragma once
// A partition on this machine's disk: a directory of segments, the producers' state, and a durable
// watermark. Batches go through here:
//
//   append: check (no lock) → sequence, offset, write (mutex_) → wait → sync() → answer, watchers
//   upkeep: the housekeeper's part: old segments go, and what compaction made takes their place
//
// Thread-safe. mutex_ is never held while a sync runs; sync_mutex_ orders syncs, layout_mutex_ the
// changes of the layout. Callbacks and
// watchers are called without mutex_: they may append and read, but not sync or close.

#include <absl/container/btree_map.h>
#include <absl/synchronization/mutex.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"
#include "log/append_check.h"
#include "log/compaction.h"
#include "log/flusher.h"
#include "log/hold_list.h"
#include "log/housekeeper.h"
#include "log/partition.h"
#include "log/producer_state.h"
#include "log/recovery.h"
#include "log/segment.h"
#include "log/topic_settings.h"

namespace kappa::log {

// What a look at a partition found.
struct Upkeep {
  int64_t next_ms = INT64_MAX;  // the wall time at which to look again
  double dirtiness = 0;         // above 0: wants a compaction, and how much
};

class SegmentPartition : public Partition,
                         public CompactionTarget,
                         public TransactionStates,
                         public std::enable_shared_from_this<SegmentPartition> {
 public:
  // Makes an empty partition in a directory that does not exist, or must not be kept. It is on
  // disk once it was opened and the caller has synced the directory above it.
  static Status create(env::Env& env, const std::string& directory, const TopicConfig& config);
  // Recovers it; what was cut or fenced is added to notes. flusher and housekeeper must outlive
  // stop().
  static StatusOr<std::shared_ptr<SegmentPartition>> open(env::Env& env, std::string directory,
                                                          const TopicConfig& config,
                                                          Flusher& flusher,
                                                          Housekeeper& housekeeper,
                                                          std::vector<std::string>& notes);

  Offset log_start() const override { return Offset(log_start_.load()); }
  Offset high_watermark() const override { return Offset(high_watermark_.load()); }
  Offset log_end() const override { return Offset(log_end_.load()); }
  Offset last_stable() const override { return std::max(Offset(last_stable_.load()), log_start()); }
  Offset stable_end() const override;
  void append(std::string batch, Acks acks, AppendCallback done) override;
  void append_internal(std::string batch, Acks acks, AppendCallback done) override;
  StatusOr<Batches> read(Offset from, size_t bytes_max) const override;
  StatusOr<StableBatches> read_stable(Offset from, size_t bytes_max) const override;
  StatusOr<LocatedBatches> locate(Offset from, size_t bytes_max) const override;
  StatusOr<LocatedBatches> locate_stable(Offset from, size_t bytes_max) const override;
  StatusOr<std::vector<Piece>> cut(Offset from, Offset to, size_t piece_bytes,
                                   size_t bytes_max) const override;
  StatusOr<Offset> trim(Offset new_start) override;
  std::unique_ptr<Hold> hold(Offset from, std::function<void()> on_blocked) override;
  StatusOr<std::optional<TimestampAndOffset>> find_timestamp(TimestampMs timestamp) const override;
  StatusOr<std::optional<TimestampAndOffset>> max_timestamp() const override;
  std::vector<ProducerDescription> producers() const override;
  std::vector<OpenTransaction> open_transactions() const override;
  bool is_aborted(int64_t producer_id, Offset offset) const override;
  WatchId watch(std::function<void()> advanced) override;
  void unwatch(WatchId id) override;
  int64_t size_bytes() const override;

  // One group commit: syncs what was appended before, then answers all that waited for it. A
  // failed sync fences the partition for good.
  void sync();
  // Syncs and saves everything that makes the next start fast, and takes no more appends.
  Status close();
  // Takes no more appends and answers what waits with `why`. Does no I/O; calls the watchers.
  void stop(const Status& why);

  // From now on these settings hold. On return, durability=sync holds for what is there, too.
  void change_config(const TopicConfig& config);

  // The housekeeper's thread only: applies retention, removes files that are due, and says how much
  // there is to compact. Nothing at all once the partition takes no more appends.
  StatusOr<Upkeep> upkeep();
  // nullptr: there is nothing to compact any more.
  std::unique_ptr<Compaction> begin_compaction(size_t map_memory_bytes);
  StatusOr<int32_t> next_generation() override;
  Status exchange(std::shared_ptr<Segment> compacted, std::optional<Offset> cleaned_to) override;

  const std::string& directory() const { return directory_; }

 private:
  struct Waiter {
    Offset until;  // answered when durable up to here
    AppendCallback done;
    AppendResult result;
  };
  // What a sync works on, taken under the lock.
  struct Unsynced {
    std::vector<std::shared_ptr<Segment>> segments;
    bool has_new_files = false;
    Watermark end;
  };

  SegmentPartition(env::Env& env, std::string directory, const TopicConfig& config,
                   Flusher& flusher, Housekeeper& housekeeper, RecoveredPartition recovered);

  void append_from(AppendSource source, std::string batch, Acks acks, AppendCallback done);
  // The answer, or nullopt when `done` was taken over to wait.
  std::optional<AppendAnswer> write(std::string& batch, BatchHeader header, Acks acks,
                                    AppendCallback& done) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<AppendAnswer> answer_duplicate(const ProducerBatch& original, Acks acks,
                                               AppendCallback& done)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status write_to_segment(std::string_view batch, const BatchHeader& header)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the active segment must be closed before this batch.
  bool is_full(const BatchHeader& batch) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ask_for_upkeep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status roll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ask_for_sync() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Watermark end_place() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  std::vector<std::shared_ptr<Segment>> segments() const;
  Status no_such_offset(Offset offset) const;
  // As read() or locate(), below limit.
  using SegmentRead = decltype(&Segment::locate);
  StatusOr<LocatedBatches> find_below(Offset from, Offset limit, size_t bytes_max,
                                      SegmentRead read) const;
  // As read_stable() or locate_stable().
  StatusOr<LocatedBatches> find_stable(Offset from, size_t bytes_max, SegmentRead read) const;
  // After the high watermark or the transactions have changed.
  void update_last_stable() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status sync_files(const Unsynced& unsynced);
  void finish_sync(const Status& status, const Watermark& end);
  // Saves how far the log is durable: synced now and then, else as a hint.
  void save_progress(const Watermark& end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sync_mutex_);
  void notify_watchers();

  // What compaction could do now.
  struct Dirt {
    Offset first_dirty;
    Offset end;
    size_t segment_count = 0;  // below `end`, clean ones included
    double ratio = 0;
    bool is_wanted = false;
    int64_t next_ms = INT64_MAX;
  };
  TopicConfig config() const;
  bool is_over() const;
  // Closes the active segment unless it is empty; on disk when it returns.
  Status close_active_segment();
  Status close_if_lagging(int64_t now_ms, Upkeep& upkeep);
  Status apply_retention(int64_t now_ms, Upkeep& upkeep);
  Status remove_due_files(int64_t now_ms, Upkeep& upkeep);
  // What could be compacted below `limit`.
  StatusOr<Dirt> find_dirt(int64_t now_ms, Offset limit) const;
  // The same below what is held.
  StatusOr<Dirt> find_free_dirt(int64_t now_ms) const;
  void look_again();
  // Where segments are known to be closed and on disk.
  Offset settled_end() const;
  // Moves log_start up, on disk; segments that lie below go.
  Status move_start(Offset new_start);
  void remove_later(std::vector<std::shared_ptr<Segment>> segments)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(layout_mutex_);
  AppendAnswer refuse(AppendError error, const Status& status) const;

  env::Env& env_;
  const std::string directory_;
  const Watermark opened_at_;
  std::atomic<int64_t> high_watermark_;
  std::atomic<int64_t> log_end_;
  std::atomic<int64_t> log_start_;
  std::atomic<int64_t> last_stable_;  // or below log_start_

  mutable absl::Mutex mutex_;
  mutable absl::Mutex config_mutex_ ABSL_ACQUIRED_AFTER(mutex_);  // mutex_ too for changes
  TopicConfig config_ ABSL_GUARDED_BY(config_mutex_);
  Flusher* flusher_ ABSL_GUARDED_BY(mutex_);           // null once stopped
  Housekeeper* housekeeper_ ABSL_GUARDED_BY(mutex_);   // null once stopped
  Status refusal_ ABSL_GUARDED_BY(mutex_);             // not OK: takes no appends, and why
  bool is_sync_over_ ABSL_GUARDED_BY(mutex_) = false;  // a sync failed, or stopped: no other
  std::vector<std::shared_ptr<Segment>> segments_ ABSL_GUARDED_BY(mutex_);
  ProducerState producers_ ABSL_GUARDED_BY(mutex_);
  Offset durable_ ABSL_GUARDED_BY(mutex_);
  Unsynced unsynced_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);  // by `until`
  bool is_sync_asked_ ABSL_GUARDED_BY(mutex_) = false;
  SegmentLayout layout_ ABSL_GUARDED_BY(mutex_);              // changed with layout_mutex_ held too
  Offset settled_end_ ABSL_GUARDED_BY(mutex_);                // the saved watermark's segment
  int64_t size_bytes_ ABSL_GUARDED_BY(mutex_) = 0;            // of all segments
  int64_t upkeep_bytes_ ABSL_GUARDED_BY(mutex_) = INT64_MAX;  // the size that asks for a look
  int64_t jitter_ms_ ABSL_GUARDED_BY(mutex_) = 0;             // of the active segment

  struct Removal {
    int64_t due_ms;
    SegmentName name;
  };
  absl::Mutex layout_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::deque<Removal> removals_ ABSL_GUARDED_BY(layout_mutex_);
  // A layout may or may not have been saved: what it names must stay until the next start says.
  bool is_layout_uncertain_ ABSL_GUARDED_BY(layout_mutex_) = false;
  int32_t last_generation_ ABSL_GUARDED_BY(layout_mutex_) = 0;

  // Asked with layout_mutex_ held, so that no hold comes between the answer and the change.
  std::shared_ptr<HoldList> holds_;  // constant once open

  absl::Mutex sync_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  Watermark saved_ ABSL_GUARDED_BY(sync_mutex_);
  bool is_hint_missed_ ABSL_GUARDED_BY(sync_mutex_) = false;

  absl::Mutex watch_mutex_;
  WatchId next_watch_id_ ABSL_GUARDED_BY(watch_mutex_) = 1;
  // In order, so that a run in simulation is the same each time.
  absl::btree_map<WatchId, std::function<void()>> watchers_ ABSL_GUARDED_BY(watch_mutex_);
};

}  // namespace kappa::log
