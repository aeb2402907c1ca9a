#pragma once
// The transactions of one partition: which are open, and which were aborted.
//
//   offset   0     3     5     7     9    11
//            A1    B1    A1    abort B1   commit      (A, B: producers)
//                              A          B
//   noted up to 10: B is open since 3; A's [0, 7] is aborted; last stable is 3
//
// Readers of committed data read below the last stable offset: the first offset of the oldest
// transaction that is open, or whose marker may still be lost (it is not below the high watermark).
// There each transactional batch is committed unless an aborted transaction of its producer covers
// its offset. A function of the log, kept and rebuilt with the producers (producer_state.h).
// Thread-compatible.

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/types.h"
#include "log/partition.h"
#include "log/record_batch.h"

namespace kappa::log {

class TransactionTable {
 public:
  // Whether the client's batch may be appended as far as transactions go: in an open one a producer
  // writes nothing that is not part of it.
  bool may_append(const BatchHeader& header) const;
  // Takes note of a batch in the log (exactly its bytes); does nothing for one without transaction.
  void note(const BatchHeader& header, std::string_view batch);
  // The high watermark: markers below it are never lost.
  void settle(Offset high_watermark);

  // The first offset that is not stable; nullopt: all that is below the high watermark is.
  std::optional<Offset> first_unstable() const;
  // The same as it will be when all markers have reached the disk.
  std::optional<Offset> first_open() const;
  std::vector<OpenTransaction> open() const;  // in the order of their first offsets
  bool is_open(int64_t producer_id) const { return open_.contains(producer_id); }

  // The aborted transactions with records or markers in [from, to), in the order of their first
  // offsets.
  std::vector<AbortedTransaction> aborted(Offset from, Offset to) const;
  // Whether the transactional batch of the producer at the offset was aborted.
  bool is_aborted(int64_t producer_id, Offset offset) const;
  // Forgets aborted transactions that ended below the offset.
  void forget_below(Offset offset);
  // Grows when something is forgotten.
  uint64_t forgotten_count() const { return forgotten_count_; }
  size_t aborted_count() const { return aborted_.size(); }

  void encode(Writer& writer) const;
  static std::optional<TransactionTable> decode(Reader& reader);

 private:
  struct Aborted {
    AbortedTransaction transaction;
    Offset stable;  // when it ended no older one was open below: later ends have no earlier begins
  };
  struct Ending {
    Offset first;
    Offset marker;
  };

  void begin(const BatchHeader& header);
  void end(const BatchHeader& header, bool is_commit);
  std::vector<Aborted>::const_iterator ended_at_or_after(Offset offset) const;

  absl::flat_hash_map<int64_t, OpenTransaction> open_;  // by producer
  std::map<Offset, int64_t> open_by_first_;
  std::deque<Ending> ending_;     // by marker
  std::set<Offset> unsettled_;    // the first offsets in ending_
  std::vector<Aborted> aborted_;  // by last
  uint64_t forgotten_count_ = 0;
};

}  // namespace kappa::log
