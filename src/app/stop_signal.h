#pragma once
// SIGTERM and SIGINT as something to wait for. Made before any thread is started, so that all of
// them inherit the mask; the signals then reach its own thread only.

#include <atomic>
#include <memory>

#include <absl/synchronization/notification.h>

#include "base/status.h"
#include "env/env.h"

namespace kappa::app {

class StopSignal {
 public:
  // A signal that comes before ready() ends the process at once: nothing has been promised to
  // anyone yet, and the log recovers from that as from a crash.
  static StatusOr<std::unique_ptr<StopSignal>> install(env::Env& env);
  ~StopSignal();  // its thread ends, also when no signal came

  // From now on a signal is what wait() waits for.
  void ready() { ready_.Notify(); }
  void wait() { signalled_.WaitForNotification(); }

 private:
  StopSignal() = default;
  void watch();

  std::atomic<bool> is_abandoned_{false};
  absl::Notification ready_;
  absl::Notification signalled_;
  std::unique_ptr<env::Thread> thread_;
};

}  // namespace kappa::app
