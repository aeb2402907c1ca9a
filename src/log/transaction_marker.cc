#include "log/transaction_marker.h"

#include "base/bytes.h"
#include "base/check.h"
#include "log/batch_builder.h"
#include "log/records.h"

namespace kappa::log {

std::string make_marker(const TransactionMarker& marker) {
  std::string key, value;
  Writer key_writer(key);
  key_writer.i16(0);
  key_writer.i16(static_cast<int16_t>(marker.outcome));
  Writer value_writer(value);
  value_writer.i16(0);
  value_writer.i32(marker.coordinator_epoch);
  BatchBuilder builder;
  builder.add({.timestamp_ms = marker.timestamp_ms, .key = key, .value = value});
  auto batch = std::move(builder).build({.producer_id = marker.producer_id,
                                         .producer_epoch = marker.producer_epoch,
                                         .is_transactional = true,
                                         .is_control = true});
  KAPPA_CHECK_OK(batch.status());
  return *std::move(batch);
}

std::optional<TransactionOutcome> parse_marker(const BatchHeader& header, std::string_view batch) {
  if (!header.is_control() || header.codec() != Codec::kNone) return std::nullopt;
  RecordCursor cursor(header, batch.substr(kBatchHeaderBytes));
  Record record;
  if (!cursor.next(record) || !record.key.has_value()) return std::nullopt;
  Reader reader(*record.key);
  reader.i16();  // its version; later ones only add to it
  const int16_t type = reader.i16();
  if (!reader.ok() || (type != 0 && type != 1)) return std::nullopt;
  return static_cast<TransactionOutcome>(type);
}

}  // namespace kappa::log
