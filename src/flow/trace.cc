#include "flow/trace.h"

#include <algorithm>

#include "base/bytes.h"
#include "flow/byte_order.h"

namespace kappa::flow {

namespace {

constexpr uint32_t kFormatVersion = 1;

// What all entries of two runs, which are not empty, begin with.
size_t common_prefix_of(const Run& a, const Run& b) {
  std::string_view first = a.entry(0).bytes;
  size_t common = common_prefix(first, a.entry(a.entry_count() - 1).bytes);
  common = std::min(common, common_prefix(first, b.entry(0).bytes));
  return std::min(common, common_prefix(first, b.entry(b.entry_count() - 1).bytes));
}

RunPtr merge(const Run& a, const Run& b) {
  RunBuilder out;
  size_t common = common_prefix_of(a, b);
  auto compare = [&](std::string_view left, std::string_view right) {
    uint64_t left_prefix = prefix_at(left, common);
    uint64_t right_prefix = prefix_at(right, common);
    if (left_prefix != right_prefix) return left_prefix < right_prefix ? -1 : 1;
    return left.compare(right);
  };
  size_t i = 0;
  size_t k = 0;
  while (i < a.entry_count() && k < b.entry_count()) {
    TraceEntry left = a.entry(i);
    TraceEntry right = b.entry(k);
    int order = compare(left.bytes, right.bytes);
    int64_t weight = (order <= 0 ? left.weight : 0) + (order >= 0 ? right.weight : 0);
    const TraceEntry& entry = order <= 0 ? left : right;
    out.add(entry.key(), entry.row(), weight);
    if (order <= 0) ++i;
    if (order >= 0) ++k;
  }
  auto copy_rest = [&](const Run& run, size_t from) {
    for (; from < run.entry_count(); ++from) {
      TraceEntry entry = run.entry(from);
      out.add(entry.key(), entry.row(), entry.weight);
    }
  };
  copy_rest(a, i);
  copy_rest(b, k);
  return out.build_sorted();
}

}  // namespace

TraceCursor::TraceCursor(const TraceSnapshot& snapshot) {
  for (const RunPtr& run : snapshot) positions_.push_back({run.get(), 0});
  settle();
}

void TraceCursor::seek(std::string_view bytes) {
  for (Position& position : positions_) {
    position.index = position.run->lower_bound(bytes, position.index);
  }
  settle();
}

void TraceCursor::next() {
  for (Position& position : positions_) {
    if (position.index < position.run->entry_count() &&
        position.run->entry(position.index).bytes == entry_.bytes) {
      ++position.index;
    }
  }
  settle();
}

void TraceCursor::settle() {
  while (true) {
    is_valid_ = false;
    for (const Position& position : positions_) {
      if (position.index >= position.run->entry_count()) continue;
      TraceEntry entry = position.run->entry(position.index);
      int order = is_valid_ ? entry.bytes.compare(entry_.bytes) : -1;
      if (order < 0) entry_ = entry;
      if (order == 0) entry_.weight += entry.weight;
      is_valid_ = true;
    }
    if (!is_valid_ || entry_.weight != 0) return;
    for (Position& position : positions_) {
      if (position.index < position.run->entry_count() &&
          position.run->entry(position.index).bytes == entry_.bytes) {
        ++position.index;
      }
    }
  }
}

void Trace::add(RunPtr run) {
  if (run == nullptr || run->entry_count() == 0) return;
  runs_.push_back(std::move(run));
  while (runs_.size() >= 2) {
    const RunPtr& older = runs_[runs_.size() - 2];
    const RunPtr& newer = runs_.back();
    if (newer->entry_count() * 2 < older->entry_count()) break;
    RunPtr merged = merge(*older, *newer);
    runs_.resize(runs_.size() - 2);
    if (merged->entry_count() > 0) runs_.push_back(std::move(merged));
  }
}

size_t Trace::entry_count() const {
  size_t count = 0;
  for (const RunPtr& run : runs_) count += run->entry_count();
  return count;
}

size_t Trace::size_bytes() const {
  size_t size = 0;
  for (const RunPtr& run : runs_) size += run->size_bytes();
  return size;
}

void encode_run(const Run& run, std::string& out) {
  Writer writer(out);
  writer.u32(kFormatVersion);
  writer.integer<uint64_t>(run.entry_count());
  for (size_t i = 0; i < run.entry_count(); ++i) {
    TraceEntry entry = run.entry(i);
    writer.uvarint(entry.key_size);
    writer.uvarint(static_cast<uint32_t>(entry.bytes.size()));
    writer.varlong(entry.weight);
    writer.raw(entry.bytes);
  }
}

StatusOr<RunPtr> decode_run(std::string_view bytes) {
  Reader reader(bytes);
  uint32_t version = reader.u32();
  if (reader.ok() && version != kFormatVersion) {
    return data_loss("trace: unknown format: version={}", version);
  }
  uint64_t count = reader.integer<uint64_t>();
  // An entry takes at least three bytes, so a count beyond that is damage.
  if (!reader.ok() || count > reader.remaining() / 3) return data_loss("trace: bad entry count");
  RunBuilder builder;
  std::string_view previous;
  for (uint64_t i = 0; i < count; ++i) {
    uint32_t key_size = reader.uvarint();
    uint32_t size = reader.uvarint();
    int64_t weight = reader.varlong();
    std::string_view entry = reader.view(size);
    if (!reader.ok() || key_size > size || weight == 0) return data_loss("trace: bad entry");
    if (i > 0 && entry <= previous) return data_loss("trace: entries out of order");
    builder.add(entry.substr(0, key_size), entry.substr(key_size), weight);
    previous = entry;
  }
  if (reader.remaining() != 0) return data_loss("trace: bytes after the last entry");
  return builder.build_sorted();
}

}  // namespace kappa::flow
