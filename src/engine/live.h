#pragma once
// The live pipeline and its thread: it steps as soon as any topic has more, publishes a snapshot
// after each step, and between steps carries out commands (a new relation, a finished replay).
//
//        log (watch) ──wake──▶ ┌────────── live thread ──────────┐
//        run(command) ───────▶ │ commands, then step, then publish│──▶ snapshot(), wait_for()
//                              └─────────────────────────────────┘
//
// Thread-safe.

#include <absl/synchronization/mutex.h>

#include <deque>
#include <functional>
#include <memory>

#include "engine/pipeline.h"
#include "engine/snapshot.h"
#include "env/env.h"

namespace kappa::engine {

// Collects what relations of the live pipeline change, for a replay that reads them.
struct Recorder {
  std::vector<int64_t> relations;
  absl::Mutex mutex;
  std::map<int64_t, data::Delta> pending ABSL_GUARDED_BY(mutex);

  std::map<int64_t, data::Delta> take() {
    absl::MutexLock lock(&mutex);
    return std::move(pending);
  }
};

class Live {
 public:
  // What commands may touch; only on the live thread.
  struct State {
    Pipeline& pipeline;
    std::shared_ptr<const RelationMap>& relations;
    std::vector<std::shared_ptr<Recorder>>& recorders;
    const std::function<void(const Definition&)>& on_growth;
  };
  using Command = std::function<Status(State&)>;

  Live(env::Env& env, log::Log& log, std::unique_ptr<flow::WorkerPool> workers,
       std::shared_ptr<const RelationMap> relations);
  ~Live();

  // Before start(), on the opening thread.
  Pipeline& pipeline() { return pipeline_; }
  log::Log& log() const { return log_; }
  flow::WorkerPool& workers() { return *workers_; }
  State state() { return {pipeline_, relations_, recorders_, on_growth_}; }
  // Told on the live thread, after each step and command, how many bytes of the log have been read.
  void on_step(std::function<void(int64_t bytes)> told) { on_step_ = std::move(told); }
  // Told on the live thread that a source's topic has more partitions.
  void on_growth(std::function<void(const Definition& source)> told) {
    on_growth_ = std::move(told);
  }
  Status start();
  // Instead of start(), when the history could not be read: nothing steps and no view answers, but
  // the log can still be read and written by Kafka's clients.
  void start_failed(const Status& status);
  void stop();

  // Runs a command between two steps and publishes its outcome; gives its status.
  Status run(Command command);
  // The same without waiting for it. It is dropped when the pipeline has stopped.
  void post(Command command);

  EngineSnapshotPtr snapshot() const;
  // Waits until a snapshot covers the frontier, and gives it. Errors: kCancelled when *is_cancelled
  // becomes true, kUnavailable when the pipeline has stopped.
  StatusOr<EngineSnapshotPtr> wait_for(const Frontier& frontier,
                                       const std::atomic<bool>& is_cancelled);
  // To be called when an is_cancelled above was set.
  void wake_waiters();

  // Looks for more to read; called by the log's watchers.
  void wake();

 private:
  struct Pending {
    Command command;
    Status status;
    bool is_done = false;
  };

  void loop();
  bool run_commands();
  Status step_once(bool& has_moved);
  void record();
  void publish();
  void watch_topics();
  void fail(const Status& status);
  void refuse_commands(const Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  env::Env& env_;
  log::Log& log_;
  std::unique_ptr<flow::WorkerPool> workers_;
  Pipeline pipeline_;
  std::shared_ptr<const RelationMap> relations_;
  std::vector<std::shared_ptr<Recorder>> recorders_;
  std::function<void(int64_t)> on_step_;
  std::function<void(const Definition&)> on_growth_;
  std::map<const log::Partition*, std::pair<std::shared_ptr<log::Partition>, uint64_t>> watches_;

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;  // a snapshot, a finished command, a stop
  absl::CondVar woken_;    // something to do for the live thread
  EngineSnapshotPtr snapshot_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Pending>> commands_ ABSL_GUARDED_BY(mutex_);
  bool has_more_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
  Status failure_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<env::Thread> thread_;
};

}  // namespace kappa::engine
