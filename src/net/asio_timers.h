#pragma once
// Timers on an io_context: net's own, included by nothing outside this folder.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <boost/asio.hpp>
#include <memory>

#include "net/timers.h"

namespace kappa::net {

class AsioTimers : public Timers {
 public:
  explicit AsioTimers(std::shared_ptr<boost::asio::io_context> io) : io_(std::move(io)) {}

  TimerId run_after(std::chrono::milliseconds delay, std::function<void()> function) override;
  void cancel(TimerId id) override;
  // Drops all; later run_after() calls do nothing.
  void stop();

 private:
  struct Entry {
    boost::asio::steady_timer timer;
    std::function<void()> function;
  };

  void fire(TimerId id);

  const std::shared_ptr<boost::asio::io_context> io_;
  absl::Mutex mutex_;
  TimerId last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<TimerId, std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kappa::net
