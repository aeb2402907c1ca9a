#pragma once
// The control batch that ends a transaction in a partition: one record whose key says how.
//
//   key    version i16 = 0 | type i16: 0 abort, 1 commit
//   value  version i16 = 0 | coordinator epoch i32
//
// Functions are pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/record_batch.h"

namespace kappa::log {

enum class TransactionOutcome : int8_t { kAbort = 0, kCommit = 1 };

struct TransactionMarker {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  TransactionOutcome outcome = TransactionOutcome::kAbort;
  int32_t coordinator_epoch = 0;
  int64_t timestamp_ms = -1;
};

// The whole batch, for Partition::append_internal.
std::string make_marker(const TransactionMarker& marker);

// How the control batch (exactly its bytes) ends its producer's transaction. nullopt: it is another
// kind of control batch.
std::optional<TransactionOutcome> parse_marker(const BatchHeader& header, std::string_view batch);

}  // namespace kappa::log
