#pragma once
// Walks the batches of a segment file from a position on, checking each: for recovery, for indexes
// that must be rebuilt, and for searches by timestamp. Confined to one thread.
//
//   BatchScanner scanner(file, {position, offset}, size);
//   while (true) {
//     ASSIGN_OR_RETURN(ScanStep step, scanner.next());
//     if (step.kind != ScanStep::kBatch) break;      // kEnd, or kDamaged at scanner.place()
//   }

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/types.h"
#include "env/env.h"
#include "log/record_batch.h"

namespace kappa::log {

// A batch boundary: the batch that begins at `position` has base offset `offset`.
struct Place {
  int64_t position = 0;
  Offset offset;
};

struct ScanStep {
  enum Kind { kBatch, kEnd, kDamaged } kind = kEnd;
  int64_t position = 0;  // of the batch
  BatchHeader header;
  std::string_view batch;  // valid until the next call
};

class BatchScanner {
 public:
  // Reads nothing at or after `size`.
  BatchScanner(const env::File& file, Place start, int64_t size)
      : file_(file), place_(start), size_(size) {}

  // Lets batches begin above the offset expected, as compaction leaves them, while they end at or
  // below `end`. Else every batch must begin where the one before it ended.
  void allow_gaps(Offset end) { gaps_end_ = end; }

  // kDamaged when what is here is no whole batch with the expected base offset and a right
  // checksum; then the scanner stays. Errors: those of the file.
  StatusOr<ScanStep> next();
  // Where the next batch should be.
  Place place() const { return place_; }
  void jump(Place place) { place_ = place; }

  // The first place beyond place() with a sound batch whose base offset is in (expected, limit):
  // where reading can go on after damage. It must be followed by another batch or the end: a batch
  // inside a record's value is not. nullopt: none before the end.
  StatusOr<std::optional<Place>> find_sound_batch(Offset limit);

 private:
  // Whether a sound batch is here, and behind it the header of the next or the end. Moves on.
  StatusOr<bool> is_followed();
  bool is_expected(const BatchHeader& header) const {
    return gaps_end_.has_value() ? header.base >= place_.offset && header.next() <= *gaps_end_
                                 : header.base == place_.offset;
  }
  // Makes [position, position + count) available, as far as the file goes.
  StatusOr<std::string_view> load(int64_t position, size_t count);

  const env::File& file_;
  Place place_;
  const int64_t size_;
  std::optional<Offset> gaps_end_;
  std::string buffer_;
  int64_t buffer_position_ = 0;
  size_t buffer_size_ = 0;
};

}  // namespace kappa::log
