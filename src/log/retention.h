#pragma once
// Which of the oldest segments retention takes: Kafka's rules, as a function of what is asked.
//
//   retention.ms     a segment goes when its largest timestamp is older; the first that is not
//                    stops it, so that a timestamp in the future keeps what lies behind it
//   retention.bytes  a segment goes when the log without it still has as many bytes
//   log start        a segment goes when all its records lie below

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <span>

#include "base/status.h"
#include "log/topic_settings.h"

namespace kappa::log {

struct SegmentSize {
  int64_t size_bytes = 0;
  bool is_below_start = false;
};

struct RetentionVerdict {
  size_t count = 0;                // so many of the oldest go
  int64_t next_ms = INT64_MAX;     // when time alone may change the verdict
  int64_t next_bytes = INT64_MAX;  // the log's size that changes it
};

// Segments from the oldest to the active one. newest_of(i): the wall time of the i-th segment's
// newest record; asked from the oldest on, as far as needed.
StatusOr<RetentionVerdict> decide_retention(std::span<const SegmentSize> segments,
                                            const TopicConfig& config, int64_t now_ms,
                                            absl::FunctionRef<StatusOr<int64_t>(size_t)> newest_of);

}  // namespace kappa::log
