#pragma once
// What a consumer makes of one partition of a Fetch answer: the records from its position on,
// without control batches and, if it reads committed records, without those of transactions that
// the answer calls aborted. As Apache Kafka's clients do it.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kafka/protocol/messages/fetch.h"

namespace kappa::kafka::simulation {

struct FetchedRecord {
  int64_t offset = 0;
  std::string value;
  std::optional<std::string> key;
};

struct FetchedRecords {
  bool is_sound = true;  // false: the bytes are no batches
  int64_t position = 0;  // where to read on
  std::vector<FetchedRecord> records;
};

FetchedRecords records_in(const FetchResponse::Topic::Partition& answer, int64_t position,
                          bool is_committed_only);

}  // namespace kappa::kafka::simulation
