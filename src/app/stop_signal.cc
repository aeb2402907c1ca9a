#include "app/stop_signal.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "base/logging.h"

namespace kappa::app {
namespace {

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

StatusOr<std::unique_ptr<StopSignal>> StopSignal::install(env::Env& env) {
  sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a peer that left is an error of the write
  signal(SIGXFSZ, SIG_IGN);  // so is a file that the limit keeps from growing
  auto stop = std::unique_ptr<StopSignal>(new StopSignal);
  ASSIGN_OR_RETURN(stop->thread_, env.start_thread("signals", env::ThreadPriority::kNormal,
                                                   [raw = stop.get()] { raw->watch(); }));
  return stop;
}

StopSignal::~StopSignal() {
  if (thread_ == nullptr || signalled_.HasBeenNotified()) return;
  is_abandoned_ = true;
  kill(getpid(), SIGTERM);  // blocked everywhere but in watch()
}

void StopSignal::watch() {
  sigset_t signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  if (is_abandoned_) return;
  if (!ready_.HasBeenNotified()) {
    LOG_INFO("stopped while starting: signal={}", signal);
    std::_Exit(EXIT_SUCCESS);
  }
  LOG_INFO("stopping: signal={}", signal);
  signalled_.Notify();
}

}  // namespace kappa::app
