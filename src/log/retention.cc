#include "log/retention.h"

#include <algorithm>

namespace kappa::log {
namespace {

void decide_by_size(std::span<const SegmentSize> segments, const TopicConfig& config,
                    RetentionVerdict& verdict) {
  int64_t total = 0;
  for (const SegmentSize& segment : segments) total += segment.size_bytes;
  int64_t excess = total - config.retention_bytes;
  size_t count = 0;
  while (count < segments.size() && excess >= segments[count].size_bytes)
    excess -= segments[count++].size_bytes;
  verdict.count = std::max(verdict.count, count);
  if (count < segments.size()) verdict.next_bytes = total - excess + segments[count].size_bytes;
}

// The time at which something is older than the age, without overflow.
int64_t after(int64_t time_ms, int64_t age_ms) {
  return time_ms > INT64_MAX - 1 - age_ms ? INT64_MAX : time_ms + age_ms + 1;
}

}  // namespace

StatusOr<RetentionVerdict> decide_retention(
    std::span<const SegmentSize> segments, const TopicConfig& config, int64_t now_ms,
    absl::FunctionRef<StatusOr<int64_t>(size_t)> newest_of) {
  RetentionVerdict verdict;
  while (verdict.count < segments.size() && segments[verdict.count].is_below_start) ++verdict.count;
  if (!config.is_deleted) return verdict;
  if (config.retention_bytes >= 0) decide_by_size(segments, config, verdict);
  if (config.retention_ms < 0) return verdict;
  for (; verdict.count < segments.size(); ++verdict.count) {
    ASSIGN_OR_RETURN(int64_t newest_ms, newest_of(verdict.count));
    verdict.next_ms = after(newest_ms, config.retention_ms);
    if (verdict.next_ms > now_ms) return verdict;
  }
  verdict.next_ms = INT64_MAX;
  return verdict;
}

}  // namespace kappa::log
