#pragma once
// Rewrites one batch for a compaction: takes records out and leaves the rest where it is. Offsets,
// sequences and the number of the last offset stay; what remains is written as Kafka writes it:
//
//   nothing is taken out                     the same bytes
//   some records remain                      a new batch of them, in the same codec
//   none remains, but the header must stay   the header alone (its producer's last sequence)
//   none remains                             nothing
//
// Confined to one thread.

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "log/records.h"

namespace kappa::log {

struct BatchRule {
  bool keeps_empty = false;  // the header stays when no record does
  bool drops_all = false;
  // The delete horizon for a batch that has none and keeps a tombstone (or keeps_marker).
  int64_t horizon_ms = 0;
  bool needs_horizon = false;  // a transaction marker whose records are gone
};

class BatchFilter {
 public:
  using Keeps = absl::FunctionRef<bool(const Record&)>;

  // Appends to `out` what remains of the batch (exactly its bytes, checksum known to be right).
  // Errors: kDataLoss when it does not decode, kResourceExhausted.
  Status filter(std::string_view batch, const BatchHeader& header, const BatchRule& rule,
                Keeps keeps, std::string& out);

 private:
  // Collects the records that stay into kept_. They are relative to base_timestamp.
  struct Kept {
    int32_t count = 0;
    int64_t max_timestamp = -1;
    int64_t first_timestamp = -1;
    bool has_tombstone = false;
  };
  StatusOr<Kept> look(const BatchHeader& header, std::string_view block, const BatchRule& rule,
                      Keeps keeps);
  Status rebuild(const BatchHeader& header, std::string_view block, const Kept& kept,
                 std::optional<int64_t> horizon, std::string& out);

  RecordReader reader_;
  std::vector<int64_t> kept_offsets_;
  std::string records_;
};

}  // namespace kappa::log
