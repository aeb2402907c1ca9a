#pragma once
// What a partition remembers of its producers: their sequences and their transactions, as one
// function of the log. Saved as `<offset>.producers` (the state of all batches below that offset),
// rebuilt by walking the log from there. Thread-compatible.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/producer_table.h"
#include "log/transaction_table.h"

namespace kappa::log {

struct ProducerState {
  ProducerTable sequences;
  TransactionTable transactions;

  // Takes note of a batch in the log (exactly its bytes).
  void note(const BatchHeader& header, std::string_view batch, int64_t now_ms);
  // Forgets producers without a batch since then and without an open transaction.
  void expire(int64_t before_ms);

  std::string encode() const;
  static std::optional<ProducerState> decode(std::string_view payload);
};

}  // namespace kappa::log
