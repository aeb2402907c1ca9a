#include "engine/group_relation.h"

#include <algorithm>
#include <optional>

#include "log/records.h"

namespace kappa::engine {
namespace {

using duckdb::LogicalType;
using duckdb::Value;

// The time of the first record at or after the offset.
std::optional<int64_t> timestamp_at(const log::Partition& partition, Offset offset) {
  auto batches = partition.read(std::max(offset, partition.log_start()), 1);
  if (!batches.ok()) return std::nullopt;
  std::optional<int64_t> found;
  log::RecordReader reader;
  Status read = reader.for_each(batches->bytes, offset, [&](const log::Record& record) {
    if (!found) found = record.timestamp_ms;
  });
  return read.ok() ? found : std::nullopt;
}

double lag_seconds(const log::Partition& partition, Offset committed, int64_t now_ms) {
  if (committed >= partition.high_watermark()) return 0;
  auto written_ms = timestamp_at(partition, committed);
  // Where compaction left nothing, or a record has no time of its own, nothing is known to be late.
  if (!written_ms || *written_ms < 0) return 0;
  return static_cast<double>(std::max<int64_t>(now_ms - *written_ms, 0)) / 1000;
}

std::vector<Value> row_of(log::Log& log, int64_t now_ms, const GroupPlace& place) {
  std::vector<Value> row = {Value(place.group), Value(place.state),
                            Value::BIGINT(place.member_count)};
  if (place.topic.empty()) {
    row.resize(group_columns().size());
    return row;
  }
  row.push_back(Value(place.topic));
  row.push_back(Value::INTEGER(place.partition));
  row.push_back(Value::BIGINT(place.committed));
  auto topic = log.find_topic(place.topic);
  std::shared_ptr<log::Partition> partition;
  if (topic.ok()) partition = log.partition(topic->id, place.partition).value_or(nullptr);
  if (partition == nullptr) {
    row.resize(group_columns().size());
    return row;
  }
  const Offset committed(place.committed), end = partition->high_watermark();
  row.push_back(Value::BIGINT(end.value));
  row.push_back(Value::BIGINT(std::max<int64_t>(end - committed, 0)));
  row.push_back(Value::DOUBLE(lag_seconds(*partition, committed, now_ms)));
  return row;
}

}  // namespace

std::vector<sql::Column> group_columns() {
  return {{"name", LogicalType::VARCHAR},          {"state", LogicalType::VARCHAR},
          {"members", LogicalType::BIGINT},        {"topic", LogicalType::VARCHAR},
          {"partition", LogicalType::INTEGER},     {"committed", LogicalType::BIGINT},
          {"high_watermark", LogicalType::BIGINT}, {"lag_records", LogicalType::BIGINT},
          {"lag_seconds", LogicalType::DOUBLE}};
}

std::vector<std::vector<Value>> group_rows(log::Log& log, int64_t now_ms,
                                           const std::vector<GroupPlace>& places) {
  std::vector<std::vector<Value>> rows;
  for (const GroupPlace& place : places) rows.push_back(row_of(log, now_ms, place));
  return rows;
}

}  // namespace kappa::engine
