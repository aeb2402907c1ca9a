#include "kafka/broker/record_errors.h"

#include "log/records.h"

namespace kappa::kafka {

bool is_compacted(const log::TopicSettings& settings) {
  auto policy = settings.find("cleanup.policy");
  return policy != settings.end() && policy->second.find("compact") != std::string::npos;
}

bool is_deleted(const log::TopicSettings& settings) {
  auto policy = settings.find("cleanup.policy");
  return policy == settings.end() || policy->second.find("delete") != std::string::npos;
}

std::vector<int32_t> records_without_key(std::string_view batch) {
  std::vector<int32_t> indexes;
  auto header = log::parse_whole_batch(batch);
  if (!header) return indexes;
  log::RecordReader reader;
  auto block = reader.open(batch, *header);
  if (!block.ok()) return indexes;
  log::RecordCursor cursor(*header, *block);
  log::Record record;
  for (int32_t index = 0; cursor.next(record); ++index) {
    if (!record.key) indexes.push_back(index);
  }
  return indexes;
}

}  // namespace kappa::kafka
