#include "net/asio_timers.h"

namespace kappa::net {

Timers::TimerId AsioTimers::run_after(std::chrono::milliseconds delay,
                                      std::function<void()> function) {
  absl::MutexLock lock(&mutex_);
  if (is_stopped_) return 0;
  TimerId id = ++last_id_;
  auto entry =
      std::make_unique<Entry>(Entry{boost::asio::steady_timer(*io_, delay), std::move(function)});
  entry->timer.async_wait([this, id](const boost::system::error_code&) { fire(id); });
  entries_.emplace(id, std::move(entry));
  return id;
}

void AsioTimers::fire(TimerId id) {
  std::unique_ptr<Entry> entry;
  {
    absl::MutexLock lock(&mutex_);
    auto node = entries_.extract(id);
    if (node.empty()) return;  // cancelled
    entry = std::move(node.mapped());
  }
  entry->function();
}

void AsioTimers::cancel(TimerId id) {
  std::unique_ptr<Entry> entry;  // destroyed outside the lock: the function may own much
  absl::MutexLock lock(&mutex_);
  auto node = entries_.extract(id);
  if (!node.empty()) entry = std::move(node.mapped());
}

void AsioTimers::stop() {
  absl::flat_hash_map<TimerId, std::unique_ptr<Entry>> entries;
  absl::MutexLock lock(&mutex_);
  is_stopped_ = true;
  entries.swap(entries_);
}

}  // namespace kappa::net
