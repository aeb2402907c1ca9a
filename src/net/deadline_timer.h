#pragma once
// One timer for what is due first of many things. A deadline that has moved into the future is
// left to the call that is set: it finds nothing to do then, and the owner sets the next. So what
// is put off all the time, as a session by its heartbeats, costs no timer.

#include <cstdint>
#include <functional>

#include "net/timers.h"

namespace kappa::net {

// Guarded by its owner's lock.
class DeadlineTimer {
 public:
  explicit DeadlineTimer(Timers& timers) : timers_(timers) {}

  // Calls `on_due` at `due_ms` or earlier, on a clock that says `now_ms`; INT64_MAX: nothing is
  // due.
  void set(int64_t due_ms, int64_t now_ms, std::function<void()> on_due);
  // To be called first by `on_due`.
  void note_call();
  // A call may be under way.
  void cancel();

 private:
  Timers& timers_;
  Timers::TimerId id_ = 0;  // 0: none
  int64_t due_ms_ = INT64_MAX;
};

}  // namespace kappa::net
