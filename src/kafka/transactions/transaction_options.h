#pragma once
// What can be set about transactions: Kafka's broker settings with Kafka's defaults.

#include <cstdint>

namespace kappa::kafka {

struct TransactionOptions {
  int32_t timeout_max_ms = 900'000;                   // transaction.max.timeout.ms
  int64_t expiry_ms = int64_t{7} * 24 * 3600 * 1000;  // transactional.id.expiration.ms
  // transaction.remove.expired.transaction.cleanup.interval.ms
  int64_t expiry_check_ms = 3'600'000;

  // Ours: when what could not be written is tried again; each time twice as long, up to the most.
  int64_t retry_ms = 1'000;
  int64_t retry_ms_max = 60'000;
};

}  // namespace kappa::kafka
