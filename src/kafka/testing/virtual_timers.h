#pragma once
// Timers on the clock of a simulated machine: nothing fires until the test lets time pass. Confined
// to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "env/simulated.h"
#include "net/timers.h"

namespace kappa::kafka {

class VirtualTimers : public net::Timers {
 public:
  explicit VirtualTimers(env::SimulatedEnv& env) : env_(env) {}

  TimerId run_after(std::chrono::milliseconds delay, std::function<void()> function) override {
    TimerId id = ++last_id_;
    calls_[{now_ms() + delay.count(), id}] = std::move(function);
    return id;
  }
  void cancel(TimerId id) override {
    std::erase_if(calls_, [id](const auto& entry) { return entry.first.second == id; });
  }

  // Lets time pass, from one call to the next; the machine's workers run between them.
  void advance_ms(int64_t ms) {
    int64_t end_ms = now_ms() + ms;
    env_.run_workers();
    while (!calls_.empty() && calls_.begin()->first.first <= end_ms) {
      auto node = calls_.extract(calls_.begin());
      env_.advance_ms(std::max<int64_t>(node.key().first - now_ms(), 0));
      node.mapped()();
      env_.run_workers();
    }
    env_.advance_ms(end_ms - now_ms());
  }
  // When the next call is due, for those who let time pass themselves. None: the end of time.
  int64_t next_ms() const { return calls_.empty() ? INT64_MAX : calls_.begin()->first.first; }
  // Makes the call that is next, now.
  void run_next() {
    auto node = calls_.extract(calls_.begin());
    node.mapped()();
  }
  size_t count() const { return calls_.size(); }
  // The process ended.
  void drop_all() { calls_.clear(); }

 private:
  int64_t now_ms() { return env_.monotonic_us() / 1000; }

  env::SimulatedEnv& env_;
  TimerId last_id_ = 0;
  std::map<std::pair<int64_t, TimerId>, std::function<void()>> calls_;  // by time
};

}  // namespace kappa::kafka
