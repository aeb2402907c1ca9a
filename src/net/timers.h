#pragma once
// Calls a function after a time: for waits that must end, such as a long poll.

#include <chrono>
#include <cstdint>
#include <functional>

namespace kappa::net {

// Thread-safe.
class Timers {
 public:
  using TimerId = uint64_t;

  virtual ~Timers() = default;
  // Calls `function` once, on a thread of the implementation's, never from within this call.
  // It must not block. A delay of zero means as soon as possible.
  virtual TimerId run_after(std::chrono::milliseconds delay, std::function<void()> function) = 0;
  // Drops the call if it has not begun; it may be running while this returns. Unknown ids are fine.
  virtual void cancel(TimerId id) = 0;
};

}  // namespace kappa::net
