#include "engine/live.h"

#include <atomic>

#include "base/logging.h"

namespace kappa::engine {
namespace {

// What one live step reads per partition at most: small enough that a burst does not delay others.
constexpr StepBytes kLiveStep{4 << 20, 4 << 20};

}  // namespace

Live::Live(env::Env& env, log::Log& log, std::unique_ptr<flow::WorkerPool> workers,
           std::shared_ptr<const RelationMap> relations)
    : env_(env),
      log_(log),
      workers_(std::move(workers)),
      pipeline_(log, *workers_),
      relations_(std::move(relations)) {}

Live::~Live() { stop(); }

Status Live::start() {
  watch_topics();
  publish();
  ASSIGN_OR_RETURN(thread_,
                   env_.start_thread("live", env::ThreadPriority::kNormal, [this] { loop(); }));
  wake();
  return OkStatus();
}

void Live::start_failed(const Status& status) {
  publish();
  fail(status);
}

void Live::stop() {
  {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    woken_.SignalAll();
    changed_.SignalAll();
  }
  if (thread_) thread_->join();
  thread_.reset();
  for (auto& [partition, watch] : watches_) watch.first->unwatch(watch.second);
  watches_.clear();
}

void Live::wake() {
  absl::MutexLock lock(&mutex_);
  if (has_more_) return;
  has_more_ = true;
  woken_.Signal();
}

Status Live::run(Command command) {
  auto pending = std::make_shared<Pending>();
  pending->command = std::move(command);
  absl::MutexLock lock(&mutex_);
  if (is_stopping_) return unavailable("the server is stopping");
  if (!failure_.ok()) return failure_;
  commands_.push_back(pending);
  woken_.Signal();
  while (!pending->is_done) changed_.Wait(&mutex_);
  return pending->status;
}

void Live::post(Command command) {
  auto pending = std::make_shared<Pending>();
  pending->command = std::move(command);
  absl::MutexLock lock(&mutex_);
  if (is_stopping_ || !failure_.ok()) return;
  commands_.push_back(std::move(pending));
  woken_.Signal();
}

EngineSnapshotPtr Live::snapshot() const {
  absl::MutexLock lock(&mutex_);
  return snapshot_;
}

StatusOr<EngineSnapshotPtr> Live::wait_for(const Frontier& frontier,
                                           const std::atomic<bool>& is_cancelled) {
  absl::MutexLock lock(&mutex_);
  while (true) {
    // What stands there after a failure may lack what the failure hides: no answer is better.
    if (!failure_.ok()) return failure_;
    if (snapshot_->frontier.covers(frontier)) return snapshot_;
    if (is_cancelled) return cancelled("canceling statement due to user request");
    if (is_stopping_) return unavailable("the server is stopping");
    changed_.Wait(&mutex_);
  }
}

void Live::wake_waiters() {
  absl::MutexLock lock(&mutex_);
  changed_.SignalAll();
}

void Live::loop() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      while (!has_more_ && commands_.empty() && !is_stopping_) woken_.Wait(&mutex_);
      if (is_stopping_) return refuse_commands(unavailable("the server is stopping"));
      has_more_ = false;
    }
    if (run_commands()) {
      watch_topics();
      publish();
    }
    bool has_moved = true;
    while (has_moved) {
      Status status = step_once(has_moved);
      if (!status.ok()) return fail(status);
      absl::MutexLock lock(&mutex_);
      if (!commands_.empty() || is_stopping_) break;
    }
    absl::MutexLock lock(&mutex_);
    has_more_ |= has_moved;
  }
}

bool Live::run_commands() {
  bool has_run = false;
  State state = this->state();
  while (true) {
    std::shared_ptr<Pending> pending;
    {
      absl::MutexLock lock(&mutex_);
      if (commands_.empty()) return has_run;
      pending = commands_.front();
      commands_.pop_front();
    }
    Status status = pending->command(state);
    has_run = true;
    // Its caller finds the outcome in the snapshot that is current when run() returns.
    watch_topics();
    publish();
    absl::MutexLock lock(&mutex_);
    pending->status = std::move(status);
    pending->is_done = true;
    changed_.SignalAll();
  }
}

Status Live::step_once(bool& has_moved) {
  Frontier before = pipeline_.frontier();
  Frontier end = pipeline_.end();
  has_moved = !before.covers(end);
  if (!has_moved) return OkStatus();
  RETURN_IF_ERROR(pipeline_.step(end, kLiveStep));
  record();
  publish();
  return OkStatus();
}

void Live::record() {
  for (const auto& recorder : recorders_) {
    absl::MutexLock lock(&recorder->mutex);
    for (int64_t id : recorder->relations) {
      const data::Delta& delta = pipeline_.output(id);
      auto& pending = recorder->pending[id].chunks;
      pending.insert(pending.end(), delta.chunks.begin(), delta.chunks.end());
    }
  }
}

void Live::publish() {
  auto snapshot = std::make_shared<EngineSnapshot>();
  snapshot->relations_map = relations_;
  snapshot->frontier = pipeline_.frontier();
  snapshot->states = pipeline_.states();
  {
    absl::MutexLock lock(&mutex_);
    snapshot_ = std::move(snapshot);
    changed_.SignalAll();
  }
  if (on_step_) on_step_(pipeline_.bytes_read());
}

void Live::watch_topics() {
  std::map<const log::Partition*, std::shared_ptr<log::Partition>> wanted;
  for (const auto& [id, node] : pipeline_.topics())
    for (const auto& partition : node->partitions()) wanted[partition.get()] = partition;
  for (auto it = watches_.begin(); it != watches_.end();) {
    if (wanted.count(it->first)) {
      ++it;
      continue;
    }
    it->second.first->unwatch(it->second.second);
    it = watches_.erase(it);
  }
  for (auto& [key, partition] : wanted) {
    if (watches_.count(key)) continue;
    watches_[key] = {partition, partition->watch([this] { wake(); })};
    wake();
  }
}

void Live::fail(const Status& status) {
  LOG_ERROR("views have stopped: {}", message_of(status));
  absl::MutexLock lock(&mutex_);
  failure_ = annotate(status, "views have stopped");
  refuse_commands(failure_);
}

void Live::refuse_commands(const Status& status) {
  for (const auto& pending : commands_) {
    pending->status = status;
    pending->is_done = true;
  }
  commands_.clear();
  changed_.SignalAll();
}

}  // namespace kappa::engine
