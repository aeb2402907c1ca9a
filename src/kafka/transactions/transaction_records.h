#pragma once
// What transactional ids keep in the log, in the formats of Kafka's __transaction_state, so that
// tools for it can read ours (docs/formats/transactions.md): one record per id, its newest state; a
// record without value says that the id is gone.
//
//   key version 0: transactional id        value version 1
//
// Functions are pure.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "kafka/groups/offset_table.h"
#include "kafka/journal/topic_journal.h"
#include "kafka/transactions/transaction_state.h"

namespace kappa::kafka {

struct StoredTransaction {
  int64_t producer_id = -1;
  int64_t previous_producer_id = -1;  // before epochs ran out
  int64_t next_producer_id = -1;      // the one to go on with, when they have
  int16_t producer_epoch = -1;        // in Prepare* that of the markers
  int32_t timeout_ms = 0;
  TransactionState state = TransactionState::kEmpty;
  std::set<TopicPartition> places;
  int64_t update_ms = -1;  // wall clock
  int64_t start_ms = -1;
  int16_t client_version = 0;  // 2: in Prepare* the markers have the next epoch

  friend bool operator==(const StoredTransaction&, const StoredTransaction&) = default;
};

JournalRecord transaction_record(std::string_view id, const StoredTransaction& stored);
JournalRecord transaction_tombstone(std::string_view id);

struct TransactionRecordKey {
  bool is_known = false;  // false: of a newer version; to be passed over
  std::string id;
};

// nullopt: damaged.
std::optional<TransactionRecordKey> parse_transaction_key(std::string_view bytes);
// nullopt: damaged, or of a version that we do not read.
std::optional<StoredTransaction> parse_transaction(std::string_view bytes);

}  // namespace kappa::kafka
