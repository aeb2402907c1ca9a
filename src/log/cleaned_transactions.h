#pragma once
// What a compaction must know of transactions: aborted records go in the first pass, and a marker
// stays until all records of its transaction are gone and its delete horizon has passed.
// A walk over the log in order tells each batch; the walk that fills the key map and the walk that
// rewrites have one object each. Confined to one thread.

#include <absl/container/flat_hash_set.h>

#include <cstdint>

#include "base/types.h"
#include "log/record_batch.h"

namespace kappa::log {

// Who knows the partition's transactions. Thread-safe.
class TransactionStates {
 public:
  virtual ~TransactionStates() = default;
  // From here on there may be open transactions: nothing is compacted.
  virtual Offset last_stable() const = 0;
  // Whether the transactional batch of this producer at this offset (below last_stable) belongs to
  // an aborted transaction.
  virtual bool is_aborted(int64_t producer_id, Offset offset) const = 0;
};

class CleanedTransactions {
 public:
  // Without states no transaction is aborted.
  explicit CleanedTransactions(const TransactionStates* states) : states_(states) {}

  // Takes note of a batch with data; true: it belongs to an aborted transaction and goes.
  bool add_data(const BatchHeader& header);
  // Takes note of a control batch; true: no record of its transaction was seen on this walk, so
  // that it may go.
  bool add_marker(const BatchHeader& header);

 private:
  const TransactionStates* const states_;
  // Producers whose current transaction's records were seen, aborted ones included.
  absl::flat_hash_set<int64_t> with_records_;
};

}  // namespace kappa::log
