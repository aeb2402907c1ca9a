#pragma once
// A trace: an indexed Z-set, the one form of state. A list of immutable sorted runs of
// (key ++ row, weight), merged like an LSM tree: a new delta becomes a run, and runs of similar
// size are merged, so that n entries lie in O(log n) runs. Readers take a snapshot, which is the
// list of runs, and are never disturbed.
//
// Entries are bytes in the row encoding of data/row_codec.h: the first key_size bytes are the key.
// Weights of equal entries add up; an entry with sum 0 is absent.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace kappa::flow {

struct TraceEntry {
  std::string_view bytes;  // key ++ row
  uint32_t key_size;
  int64_t weight;

  std::string_view key() const { return bytes.substr(0, key_size); }
  std::string_view row() const { return bytes.substr(key_size); }
};

// Immutable once built: sorted by bytes, no two entries with equal bytes, no weight 0.
class Run {
 public:
  size_t entry_count() const { return entries_.size(); }
  TraceEntry entry(size_t i) const {
    const Entry& e = entries_[i];
    return {std::string_view(bytes_.data() + e.position, e.size), e.key_size, e.weight};
  }
  // The first entry with bytes >= the given ones, at or after position `from`.
  size_t lower_bound(std::string_view bytes, size_t from = 0) const;
  size_t size_bytes() const { return bytes_.capacity() + entries_.capacity() * sizeof(Entry); }

 private:
  friend class RunBuilder;
  struct Entry {
    uint64_t position;
    uint32_t size;
    uint32_t key_size;
    int64_t weight;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
};
using RunPtr = std::shared_ptr<const Run>;

// Collects entries in any order, then sorts and consolidates them.
class RunBuilder {
 public:
  void add(std::string_view key, std::string_view row, int64_t weight);
  bool is_empty() const { return run_->entries_.empty(); }
  size_t entry_count() const { return run_->entries_.size(); }
  // Sorted, equal entries added up, zero weights dropped. Leaves the builder empty.
  RunPtr build();
  // For entries that already come in order and distinct (merges).
  RunPtr build_sorted();

 private:
  std::unique_ptr<Run> run_ = std::make_unique<Run>();
};

// The sum of some runs, in order. Valid as long as the runs live.
using TraceSnapshot = std::vector<RunPtr>;

// Walks a snapshot in byte order with weights added up; entries that sum to 0 are skipped.
class TraceCursor {
 public:
  explicit TraceCursor(const TraceSnapshot& snapshot);
  // To the first live entry with bytes >= `bytes`. Cheap when moving forward (gallops).
  void seek(std::string_view bytes);
  bool is_valid() const { return is_valid_; }
  const TraceEntry& entry() const { return entry_; }
  void next();

 private:
  void settle();

  struct Position {
    const Run* run;
    size_t index;
  };
  std::vector<Position> positions_;
  TraceEntry entry_{};
  bool is_valid_ = false;
};

// A run as bytes, and back; every length is checked (docs/formats/trace.md). Errors: kDataLoss.
void encode_run(const Run& run, std::string& out);
StatusOr<RunPtr> decode_run(std::string_view bytes);

class Trace {
 public:
  Trace() = default;
  // From another trace's snapshot.
  explicit Trace(TraceSnapshot runs) : runs_(std::move(runs)) {}

  // Adds a run (nullptr or empty: nothing) and merges where due.
  void add(RunPtr run);
  const TraceSnapshot& snapshot() const { return runs_; }
  size_t entry_count() const;  // before adding up across runs: an upper bound
  size_t size_bytes() const;

 private:
  TraceSnapshot runs_;  // oldest (largest) first
};

}  // namespace kappa::flow
