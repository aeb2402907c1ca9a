#include "log/flusher.h"

#include "log/segment_partition.h"

namespace kappa::log {

Flusher::Flusher(env::Env& env)
    : worker_(env.start_worker("kappa-flusher", env::ThreadPriority::kNormal, [this] { turn(); })) {
}

Flusher::~Flusher() { worker_.reset(); }

void Flusher::add(std::shared_ptr<SegmentPartition> partition) {
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(partition));
  }
  worker_->wake();
}

void Flusher::turn() {
  std::vector<std::shared_ptr<SegmentPartition>> partitions;
  {
    absl::MutexLock lock(&mutex_);
    partitions.swap(waiting_);
  }
  for (auto& partition : partitions) partition->sync();
}

}  // namespace kappa::log
