#pragma once
// How much history one step of a replay reads. Large steps pay: a group that many of a step's
// records touch is emitted once. But progress, cancelling and memory go by steps, so a step should
// take about half a second, whatever the query costs.

#include <algorithm>
#include <cstdint>

#include "engine/pipeline.h"

namespace kappa::engine {

class StepSize {
 public:
  StepBytes bytes() const { return {std::min(streamed_, kHeldMax), streamed_}; }

  // The last step took so long.
  void adapt(int64_t microseconds) {
    if (microseconds < 400'000) streamed_ = std::min(streamed_ * 2, kStreamedMax);
    if (microseconds > 1'000'000) streamed_ = std::max(streamed_ / 2, kMin);
  }

 private:
  static constexpr size_t kMin = size_t{1} << 20;
  static constexpr size_t kHeldMax = size_t{16} << 20;
  static constexpr size_t kStreamedMax = size_t{512} << 20;

  size_t streamed_ = size_t{16} << 20;
};

}  // namespace kappa::engine
