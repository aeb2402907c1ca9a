#include "log/segment_index.h"

#include <algorithm>

#include "base/bytes.h"

namespace kappa::log {
namespace {

constexpr size_t kEntryBytes = 16;

}  // namespace

void SegmentIndex::add(const BatchHeader& header, int64_t position) {
  if (entries_.empty() || position - entries_.back().position >= interval_bytes_) {
    entries_.push_back({static_cast<uint32_t>(header.base - base_), static_cast<uint32_t>(position),
                        max_timestamp_});
  }
  end_ = header.next();
  size_bytes_ = position + static_cast<int64_t>(header.size_bytes());
  max_timestamp_ = std::max(max_timestamp_, header.max_timestamp);
}

IndexEntry SegmentIndex::entry_at(size_t index) const {
  const Entry& e = entries_[index];
  return {base_ + e.relative_offset, e.position, e.max_timestamp_before};
}

IndexEntry SegmentIndex::locate(Offset offset) const {
  auto after =
      std::upper_bound(entries_.begin(), entries_.end(), offset,
                       [this](Offset o, const Entry& e) { return o < base_ + e.relative_offset; });
  if (after == entries_.begin()) return {base_, 0, -1};
  return entry_at(static_cast<size_t>(after - entries_.begin()) - 1);
}

IndexEntry SegmentIndex::locate_position(int64_t position) const {
  auto at = std::partition_point(entries_.begin(), entries_.end(),
                                 [position](const Entry& e) { return e.position < position; });
  if (at == entries_.end()) return {end_, size_bytes_, max_timestamp_};
  return entry_at(static_cast<size_t>(at - entries_.begin()));
}

IndexEntry SegmentIndex::locate_last(int64_t position, Offset offset) const {
  auto after = std::partition_point(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.position <= position && base_ + e.relative_offset <= offset;
  });
  if (after == entries_.begin()) return {base_, 0, -1};
  return entry_at(static_cast<size_t>(after - entries_.begin()) - 1);
}

IndexEntry SegmentIndex::locate_timestamp(int64_t timestamp) const {
  auto after = std::partition_point(entries_.begin(), entries_.end(), [timestamp](const Entry& e) {
    return e.max_timestamp_before < timestamp;
  });
  if (after == entries_.begin()) return {base_, 0, -1};
  return entry_at(static_cast<size_t>(after - entries_.begin()) - 1);
}

std::string SegmentIndex::encode() const {
  std::string out;
  out.reserve(36 + entries_.size() * kEntryBytes);
  Writer writer(out);
  writer.i64(base_.value);
  writer.i64(end_.value);
  writer.i64(size_bytes_);
  writer.i64(max_timestamp_);
  writer.u32(static_cast<uint32_t>(entries_.size()));
  for (const Entry& e : entries_) {
    writer.u32(e.relative_offset);
    writer.u32(e.position);
    writer.i64(e.max_timestamp_before);
  }
  return out;
}

std::optional<SegmentIndex> SegmentIndex::decode(std::string_view payload, Offset base,
                                                 int64_t interval_bytes) {
  Reader reader(payload);
  SegmentIndex index(base, interval_bytes);
  if (reader.i64() != base.value) return std::nullopt;
  index.end_ = Offset(reader.i64());
  index.size_bytes_ = reader.i64();
  index.max_timestamp_ = reader.i64();
  uint32_t count = reader.u32();
  if (!reader.ok() || reader.remaining() != count * kEntryBytes) return std::nullopt;
  index.entries_.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    auto relative_offset = reader.u32();
    auto position = reader.u32();
    index.entries_.push_back({relative_offset, position, reader.i64()});
  }
  return index;
}

}  // namespace kappa::log
