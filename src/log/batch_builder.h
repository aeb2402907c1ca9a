#pragma once
// Makes record batches: for INSERTs, internal topics, sinks and tests. Confined to one thread.
//
//   BatchBuilder builder;
//   builder.add({.timestamp_ms = now_ms, .key = key, .value = value});
//   ASSIGN_OR_RETURN(std::string batch, std::move(builder).build({.codec = Codec::kLz4}));

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "log/records.h"

namespace kappa::log {

struct NewRecord {
  int64_t timestamp_ms = -1;  // -1: none
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const RecordHeader> headers;
};

struct BatchOptions {
  Codec codec = Codec::kNone;
  int64_t producer_id = -1;  // with producer_epoch and base_sequence: idempotent
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  bool is_transactional = false;
  bool is_control = false;
};

class BatchBuilder {
 public:
  void add(const NewRecord& record);

  int32_t record_count() const { return count_; }
  // Of the records so far, before compression.
  size_t size_bytes() const { return kBatchHeaderBytes + records_.size(); }

  // The whole batch with base offset 0. Errors: kResourceExhausted when its length would not fit
  // into 31 bits, kFailedPrecondition without records.
  StatusOr<std::string> build(const BatchOptions& options = {}) &&;

 private:
  std::string records_;
  int32_t count_ = 0;
  int64_t base_timestamp_ = -1;
  int64_t max_timestamp_ = -1;
};

}  // namespace kappa::log
