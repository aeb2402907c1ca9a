#include "engine/catalog_log.h"

#include <absl/synchronization/notification.h>

#include <charconv>

#include "log/batch_builder.h"
#include "log/records.h"

namespace kappa::engine {
namespace {

constexpr char kTopic[] = "__kappa_catalog";
constexpr std::string_view kSettingPrefix = "setting.";
constexpr std::string_view kBasePrefix = "base.";
constexpr size_t kReadBytes = 1 << 20;

// Headers as text, in a fixed order, so that the topic can be read with any Kafka client.
class HeaderList {
 public:
  void add(std::string name, std::string value) {
    if (!value.empty()) texts_.emplace_back(std::move(name), std::move(value));
  }
  std::vector<log::RecordHeader> views() const {
    std::vector<log::RecordHeader> views;
    for (const auto& [name, value] : texts_) views.push_back({name, std::string_view(value)});
    return views;
  }

 private:
  std::vector<std::pair<std::string, std::string>> texts_;
};

HeaderList headers_of(const CatalogEntry& entry) {
  HeaderList list;
  list.add("operation", entry.operation);
  list.add("id", std::to_string(entry.id));
  list.add("job", std::to_string(entry.job));
  list.add("kind", entry.kind);
  list.add("version", std::to_string(entry.version));
  list.add("topic", entry.topic);
  list.add("topic_id", entry.topic_id);
  for (const auto& [name, value] : entry.settings)
    list.add(std::string(kSettingPrefix) + name, value);
  for (const auto& [topic, offsets] : entry.base)
    list.add(std::string(kBasePrefix) + topic, offsets);
  return list;
}

bool parse_number(std::string_view text, int64_t& out) {
  auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

Status apply_header(const log::RecordHeader& header, CatalogEntry& entry) {
  std::string value(header.value.value_or(std::string_view()));
  bool is_right = true;
  if (header.key == "operation")
    entry.operation = value;
  else if (header.key == "id")
    is_right = parse_number(value, entry.id);
  else if (header.key == "job")
    is_right = parse_number(value, entry.job);
  else if (header.key == "kind")
    entry.kind = value;
  else if (header.key == "version")
    is_right = parse_number(value, entry.version);
  else if (header.key == "topic")
    entry.topic = value;
  else if (header.key == "topic_id")
    entry.topic_id = value;
  else if (header.key.substr(0, kSettingPrefix.size()) == kSettingPrefix)
    entry.settings[std::string(header.key.substr(kSettingPrefix.size()))] = value;
  else if (header.key.substr(0, kBasePrefix.size()) == kBasePrefix)
    entry.base[std::string(header.key.substr(kBasePrefix.size()))] = value;
  else
    return data_loss("unknown header in the catalog, written by a newer version? header={}",
                     header.key);
  if (!is_right)
    return data_loss("bad number in the catalog: header={} value={}", header.key, value);
  return OkStatus();
}

Status parse_entry(const log::Record& record, CatalogEntry& entry) {
  std::vector<log::RecordHeader> headers;
  RETURN_IF_ERROR(record.parse_headers(headers));
  for (const log::RecordHeader& header : headers) RETURN_IF_ERROR(apply_header(header, entry));
  entry.name = std::string(record.key.value_or(std::string_view()));
  entry.sql = std::string(record.value.value_or(std::string_view()));
  return OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<CatalogLog>> CatalogLog::open(env::Env& env, log::Log& log) {
  auto topic = log.find_topic(kTopic);
  if (absl::IsNotFound(topic.status()))
    topic = log.create_topic(kTopic, 1, {{"durability", "sync"}, {"retention.ms", "-1"}});
  RETURN_IF_ERROR(topic.status());
  ASSIGN_OR_RETURN(auto partition, log.partition(topic->id, 0));
  return std::unique_ptr<CatalogLog>(new CatalogLog(env, std::move(partition)));
}

StatusOr<std::vector<CatalogEntry>> CatalogLog::read() const {
  std::vector<CatalogEntry> entries;
  Offset position = partition_->log_start();
  Offset end = partition_->high_watermark();
  while (position < end) {
    ASSIGN_OR_RETURN(log::Batches batches, partition_->read(position, kReadBytes));
    log::RecordReader reader;
    Status status;
    RETURN_IF_ERROR(reader.for_each(batches.bytes, position, [&](const log::Record& record) {
      CatalogEntry entry;
      Status one = parse_entry(record, entry);
      if (!one.ok() && status.ok())
        status = annotate(one, fmt::format("{} offset={}", kTopic, record.offset));
      entries.push_back(std::move(entry));
    }));
    RETURN_IF_ERROR(status);
    position = batches.next;
  }
  return entries;
}

Status CatalogLog::write(const std::vector<CatalogEntry>& entries) {
  log::BatchBuilder builder;
  int64_t now_ms = env_.wall_ms();
  for (const CatalogEntry& entry : entries) {
    HeaderList headers = headers_of(entry);
    std::vector<log::RecordHeader> views = headers.views();
    builder.add({.timestamp_ms = now_ms, .key = entry.name, .value = entry.sql, .headers = views});
  }
  ASSIGN_OR_RETURN(std::string batch, std::move(builder).build());
  return append_and_wait(*partition_, std::move(batch)).status();
}

StatusOr<log::AppendResult> append_and_wait(log::Partition& partition, std::string batch) {
  absl::Notification done;
  log::AppendAnswer answer;
  partition.append_internal(std::move(batch), log::Acks::kAll, [&](log::AppendAnswer given) {
    answer = std::move(given);
    done.Notify();
  });
  done.WaitForNotification();
  RETURN_IF_ERROR(answer.status);
  return answer.result;
}

}  // namespace kappa::engine
