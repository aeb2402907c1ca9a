#pragma once
// One segment: a file of record batches back to back, `<base offset in 20 digits>.log`, and its
// sparse index. One appender at a time; reads and syncs beside it are fine.
//
// Batches that this process wrote or scanned are known to be sound. A segment that was only opened
// has its checksums checked as it is read. Where damage is found, the range from there to the next
// sound batch is fenced: reads into it fail with kDataLoss, reads around it go on.

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
#include "log/partition.h"
#include "log/segment_index.h"

namespace kappa::log {

// Offsets [begin.offset, end.offset) are damaged; sound bytes go on at end.position.
struct Fence {
  Place begin;
  Place end;
};

class Segment {
 public:
  static std::string file_name(Offset base, std::string_view extension);
  // The base offset in a name that file_name made with this extension.
  static std::optional<Offset> parse_file_name(std::string_view name, std::string_view extension);

  // Makes the file. The caller syncs the directory.
  static StatusOr<std::shared_ptr<Segment>> create(env::Env& env, const std::string& directory,
                                                   Offset base, int64_t index_interval_bytes);
  // Opens an existing one, unread. end: where the next segment begins.
  static StatusOr<std::shared_ptr<Segment>> open(env::Env& env, const std::string& directory,
                                                 Offset base, Offset end,
                                                 int64_t index_interval_bytes);

  Offset base() const { return base_; }
  // After its last record, damaged ones included.
  Offset end() const { return Offset(end_.load()); }
  int64_t size_bytes() const { return size_bytes_.load(); }
  env::File& file() { return *file_; }

  // header is the batch's own, whose base is end().
  Status append(std::string_view batch, const BatchHeader& header);

  // As Partition::read, within this segment and below limit. Empty: nothing there.
  StatusOr<Batches> read(Offset from, Offset limit, size_t bytes_max);
  // As Partition::cut, within this segment; adds to `pieces` and takes their bytes off bytes_left.
  Status cut(Offset from, Offset to, size_t piece_bytes, size_t& bytes_left,
             std::vector<Piece>& pieces);
  // The first record at or after the timestamp, below limit.
  StatusOr<std::optional<TimestampAndOffset>> find_timestamp(int64_t timestamp, Offset limit);
  // The largest timestamp in any batch below limit; -1: none.
  StatusOr<int64_t> max_timestamp(Offset limit);

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
  Segment(env::Env& env, std::string directory, Offset base, Offset end,
          std::unique_ptr<env::File> file, int64_t size_bytes, int64_t index_interval_bytes);

  bool load_index_locked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Loads or rebuilds the index if it is not there.
  Status ensure_index() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status rebuild_index() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where to begin for `from`, and the place where the sound bytes end: a fence or the file's end.
  StatusOr<Place> begin_of(Offset from, Place& sound_end);
  StatusOr<Batches> read_span(Place start, Place sound_end, Offset from, Offset limit,
                              size_t bytes_max);
  // Fences what lies from `damaged` to the next sound batch.
  Status fence_from(Place damaged);
  Status fenced_error(const Fence& fence) const;

  env::Env& env_;
  const std::string directory_;
  const Offset base_;
  const int64_t index_interval_bytes_;
  const std::unique_ptr<env::File> file_;
  std::atomic<int64_t> end_;
  std::atomic<int64_t> size_bytes_;
  std::atomic<bool> is_verified_ = false;  // checksums need not be looked at again

  mutable absl::Mutex mutex_;
  std::optional<SegmentIndex> index_ ABSL_GUARDED_BY(mutex_);
  std::vector<Fence> fences_ ABSL_GUARDED_BY(mutex_);  // in order
};

// The index file's magic.
inline constexpr std::string_view kIndexMagic = "KAPPAIX1";

}  // namespace kappa::log
