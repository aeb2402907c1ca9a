#pragma once
// One segment: a file of record batches back to back, `<base offset in 20 digits>.log`, and its
// sparse index. One appender at a time; reads and syncs beside it are fine. Who holds a segment can
// read it after its files were removed.
//
// In a plain segment every batch begins where the one before it ended. One that a compaction wrote
// (`<base>.<generation>.log`) has gaps: batches begin at or above it, and its end is said to it.
//
// Batches that this process wrote or scanned are known to be sound. A segment that was only opened
// has its checksums checked as it is read, or, once, before the batches are located. Where damage
// is found, the range from there to the next sound batch is fenced: reads into it fail with
// kDataLoss, reads around it go on.

#include <absl/functional/function_ref.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"
#include "log/batch_scanner.h"
#include "log/checked_ranges.h"
#include "log/partition.h"
#include "log/segment_index.h"
#include "log/segment_layout.h"
#include "log/segment_reading.h"

namespace kappa::log {

// Offsets [begin.offset, end.offset) are damaged; sound bytes go on at end.position.
struct Fence {
  Place begin;
  Place end;
};

class Segment {
 public:
  static std::string file_name(Offset base, std::string_view extension) {
    return SegmentName{base}.file(extension);
  }

  // Makes the file. The caller syncs the directory.
  static StatusOr<std::shared_ptr<Segment>> create(env::Env& env, const std::string& directory,
                                                   SegmentName name, int64_t index_interval_bytes);
  // Opens an existing one, unread. end: where the next segment begins.
  static StatusOr<std::shared_ptr<Segment>> open(env::Env& env, const std::string& directory,
                                                 SegmentName name, Offset end,
                                                 int64_t index_interval_bytes);
  // Removes what there is of its files.
  static Status remove_files(env::Env& env, const std::string& directory, SegmentName name);

  const SegmentName& name() const { return name_; }
  Offset base() const { return name_.base; }
  bool is_compacted() const { return name_.is_compacted(); }
  // After its last record, damaged ones included.
  Offset end() const { return Offset(end_.load()); }
  int64_t size_bytes() const { return size_bytes_.load(); }
  env::File& file() { return *file_; }
  // When this process began or opened it: the age of records without timestamps.
  int64_t seen_since_ms() const { return seen_since_ms_; }

  // header is the batch's own, whose base is end(), or above it in a compacted segment.
  Status append(std::string_view batch, const BatchHeader& header);

  // Appends whole batches at once, in a compacted segment.
  Status append_batches(std::string_view batches);
  // The end of a compacted segment that was just written: where the next segment begins.
  void set_end(Offset end);

  // As Partition::read, within this segment and below limit. Empty: nothing there.
  StatusOr<LocatedBatches> read(Offset from, Offset limit, size_t bytes_max);
  // As Partition::locate, in the same way.
  StatusOr<LocatedBatches> locate(Offset from, Offset limit, size_t bytes_max);
  // As Partition::cut, within this segment; adds to `pieces` and takes their bytes off bytes_left.
  Status cut(Offset from, Offset to, size_t piece_bytes, size_t& bytes_left,
             std::vector<Piece>& pieces);
  // The first record at or after the timestamp, in [from, limit).
  StatusOr<std::optional<TimestampAndOffset>> find_timestamp(int64_t timestamp, Offset from,
                                                             Offset limit);
  // The largest timestamp in any batch below limit; -1: none.
  StatusOr<int64_t> max_timestamp(Offset limit);
  // The largest timestamp of the first batch; -1: none.
  StatusOr<int64_t> first_timestamp();
  size_t index_entry_count() const;

  // What recovery found by a scan: the segment ends at `end`, is sound but for the fences, and its
  // index is this one.
  void adopt(SegmentIndex index, std::vector<Fence> fences, Place end);
  // Fences a range that ends where the next segment begins.
  void add_fence(const Fence& fence);
  // True when a sound index file describes exactly the file's bytes and the end.
  bool load_index();
  // Saves the index; it may be lost, then it is rebuilt.
  Status save_index();

  std::vector<Fence> fences() const;

 private:
  Segment(env::Env& env, std::string directory, SegmentName name, Offset end,
          std::unique_ptr<env::File> file, int64_t size_bytes, int64_t index_interval_bytes);

  bool load_index_locked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Loads or rebuilds the index if it is not there.
  Status ensure_index() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status rebuild_index() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BatchScanner scanner_at(Place place) const;
  std::string path(std::string_view extension) const;
  // Where to begin for `from`, and the place where the sound bytes end: a fence or the file's end.
  StatusOr<Place> begin_of(Offset from, Place& sound_end);
  // Calls search(start, sound_end) with what begin_of() gives, again after each kAborted: damage
  // was found and fenced.
  using Search = absl::FunctionRef<StatusOr<LocatedBatches>(Place, Place)>;
  StatusOr<LocatedBatches> search(Offset from, Offset limit, Search search);
  ReadRequest make_request(Offset from, Offset limit, size_t bytes_max) const;
  StatusOr<LocatedBatches> read_span(Place start, Place sound_end, const ReadRequest& request);
  StatusOr<LocatedBatches> locate_span(Place start, Place sound_end, const ReadRequest& request);
  // The farthest batch boundary that the index knows in checked bytes, at or below position and
  // offset; `at` when it knows none above that.
  Place jump(Place at, int64_t position_max, Offset offset_max) const;
  // Fences what lies from `damaged` to the next sound batch.
  Status fence_from(Place damaged);
  Status fenced_error(const Fence& fence) const;

  env::Env& env_;
  const std::string directory_;
  const SegmentName name_;
  const int64_t index_interval_bytes_;
  const std::shared_ptr<env::File> file_;  // also held by those who send from it
  const int64_t seen_since_ms_;
  std::atomic<int64_t> end_;
  std::atomic<int64_t> size_bytes_;
  std::atomic<int64_t> first_timestamp_ = INT64_MIN;  // INT64_MIN: not looked at yet
  std::atomic<bool> is_verified_ = false;             // checksums need not be looked at again

  mutable absl::Mutex mutex_;
  std::optional<SegmentIndex> index_ ABSL_GUARDED_BY(mutex_);
  std::vector<Fence> fences_ ABSL_GUARDED_BY(mutex_);  // in order
  CheckedRanges checked_ ABSL_GUARDED_BY(mutex_);      // sound although not verified as a whole
};

// The index file's magic.
inline constexpr std::string_view kIndexMagic = "KAPPAIX1";

}  // namespace kappa::log
