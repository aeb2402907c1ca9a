#pragma once
// The same for many partitions. Most of the time goes by waiting for the disk, so several threads
// do it, each taking the next that is left; where the machine has no threads (simulation), the
// calling one does it all, in order.

#include <cstddef>
#include <functional>

#include "env/env.h"

namespace kappa::log {

// Calls work(0), …, work(count - 1), each once and several at a time; returns when all are done.
void run_parallel(env::Env& env, size_t count, const std::function<void(size_t)>& work);

}  // namespace kappa::log
