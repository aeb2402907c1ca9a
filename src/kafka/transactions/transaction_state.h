#pragma once
// The life of a transactional id. The numbers and names are Kafka's.
//
//                 first partition, offsets            EndTxn
//     +-------+ ------------------------> +---------+ -----> +---------------+
//     | Empty |                           | Ongoing |        | PrepareCommit |
//     +-------+                           +---------+        +---------------+
//      ^     |                             ^   |                 | every marker
//      |     |                             |   | EndTxn,         v is durable
//      |     |                             |   | time is over,  +----------------+
//      |     |                             |   | a new producer | CompleteCommit |
//      |     |                             |   v                +----------------+
//      |     |                             |  +--------------+      |  |
//      |     |                             |  | PrepareAbort |      |  |
//      |     |                             |  +--------------+      |  |
//      |     |                             |   | every marker       |  |
//      |     |                             |   v is durable         |  |
//      |     |                             |  +---------------+     |  |
//      |     |                             |  | CompleteAbort |     |  |
//      |     |                             |  +---------------+     |  |
//      |     |                             |      |      |          |  |
//      |     |      first partition        +------|------+----------+  |
//      |     |                                    |                    |
//      +-----|----------- InitProducerId ---------+--------------------+
//            |  expired (from Complete* too)
//            v
//         +------+    A transaction without partitions goes from Ongoing through Prepare* at once,
//         | Dead |    and with epochs per transaction (KIP-890) one that has not even begun may
//         end:
//         +------+    Empty or Complete* -> Complete*.
//
// The record that says Prepare* is the decision: once it is durable the transaction will end so,
// whatever happens. Before it is, nothing of it can be seen by who reads committed records.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace kappa::kafka {

enum class TransactionState : int8_t {
  kEmpty = 0,
  kOngoing = 1,
  kPrepareCommit = 2,
  kPrepareAbort = 3,
  kCompleteCommit = 4,
  kCompleteAbort = 5,
  kDead = 6,
};

constexpr bool is_prepared(TransactionState state) {
  return state == TransactionState::kPrepareCommit || state == TransactionState::kPrepareAbort;
}

constexpr bool is_complete(TransactionState state) {
  return state == TransactionState::kCompleteCommit || state == TransactionState::kCompleteAbort;
}

// Whether the drawing has an arrow from one to the other.
constexpr bool may_follow(TransactionState from, TransactionState to) {
  const bool is_at_rest = from == TransactionState::kEmpty || is_complete(from);
  switch (to) {
    case TransactionState::kEmpty:
    case TransactionState::kOngoing:
    case TransactionState::kDead:
      return is_at_rest;
    case TransactionState::kPrepareCommit:
    case TransactionState::kPrepareAbort:
      return from == TransactionState::kOngoing;
    case TransactionState::kCompleteCommit:
      return from == TransactionState::kPrepareCommit || is_at_rest;
    case TransactionState::kCompleteAbort:
      return from == TransactionState::kPrepareAbort || is_at_rest;
  }
  return false;
}

inline constexpr std::array<std::string_view, 7> kTransactionStateNames = {
    "Empty", "Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Dead"};

constexpr std::string_view name_of(TransactionState state) {
  return kTransactionStateNames[static_cast<size_t>(state)];
}

constexpr std::optional<TransactionState> transaction_state_of(int8_t number) {
  if (number < 0 || static_cast<size_t>(number) >= kTransactionStateNames.size()) return {};
  return static_cast<TransactionState>(number);
}

}  // namespace kappa::kafka
