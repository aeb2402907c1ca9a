#include "log/flusher.h"

#include <algorithm>

#include "log/segment_partition.h"

namespace kappa::log {
namespace {

constexpr size_t kLanesMax = 8;

}  // namespace

Flusher::Flusher(env::Env& env) : env_(env) {
  absl::MutexLock lock(&mutex_);
  start_lane();
}

Flusher::~Flusher() {
  std::vector<std::unique_ptr<Lane>> lanes;
  {
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
    lanes.swap(lanes_);
  }
}

void Flusher::add(std::shared_ptr<SegmentPartition> partition) {
  absl::MutexLock lock(&mutex_);
  if (is_stopped_) return;
  const bool is_next_of_its_lane = is_syncing(partition.get());
  waiting_.push_back(std::move(partition));
  if (!is_next_of_its_lane) wake_lane();
}

Flusher::Lane& Flusher::start_lane() {
  Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>());
  lane.worker = env_.start_worker("kappa-flusher", env::ThreadPriority::kNormal,
                                  [this, &lane] { turn(lane); });
  return lane;
}

void Flusher::wake_lane() {
  auto idle = std::find_if(lanes_.begin(), lanes_.end(),
                           [](const auto& candidate) { return !candidate->is_busy; });
  if (idle == lanes_.end() && lanes_.size() == kLanesMax) return;  // who is done first takes it
  Lane& lane = idle != lanes_.end() ? **idle : start_lane();
  lane.is_busy = true;
  lane.worker->wake();
}

bool Flusher::is_syncing(const SegmentPartition* partition) const {
  return std::find(syncing_.begin(), syncing_.end(), partition) != syncing_.end();
}

std::shared_ptr<SegmentPartition> Flusher::take() {
  if (is_stopped_) return nullptr;
  auto next = waiting_.begin();
  while (next != waiting_.end() && is_syncing(next->get())) ++next;
  if (next == waiting_.end()) return nullptr;
  std::shared_ptr<SegmentPartition> partition = std::move(*next);
  waiting_.erase(next);
  syncing_.push_back(partition.get());
  return partition;
}

void Flusher::turn(Lane& lane) {
  while (true) {
    std::shared_ptr<SegmentPartition> partition;
    {
      absl::MutexLock lock(&mutex_);
      partition = take();
      lane.is_busy = partition != nullptr;
      if (!lane.is_busy) return;
    }
    partition->sync();
    absl::MutexLock lock(&mutex_);
    std::erase(syncing_, partition.get());
  }
}

}  // namespace kappa::log
