#include "net/deadline_timer.h"

#include <algorithm>
#include <chrono>

namespace kappa::net {
namespace {

constexpr int64_t kDelayMaxMs = 24 * 3600 * 1000;

}  // namespace

void DeadlineTimer::set(int64_t due_ms, int64_t now_ms, std::function<void()> on_due) {
  if (due_ms == INT64_MAX || (id_ != 0 && due_ms_ <= due_ms)) return;
  cancel();
  const int64_t delay_ms = std::clamp<int64_t>(due_ms - now_ms, 0, kDelayMaxMs);
  due_ms_ = now_ms + delay_ms;
  id_ = timers_.run_after(std::chrono::milliseconds(delay_ms), std::move(on_due));
}

void DeadlineTimer::note_call() {
  id_ = 0;
  due_ms_ = INT64_MAX;
}

void DeadlineTimer::cancel() {
  if (id_ != 0) timers_.cancel(id_);
  note_call();
}

}  // namespace kappa::net
