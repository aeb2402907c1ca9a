#pragma once
// What a batch must satisfy before it is appended, as far as it depends on the batch and the
// topic's settings alone (sequences depend on the partition: producer_table.h). Pure.

#include <cstdint>
#include <string>

#include "base/status.h"
#include "log/partition.h"
#include "log/record_batch.h"
#include "log/topic_settings.h"

namespace kappa::log {

enum class AppendSource { kClient, kServer };

struct CheckedBatch {
  Status status;
  AppendError error = AppendError::kNone;  // set when status is not OK
  BatchHeader header;
};

// Checks what Kafka checks: one whole v2 batch, checksum, counts (records are counted after
// decompression), size, keys on compacted topics. Sets maxTimestamp where the topic stamps records
// or the producer's value is not true.
CheckedBatch check_batch(std::string& batch, AppendSource source, const TopicConfig& config,
                         int64_t now_ms);

}  // namespace kappa::log
