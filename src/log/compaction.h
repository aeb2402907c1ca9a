#pragma once
// One compaction of a partition, in small steps: of each key only the newest record stays.
//
//   dirty = [first_dirty, end)
//   map:   walk the dirty records, remember the newest offset of each key (OffsetMap)
//   copy:  walk all segments below `end` in groups that fit one segment; write what remains of each
//          group into a new file; sync it; hand it over in exchange for the group
//   again from where the map was full, until `end`
//
// Offsets, order and batches stay; see BatchFilter for what a batch becomes, CleanedTransactions
// for markers. Tombstones stay until their batch's delete horizon, which the first compaction that
// keeps them sets (KIP-534). The header of each producer's last batch stays, for its sequence.
// A crash or an error leaves the log as it was after the last exchange.
// Confined to one thread; segments are only read.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "log/batch_filter.h"
#include "log/cleaned_transactions.h"
#include "log/offset_map.h"
#include "log/producer_table.h"
#include "log/segment.h"
#include "log/topic_settings.h"

namespace kappa::log {

struct CompactionPlan {
  // From the oldest to the last one below `end`, sealed and on disk.
  std::vector<std::shared_ptr<Segment>> segments;
  Offset first_dirty;
  Offset end;  // where the first segment that must not be compacted begins
  absl::flat_hash_map<int64_t, Offset> last_offsets;  // ProducerTable::last_offsets
  const TransactionStates* transactions = nullptr;
};

// Where the results go. The partition.
class CompactionTarget {
 public:
  virtual ~CompactionTarget() = default;
  // A generation that no file has.
  virtual StatusOr<int32_t> next_generation() = 0;
  // Puts the synced segment in the place of those whose offsets it has. cleaned_to: set with the
  // last group of a pass. Errors: kAborted when they are not all there any more; after any other
  // error the file may count at the next start.
  virtual Status exchange(std::shared_ptr<Segment> compacted, std::optional<Offset> cleaned_to) = 0;
};

struct CompactionResult {
  int64_t bytes_before = 0;
  int64_t bytes_after = 0;
  int passes = 0;
};

class Compaction {
 public:
  Compaction(env::Env& env, std::string directory, const TopicConfig& config,
             size_t map_memory_bytes, CompactionPlan plan, CompactionTarget& target);
  // Removes a file that was begun.
  ~Compaction();

  // Does about bytes_max of reading; returns the bytes read and written, 0 when all is done.
  // Errors are final: kDataLoss when the segments are damaged, kAborted when they were removed.
  StatusOr<size_t> step(size_t bytes_max);

  const CompactionResult& result() const { return result_; }

 private:
  enum class Phase { kMap, kCopy, kDone };

  void begin_pass();
  StatusOr<size_t> step_map(size_t bytes_max);
  Status map_batch(std::string_view batch, const BatchHeader& header);
  void begin_copy();
  Status begin_group();
  StatusOr<size_t> step_copy(size_t bytes_max);
  Status copy_batch(std::string_view batch, const BatchHeader& header);
  bool keeps(const BatchHeader& header, const Record& record, int64_t now_ms) const;
  StatusOr<size_t> write_kept();
  Status finish_group();

  env::Env& env_;
  const std::string directory_;
  const TopicConfig config_;
  const size_t map_memory_bytes_;
  CompactionPlan plan_;
  CompactionTarget& target_;

  Phase phase_ = Phase::kMap;
  CompactionResult result_;
  RecordReader reader_;
  BatchFilter filter_;

  // One pass.
  Offset pass_begin_;
  std::optional<OffsetMap> map_;
  std::optional<CleanedTransactions> transactions_;
  Offset at_;         // the next offset to read
  Offset mapped_to_;  // records from here on are not in the map
  bool is_full_ = false;

  // One group: segments_[group_begin_, group_end_) become output_.
  size_t group_begin_ = 0;
  size_t group_end_ = 0;
  size_t segment_ = 0;                                   // being read
  std::vector<std::shared_ptr<Segment>> next_segments_;  // what later passes read
  std::shared_ptr<Segment> output_;
  bool is_handed_over_ = false;
  int64_t unsynced_bytes_ = 0;
  std::string kept_;
};

}  // namespace kappa::log
