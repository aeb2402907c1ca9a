#include "log/parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <vector>

namespace kappa::log {
namespace {

constexpr size_t kThreadsMax = 16;
constexpr size_t kCallsPerThread = 2;  // fewer are not worth one

}  // namespace

void run_parallel(env::Env& env, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  auto run = [&] {
    for (size_t i; (i = next++) < count;) work(i);
  };
  const size_t thread_count = std::min(kThreadsMax, count / kCallsPerThread);
  std::vector<std::unique_ptr<env::Thread>> threads;
  while (threads.size() + 1 < thread_count) {
    auto thread = env.start_thread("kappa-parallel", env::ThreadPriority::kNormal, run);
    if (!thread.ok()) break;  // there are fewer, then
    threads.push_back(*std::move(thread));
  }
  run();
  for (auto& thread : threads) thread->join();
}

}  // namespace kappa::log
