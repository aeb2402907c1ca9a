#pragma once
// A replay: new versions of views are built from the log's history beside the live pipeline, in
// large steps at low priority, until they stand at its frontier; then they join it in one command.
//
//   planned ──start()──▶ reading ──▶ at the live frontier ──switch──▶ done
//                           └────── cancel(), error ──────▶ failed
//
// Streams are read from their first offset. Tables and views of the live pipeline that the new
// views read are taken over as they stand (their contents, then their changes), which is the same
// by the law. Thread-safe.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/live.h"
#include "engine/pipeline.h"
#include "engine/step_size.h"

namespace kappa::engine {

struct ReplayProgress {
  std::string name;  // of the first view
  int64_t version = 1;
  std::string state;  // reading, switching, done, failed
  int64_t records_done = 0;
  int64_t records_total = 0;
  double records_per_second = 0;
  double seconds_left = 0;
  double seconds = 0;  // since the start
  std::string error;

  std::string text() const;  // "v: 1200000 of 3000000 records (40 %), 510000/s, 3 s left"
};

class Replay {
 public:
  // The part of the switch that the engine does, on the live thread: write the catalog's record,
  // and put the new definitions in place.
  using Switch = std::function<Status(Live::State&)>;

  // `views` in the order of their dependencies; `replaced` are ids of live views that leave.
  // `on_end` is told the outcome on the replay's thread, before is_over().
  Replay(env::Env& env, Live& live, std::unique_ptr<flow::WorkerPool> workers,
         std::vector<std::unique_ptr<ViewNode>> views, std::vector<int64_t> replaced,
         Switch on_switch, std::function<void(const Status&)> on_end);
  ~Replay();

  // The streams that the views read, with their partitions: added before start().
  Status add_stream(DefinitionPtr definition, Partitions partitions);
  // Tables and views of the live pipeline that the views read.
  void add_upstream(DefinitionPtr definition) { upstream_.push_back(std::move(definition)); }

  Status start();
  void cancel();
  ReplayProgress progress() const;
  bool is_over() const;
  // Waits until it is over or the time has passed; true: over.
  bool wait(absl::Duration at_most);
  // After it is over.
  Status status() const;

 private:
  Status run();
  Status subscribe();
  Status feed_upstream();
  void feed_recorded();
  Status read_towards_live();
  Status switch_over(Live::State& state);
  Status take_step(const Frontier& target);
  int64_t records_left(const Frontier& target) const;
  void report(const Frontier& target);
  void finish(Status status);
  void unsubscribe();

  env::Env& env_;
  Live& live_;
  std::unique_ptr<flow::WorkerPool> workers_;
  std::unique_ptr<Pipeline> pipeline_;
  StepSize step_size_;  // gone when it is over, with the threads
  const std::vector<int64_t> replaced_;
  const Switch on_switch_;
  const std::function<void(const Status&)> on_end_;
  std::vector<DefinitionPtr> upstream_;
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  std::map<int64_t, RelationState> initial_;
  int64_t started_us_ = 0;

  std::atomic<bool> is_cancelled_{false};
  mutable absl::Mutex mutex_;
  ReplayProgress progress_ ABSL_GUARDED_BY(mutex_);
  Status status_ ABSL_GUARDED_BY(mutex_);
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<env::Thread> thread_;
};

}  // namespace kappa::engine
