#include <algorithm>

#include "flow/byte_order.h"
#include "flow/trace.h"

namespace kappa::flow {

namespace {

struct SortItem {
  uint64_t prefix;  // behind what all entries have in common
  uint32_t index;
};

}  // namespace

size_t Run::lower_bound(std::string_view bytes, size_t from) const {
  auto is_below = [&](size_t i) {
    return std::string_view(bytes_.data() + entries_[i].position, entries_[i].size) < bytes;
  };
  size_t count = entries_.size();
  if (from >= count || !is_below(from)) return from;
  // Gallop: [low] is below; double the distance until an entry is not.
  size_t low = from;
  size_t distance = 1;
  while (low + distance < count && is_below(low + distance)) {
    low += distance;
    distance *= 2;
  }
  size_t high = std::min(low + distance, count);
  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    (is_below(middle) ? low : high) = middle;
  }
  return high;
}

void RunBuilder::add(std::string_view key, std::string_view row, int64_t weight) {
  if (weight == 0) return;
  run_->entries_.push_back({run_->bytes_.size(), static_cast<uint32_t>(key.size() + row.size()),
                            static_cast<uint32_t>(key.size()), weight});
  run_->bytes_.append(key);
  run_->bytes_.append(row);
}

RunPtr RunBuilder::build() {
  std::unique_ptr<Run> raw = std::exchange(run_, std::make_unique<Run>());
  auto bytes_of = [&](uint32_t i) { return raw->entry(i).bytes; };
  std::vector<SortItem> items(raw->entries_.size());
  size_t common = items.empty() ? 0 : bytes_of(0).size();
  for (uint32_t i = 1; i < items.size(); ++i) {
    common = std::min(common, common_prefix(bytes_of(0), bytes_of(i)));
  }
  for (uint32_t i = 0; i < items.size(); ++i) items[i] = {prefix_at(bytes_of(i), common), i};
  std::sort(items.begin(), items.end(), [&](const SortItem& a, const SortItem& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return bytes_of(a.index) < bytes_of(b.index);
  });

  run_->bytes_.reserve(raw->bytes_.size());
  run_->entries_.reserve(items.size());
  for (size_t i = 0; i < items.size();) {
    TraceEntry entry = raw->entry(items[i].index);
    size_t next = i + 1;
    while (next < items.size() && items[next].prefix == items[i].prefix &&
           bytes_of(items[next].index) == entry.bytes) {
      entry.weight += raw->entry(items[next++].index).weight;
    }
    add(entry.key(), entry.row(), entry.weight);
    i = next;
  }
  return build_sorted();
}

RunPtr RunBuilder::build_sorted() { return RunPtr(std::exchange(run_, std::make_unique<Run>())); }

}  // namespace kappa::flow
