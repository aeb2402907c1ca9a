#include "engine/checkpointer.h"

#include <algorithm>
#include <iterator>

#include "base/logging.h"

namespace kappa::engine {
namespace {

// A start must not take long to read again what came after the last checkpoint; and writing it
// must stay cheap beside the reading.
constexpr int64_t kBytesMin = int64_t{64} << 20;
// Between two checkpoints at least: the time that the last one took, so many times.
constexpr int64_t kPauseFactor = 10;
constexpr int64_t kPauseUsMin = 100'000;
constexpr int64_t kRetryUs = 60'000'000;

}  // namespace

Checkpointer::Checkpointer(env::Env& env, Live& live, std::unique_ptr<CheckpointStore> store)
    : env_(env),
      live_(live),
      store_(std::move(store)),
      wanted_at_bytes_(kBytesMin),
      worker_(env.start_worker("kappa-checkpoint", env::ThreadPriority::kBackground,
                               [this] { turn(); })) {}

Checkpointer::~Checkpointer() {
  {
    absl::MutexLock lock(&mutex_);
    holds_.clear();  // they call the worker
  }
  worker_.reset();
}

std::function<void()> Checkpointer::on_blocked() {
  return [this] { want(); };
}

void Checkpointer::want() {
  is_wanted_ = true;
  if (has_started_) worker_->wake();
}

void Checkpointer::hold(int64_t relation, HistoryHolds holds) {
  absl::MutexLock lock(&mutex_);
  holds_[relation] = std::move(holds);
}

void Checkpointer::hold_too(int64_t relation, HistoryHolds holds) {
  absl::MutexLock lock(&mutex_);
  HistoryHolds& all = holds_[relation];
  std::move(holds.begin(), holds.end(), std::back_inserter(all));
}

void Checkpointer::release(int64_t relation) {
  HistoryHolds gone;  // let go without the lock: a hold tells its partition
  absl::MutexLock lock(&mutex_);
  auto found = holds_.find(relation);
  if (found == holds_.end()) return;
  gone = std::move(found->second);
  holds_.erase(found);
}

void Checkpointer::leave_out(int64_t relation) {
  absl::MutexLock lock(&mutex_);
  left_out_.insert(relation);
}

void Checkpointer::begin_at(const Frontier& frontier) {
  absl::MutexLock lock(&mutex_);
  saved_ = frontier;
}

void Checkpointer::hold_loaded(int64_t relation, HistoryHolds holds) {
  absl::MutexLock lock(&mutex_);
  move_holds(holds, saved_);
  saved_relations_.insert(relation);
  holds_[relation] = std::move(holds);
}

void Checkpointer::note_bytes(int64_t total) {
  bytes_ = total;
  if (total < wanted_at_bytes_) return;
  wanted_at_bytes_ = INT64_MAX;  // asked once
  want();
}

void Checkpointer::start() {
  has_started_ = true;
  if (is_wanted_) worker_->wake();
}

void Checkpointer::turn() {
  absl::MutexLock lock(&write_mutex_);
  if (!is_wanted_ || is_stopped_ || store_ == nullptr) return;
  const int64_t now_us = env_.monotonic_us();
  if (now_us < not_before_us_) return worker_->wake_after((not_before_us_ - now_us) / 1000 + 1);
  is_wanted_ = false;
  Status status = write();
  if (status.ok()) return;
  LOG_WARN("no checkpoint: {}", message_of(status));
  is_wanted_ = true;
  not_before_us_ = env_.monotonic_us() + kRetryUs;
  worker_->wake_after(kRetryUs / 1000);
}

void Checkpointer::stop() {
  absl::MutexLock lock(&write_mutex_);
  if (std::exchange(is_stopped_, true) || !has_started_ || store_ == nullptr) return;
  Status status = write();
  if (!status.ok()) LOG_WARN("no checkpoint at the stop: {}", message_of(status));
}

Status Checkpointer::write() {
  const int64_t begin_us = env_.monotonic_us();
  Checkpoint checkpoint;
  int64_t bytes = 0;
  RETURN_IF_ERROR(live_.run([&](Live::State& state) { return take(state, checkpoint, bytes); }));
  const int64_t taken_us = env_.monotonic_us();
  if (is_saved(checkpoint)) {
    wanted_at_bytes_ = bytes + 1;  // whoever waits for more gets it after the next step
    return OkStatus();
  }
  ASSIGN_OR_RETURN(CheckpointSize size, store_->save(checkpoint));
  wanted_at_bytes_ = bytes + std::max(kBytesMin, 2 * size.written_bytes);
  finish(checkpoint);
  const int64_t end_us = env_.monotonic_us();
  not_before_us_ = end_us + std::max(kPauseUsMin, kPauseFactor * (end_us - begin_us));
  LOG_INFO("checkpoint: relations={} bytes={} written={} pause_ms={} ms={}",
           checkpoint.relations.size(), size.total_bytes, size.written_bytes,
           (taken_us - begin_us) / 1000, (end_us - begin_us) / 1000);
  return OkStatus();
}

bool Checkpointer::is_saved(const Checkpoint& checkpoint) const {
  std::set<int64_t> relations;
  for (const RelationCheckpoint& relation : checkpoint.relations) relations.insert(relation.id);
  absl::MutexLock lock(&mutex_);
  return checkpoint.frontier == saved_ && relations == saved_relations_;
}

// On the live thread.
Status Checkpointer::take(Live::State& state, Checkpoint& checkpoint, int64_t& bytes) const {
  std::set<int64_t> left_out;
  {
    absl::MutexLock lock(&mutex_);
    left_out = left_out_;
  }
  RETURN_IF_ERROR(state.pipeline.save(left_out, checkpoint));
  bytes = bytes_;
  return OkStatus();
}

void Checkpointer::finish(const Checkpoint& checkpoint) {
  absl::MutexLock lock(&mutex_);
  saved_ = checkpoint.frontier;
  saved_relations_.clear();
  for (const RelationCheckpoint& relation : checkpoint.relations)
    saved_relations_.insert(relation.id);
  for (auto& [id, holds] : holds_)
    if (saved_relations_.count(id)) move_holds(holds, saved_);
}

}  // namespace kappa::engine
