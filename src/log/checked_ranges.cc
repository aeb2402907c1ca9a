#include "log/checked_ranges.h"

#include <algorithm>
#include <iterator>

namespace kappa::log {
namespace {

constexpr size_t kRangesMax = 1024;

}  // namespace

void CheckedRanges::add(int64_t begin, int64_t end) {
  if (begin >= end) return;
  auto next = ends_.upper_bound(begin);
  if (next != ends_.begin() && std::prev(next)->second >= begin) {
    --next;
    begin = next->first;
  }
  while (next != ends_.end() && next->first <= end) {
    end = std::max(end, next->second);
    next = ends_.erase(next);
  }
  if (ends_.size() >= kRangesMax) ends_.clear();
  ends_[begin] = end;
}

int64_t CheckedRanges::end_at(int64_t position) const {
  auto after = ends_.upper_bound(position);
  if (after == ends_.begin()) return position;
  return std::max(position, std::prev(after)->second);
}

}  // namespace kappa::log
