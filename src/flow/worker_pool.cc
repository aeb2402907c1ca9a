#include <absl/synchronization/mutex.h>

#include "base/check.h"
#include "env/env.h"
#include "flow/circuit.h"

namespace kappa::flow {

namespace {

// Threads 1..N-1 wait for the next round; the caller of run() is worker 0 and waits for the rest.
class Pool : public WorkerPool {
 public:
  Pool(size_t worker_count, bool is_background) : worker_count_(worker_count) {
    KAPPA_CHECK_GE(worker_count, 1u);
    auto priority = is_background ? env::ThreadPriority::kBackground : env::ThreadPriority::kNormal;
    for (size_t worker = 1; worker < worker_count; ++worker) {
      auto thread = env::posix_env().start_thread("flow-" + std::to_string(worker), priority,
                                                  [this, worker] { serve(worker); });
      KAPPA_CHECK_OK(thread.status());
      threads_.push_back(std::move(thread).value());
    }
  }

  ~Pool() override {
    {
      absl::MutexLock lock(&mutex_);
      is_stopping_ = true;
    }
    for (auto& thread : threads_) thread->join();
  }

  size_t worker_count() const override { return worker_count_; }

  void run(const std::function<void(size_t)>& function) override {
    if (!threads_.empty()) {
      absl::MutexLock lock(&mutex_);
      function_ = &function;
      running_ = threads_.size();
      ++round_;
    }
    function(0);
    if (!threads_.empty()) {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Pool::is_round_done));
    }
  }

 private:
  bool is_round_done() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; }

  void serve(size_t worker) {
    uint64_t seen = 0;
    while (true) {
      const std::function<void(size_t)>* function;
      {
        absl::MutexLock lock(&mutex_);
        auto has_work = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return is_stopping_ || round_ != seen;
        };
        mutex_.Await(absl::Condition(&has_work));
        if (is_stopping_) return;
        seen = round_;
        function = function_;
      }
      (*function)(worker);
      absl::MutexLock lock(&mutex_);
      --running_;
    }
  }

  const size_t worker_count_;
  std::vector<std::unique_ptr<env::Thread>> threads_;

  absl::Mutex mutex_;
  const std::function<void(size_t)>* function_ ABSL_GUARDED_BY(mutex_) = nullptr;
  uint64_t round_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::unique_ptr<WorkerPool> make_worker_pool(size_t worker_count, bool is_background) {
  return std::make_unique<Pool>(worker_count, is_background);
}

}  // namespace kappa::flow
