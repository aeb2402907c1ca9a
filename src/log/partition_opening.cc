#include "log/partition_opening.h"

#include <algorithm>
#include <atomic>

namespace kappa::log {
namespace {

constexpr size_t kThreadsMax = 8;
constexpr size_t kPartitionsPerThread = 8;  // fewer are not worth one

}  // namespace

void open_partitions(env::Env& env, Flusher& flusher, Housekeeper& housekeeper,
                     std::span<PartitionOpening> openings) {
  std::atomic<size_t> next = 0;
  auto open_next = [&] {
    for (size_t i; (i = next++) < openings.size();) {
      PartitionOpening& opening = openings[i];
      opening.opened = SegmentPartition::open(env, opening.directory, opening.config, flusher,
                                              housekeeper, opening.notes);
    }
  };
  const size_t thread_count = std::min(kThreadsMax, openings.size() / kPartitionsPerThread);
  std::vector<std::unique_ptr<env::Thread>> threads;
  while (threads.size() + 1 < thread_count) {
    auto thread = env.start_thread("kappa-open", env::ThreadPriority::kNormal, open_next);
    if (!thread.ok()) break;  // there are fewer, then
    threads.push_back(*std::move(thread));
  }
  open_next();
  for (auto& thread : threads) thread->join();
}

}  // namespace kappa::log
