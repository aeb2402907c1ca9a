#include "log/housekeeper.h"

#include <algorithm>

#include "base/logging.h"
#include "log/segment_partition.h"

namespace kappa::log {
namespace {

constexpr size_t kSliceBytes = size_t{512} << 10;
// The worker's timer counts milliseconds: shorter pauses add up to one.
constexpr int64_t kPauseUsMin = 1000;
// After a failure: a disk may have room again, damage stays.
constexpr int64_t kRetryMs = 60'000;
constexpr int64_t kDamagedRetryMs = 3'600'000;

}  // namespace

Housekeeper::Housekeeper(env::Env& env, const LogOptions& options)
    : env_(env),
      bytes_per_second_(std::max<int64_t>(options.background_bytes_per_second, 1)),
      map_memory_bytes_(options.compaction_memory_bytes),
      is_deferred_(options.is_upkeep_deferred),
      worker_(env.start_worker("kappa-housekeep", env::ThreadPriority::kBackground,
                               [this] { turn(); })) {}

Housekeeper::~Housekeeper() {
  stop();
  worker_.reset();
}

void Housekeeper::begin() {
  {
    absl::MutexLock turn_lock(&turn_mutex_);
    is_deferred_ = false;
  }
  worker_->wake();
}

void Housekeeper::add(std::weak_ptr<SegmentPartition> partition) {
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(partition));
  }
  worker_->wake();
}

void Housekeeper::forget(const SegmentPartition* partition) {
  absl::MutexLock turn_lock(&turn_mutex_);
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(waiting_,
                  [partition](const auto& other) { return other.lock().get() == partition; });
  }
  forget_locked(partition);
}

void Housekeeper::forget_locked(const SegmentPartition* partition) {
  if (compacted_.get() == partition) {
    compaction_.reset();
    compacted_.reset();
  }
  auto it = entries_.find(partition);
  if (it == entries_.end()) return;
  schedule_.erase({it->second.due_ms, it->second.number, partition});
  entries_.erase(it);
}

void Housekeeper::stop() {
  absl::MutexLock turn_lock(&turn_mutex_);
  is_stopped_ = true;
  compaction_.reset();
  compacted_.reset();
  schedule_.clear();
  entries_.clear();
  absl::MutexLock lock(&mutex_);
  waiting_.clear();
}

void Housekeeper::turn() {
  absl::MutexLock turn_lock(&turn_mutex_);
  if (is_stopped_ || is_deferred_) return;
  take_waiting();
  look_at_due();
  choose();
  compact();
  arm();
}

void Housekeeper::take_waiting() {
  std::vector<std::weak_ptr<SegmentPartition>> waiting;
  {
    absl::MutexLock lock(&mutex_);
    waiting.swap(waiting_);
  }
  for (auto& waiter : waiting) {
    auto partition = waiter.lock();
    if (partition == nullptr) continue;
    Entry& entry = entries_[partition.get()];
    if (entry.number == 0) entry.number = ++last_number_;
    entry.partition = partition;
    schedule(partition.get(), INT64_MIN);
  }
}

void Housekeeper::schedule(const SegmentPartition* key, int64_t due_ms) {
  Entry& entry = entries_.at(key);
  schedule_.erase({entry.due_ms, entry.number, key});
  entry.due_ms = due_ms;
  if (due_ms < INT64_MAX) schedule_.insert({due_ms, entry.number, key});
}

void Housekeeper::look_at_due() {
  while (!schedule_.empty() && schedule_.begin()->due_ms <= env_.wall_ms())
    look(schedule_.begin()->partition);
}

void Housekeeper::look(const SegmentPartition* key) {
  Entry& entry = entries_.at(key);
  auto partition = entry.partition.lock();
  if (partition == nullptr) return forget_locked(key);
  auto upkeep = partition->upkeep();
  if (!upkeep.ok()) {
    LOG_WARN("retention failed: directory={}: {}", partition->directory(),
             message_of(upkeep.status()));
    entry.dirtiness = 0;
    return schedule(key, env_.wall_ms() + kRetryMs);
  }
  entry.dirtiness = upkeep->dirtiness;
  // What is due at once is looked at in a later turn, after others.
  schedule(key, std::max(upkeep->next_ms, env_.wall_ms() + 1));
}

void Housekeeper::choose() {
  if (compaction_ != nullptr) return;
  std::shared_ptr<SegmentPartition> dirtiest;
  double dirtiness = 0;
  for (auto& [key, entry] : entries_) {
    if (entry.dirtiness <= 0 || entry.dirtiness < dirtiness) continue;
    auto partition = entry.partition.lock();
    if (partition == nullptr) continue;
    // Of equals the first by name: the same in every run.
    const bool is_after = dirtiest != nullptr && entry.dirtiness == dirtiness &&
                          partition->directory() > dirtiest->directory();
    if (is_after) continue;
    dirtiest = std::move(partition);
    dirtiness = entry.dirtiness;
  }
  if (dirtiest == nullptr) return;
  entries_.at(dirtiest.get()).dirtiness = 0;
  compaction_ = dirtiest->begin_compaction(map_memory_bytes_);
  if (compaction_ != nullptr) compacted_ = std::move(dirtiest);
}

void Housekeeper::compact() {
  const int64_t now_us = env_.monotonic_us();
  if (compaction_ == nullptr || paid_until_us_ - now_us >= kPauseUsMin) return;
  auto bytes = compaction_->step(kSliceBytes);
  if (!bytes.ok()) return finish_compaction(bytes.status());
  if (*bytes == 0) return finish_compaction(OkStatus());
  paid_until_us_ = std::max(now_us, paid_until_us_) +
                   static_cast<int64_t>(*bytes) * 1'000'000 / bytes_per_second_;
}

void Housekeeper::finish_compaction(const Status& status) {
  const CompactionResult result = compaction_->result();
  auto partition = std::exchange(compacted_, nullptr);
  compaction_.reset();
  const SegmentPartition* key = partition.get();
  if (status.ok()) {
    LOG_INFO("compacted: directory={} bytes_before={} bytes_after={} passes={}",
             partition->directory(), result.bytes_before, result.bytes_after, result.passes);
    return schedule(key, INT64_MIN);
  }
  // Retention or a trim took segments meanwhile: there is less to do, and it begins anew.
  if (status.code() == StatusCode::kAborted) return schedule(key, INT64_MIN);
  LOG_WARN("compaction failed: directory={}: {}", partition->directory(), message_of(status));
  const bool is_damaged = status.code() == StatusCode::kDataLoss;
  entries_.at(key).dirtiness = 0;
  schedule(key, env_.wall_ms() + (is_damaged ? kDamagedRetryMs : kRetryMs));
}

void Housekeeper::arm() {
  int64_t delay_ms = INT64_MAX;
  if (!schedule_.empty()) {
    const int64_t due_ms = schedule_.begin()->due_ms;
    delay_ms = due_ms <= env_.wall_ms() ? 0 : due_ms - env_.wall_ms();
  }
  if (compaction_ != nullptr) {
    const int64_t pause_us = std::max<int64_t>(paid_until_us_ - env_.monotonic_us(), 0);
    delay_ms = std::min(delay_ms, pause_us / 1000);
  }
  if (delay_ms == 0) {
    worker_->wake();
  } else if (delay_ms < INT64_MAX) {
    worker_->wake_after(delay_ms);
  }
}

}  // namespace kappa::log
