#pragma once
// Checkpoints of the live pipeline, and the holds on the log that go with them.
//
//   bytes read / something waits to be deleted ──▶ turn: take the states between two live steps
//     (traces by reference) ──▶ write ──▶ holds move to the checkpoint's frontier
//
// What a table or view was made from stays in the log until a checkpoint has it: a record goes
// only after its contribution to every view is on disk. While a relation has stopped there are no
// new checkpoints, so that the next start can try again from the last one.
//
// Thread-safe; one worker at background priority.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/checkpoint_store.h"
#include "engine/history.h"
#include "engine/live.h"
#include "env/env.h"

namespace kappa::engine {

class Checkpointer {
 public:
  // `store` may be nullptr: no checkpoints, and the log keeps what views were made from.
  Checkpointer(env::Env& env, Live& live, std::unique_ptr<CheckpointStore> store);
  ~Checkpointer();

  CheckpointStore* store() { return store_.get(); }
  // For holds: asks for a checkpoint soon.
  std::function<void()> on_blocked();
  // Keeps a relation's holds; before it is in the live pipeline, or on its thread.
  void hold(int64_t relation, HistoryHolds holds);
  // The same, beside what it holds already.
  void hold_too(int64_t relation, HistoryHolds holds);
  void release(int64_t relation);
  // The relation's state is lost already: checkpoints go on without it.
  void leave_out(int64_t relation);

  // At the start: the newest checkpoint's frontier, and the relations that were loaded from it.
  void begin_at(const Frontier& frontier);
  void hold_loaded(int64_t relation, HistoryHolds holds);
  // On the live thread: how many bytes of the log its views have been made from.
  void note_bytes(int64_t total);
  // From now on checkpoints are written.
  void start();
  // Writes one if anything has changed, and no other after it.
  void stop();

 private:
  void want();
  void turn();
  Status write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(write_mutex_);
  bool is_saved(const Checkpoint& checkpoint) const;
  Status take(Live::State& state, Checkpoint& checkpoint, int64_t& bytes) const;
  void finish(const Checkpoint& checkpoint);

  env::Env& env_;
  Live& live_;
  const std::unique_ptr<CheckpointStore> store_;

  std::atomic<int64_t> bytes_{0};
  std::atomic<int64_t> wanted_at_bytes_;
  std::atomic<bool> is_wanted_{false};
  std::atomic<bool> has_started_{false};

  absl::Mutex write_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);  // one writer at a time
  bool is_stopped_ ABSL_GUARDED_BY(write_mutex_) = false;
  int64_t not_before_us_ ABSL_GUARDED_BY(write_mutex_) = 0;

  // Never taken by what holds call, which have locks of their own.
  mutable absl::Mutex mutex_;
  std::map<int64_t, HistoryHolds> holds_ ABSL_GUARDED_BY(mutex_);
  std::set<int64_t> left_out_ ABSL_GUARDED_BY(mutex_);
  Frontier saved_ ABSL_GUARDED_BY(mutex_);  // of the newest checkpoint
  std::set<int64_t> saved_relations_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<env::Worker> worker_;
};

}  // namespace kappa::engine
