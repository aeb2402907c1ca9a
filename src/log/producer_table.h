#pragma once
// What a partition remembers of its idempotent producers (KIP-98): per producer id the epoch and
// the last five batches, so that a retry is answered with the original offset and a gap refused.
// A function of the log, kept and rebuilt as producer_state.h says. Thread-compatible.

#include <absl/container/flat_hash_map.h>
#include <absl/functional/function_ref.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "log/partition.h"
#include "log/record_batch.h"

namespace kappa::log {

struct ProducerBatch {
  int32_t first_sequence = 0;  // -1: its transaction has ended, nothing is a retry of it
  int32_t last_sequence = 0;
  Offset base;
  Offset last;
  int64_t log_append_time = -1;
};

struct SequenceVerdict {
  AppendError error = AppendError::kNone;
  std::optional<ProducerBatch> duplicate_of;
};

class ProducerTable {
 public:
  // Whether the batch may be appended. It must have a producer. Of a control batch, and of one that
  // the server numbers no further, only the epoch is looked at.
  SequenceVerdict check(const BatchHeader& header) const;
  // Takes note of a batch in the log; does nothing for one without producer. A transaction's marker
  // may bring a new epoch, which ends the old one for good.
  void note(const BatchHeader& header, int64_t now_ms);
  // Forgets producers without a batch since then (Kafka's producer.id.expiration.ms), unless
  // is_needed(id).
  void expire(int64_t before_ms, absl::FunctionRef<bool(int64_t)> is_needed);

  // Of each producer the last offset of its last batch: such a batch's header outlives compaction.
  absl::flat_hash_map<int64_t, Offset> last_offsets() const;

  size_t size() const { return producers_.size(); }
  // In the order of their ids; without their transactions.
  std::vector<ProducerDescription> describe() const;
  std::string encode() const;
  static std::optional<ProducerTable> decode(std::string_view payload);

 private:
  static constexpr size_t kBatchesKept = 5;
  struct Producer {
    int16_t epoch = -1;
    int64_t last_append_ms = 0;
    uint8_t count = 0;  // of batches, oldest first
    std::array<ProducerBatch, kBatchesKept> batches;
  };
  absl::flat_hash_map<int64_t, Producer> producers_;
};

}  // namespace kappa::log
