#pragma once
// The sparse index of one segment: where batches begin, by offset and by timestamp. Kept in memory
// while the segment is written, saved as `<base>.index` when it is sealed, rebuilt from the segment
// when the file is absent or damaged. Thread-compatible.
//
//   entries, one per index.interval.bytes of log: batch at `offset` begins at `position`;
//   no record before it in this segment has a timestamp above max_timestamp_before.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "log/record_batch.h"

namespace kappa::log {

struct IndexEntry {
  Offset offset;
  int64_t position = 0;
  int64_t max_timestamp_before = -1;
};

class SegmentIndex {
 public:
  SegmentIndex(Offset base, int64_t interval_bytes)
      : base_(base), interval_bytes_(interval_bytes), end_(base) {}

  // Takes note of the next batch, which begins at position. In order.
  void add(const BatchHeader& header, int64_t position);

  // The segment ends here, above its last batch: what lay between was compacted away.
  void set_end(Offset end) { end_ = end; }

  // The last entry at or before the offset; the segment's beginning when there is none.
  IndexEntry locate(Offset offset) const;
  // The first entry at or after the position; the end of what was added when there is none.
  IndexEntry locate_position(int64_t position) const;
  // The last entry at or before both; the segment's beginning when there is none.
  IndexEntry locate_last(int64_t position, Offset offset) const;
  // The last entry before which no record reaches the timestamp.
  IndexEntry locate_timestamp(int64_t timestamp) const;

  Offset end() const { return end_; }
  int64_t size_bytes() const { return size_bytes_; }
  size_t entry_count() const { return entries_.size(); }
  int64_t max_timestamp() const { return max_timestamp_; }

  std::string encode() const;
  // nullopt when the payload is not an index of the segment at `base`.
  static std::optional<SegmentIndex> decode(std::string_view payload, Offset base,
                                            int64_t interval_bytes);

 private:
  struct Entry {  // 16 bytes: a large log has many
    uint32_t relative_offset;
    uint32_t position;
    int64_t max_timestamp_before;
  };
  IndexEntry entry_at(size_t index) const;

  Offset base_;
  int64_t interval_bytes_;
  Offset end_;                  // after the last batch
  int64_t size_bytes_ = 0;      // of the segment up to there
  int64_t max_timestamp_ = -1;  // of all batches
  std::vector<Entry> entries_;
};

}  // namespace kappa::log
