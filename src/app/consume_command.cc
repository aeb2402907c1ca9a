#include "app/consume_command.h"

#include <signal.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <set>

#include "app/librdkafka.h"
#include "app/offset_range.h"
#include "app/record_format.h"
#include "env/env.h"

namespace kappa::app {
namespace {

std::atomic<bool> is_interrupted{false};

void interrupt(int) { is_interrupted = true; }

struct PartitionName {
  std::string topic;
  int32_t partition = 0;
  friend auto operator<=>(const PartitionName&, const PartitionName&) = default;
};

// Prints records until there is nothing more to print.
class Consumer {
 public:
  Consumer(const ConsumeOptions& options, RecordFormat format)
      : options_(options), format_(std::move(format)) {}

  Status run() {
    std::map<std::string, std::string> settings = {
        {"bootstrap.servers", options_.bootstrap},
        {"isolation.level", options_.reads_uncommitted ? "read_uncommitted" : "read_committed"},
        {"auto.offset.reset", "earliest"},
        {"enable.partition.eof", options_.group.empty() ? "true" : "false"},
        {"group.id", options_.group.empty() ? "kappa-consume" : options_.group},
        {"enable.auto.commit", options_.group.empty() ? "false" : "true"}};
    ASSIGN_OR_RETURN(client_, make_client(RD_KAFKA_CONSUMER, settings));
    rd_kafka_poll_set_consumer(client_.get());
    RETURN_IF_ERROR(options_.group.empty() ? assign() : subscribe());
    Status status = read();
    rd_kafka_consumer_close(client_.get());
    return status;
  }

 private:
  Status subscribe() {
    TopicListPtr topics(rd_kafka_topic_partition_list_new(1));
    for (const std::string& topic : options_.topics)
      rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    return status_of(rd_kafka_subscribe(client_.get(), topics.get()), nullptr);
  }

  Status assign() {
    ASSIGN_OR_RETURN(OffsetRange range,
                     parse_offset_range(options_.offsets, env::posix_env().wall_ms()));
    ASSIGN_OR_RETURN(std::vector<PartitionName> names, find_partitions());
    TopicListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(names.size())));
    for (const PartitionName& name : names) {
      int64_t first = 0, next = 0;
      RETURN_IF_ERROR(
          status_of(rd_kafka_query_watermark_offsets(client_.get(), name.topic.c_str(),
                                                     name.partition, &first, &next, kTimeoutMs),
                    nullptr));
      ASSIGN_OR_RETURN(int64_t begin, offset_of(name, range.begin, first, next));
      if (range.end) {
        ASSIGN_OR_RETURN(int64_t end, offset_of(name, *range.end, first, next));
        if (begin >= end) continue;
        ends_[name] = end;
        // Behind the last record below the end there may be none: the end of the partition counts.
        if (end <= next) is_bounded_by_log_.insert(name);
      }
      rd_kafka_topic_partition_list_add(list.get(), name.topic.c_str(), name.partition)->offset =
          begin;
    }
    is_bounded_ = range.end.has_value();
    return status_of(rd_kafka_assign(client_.get(), list.get()), nullptr);
  }

  StatusOr<std::vector<PartitionName>> find_partitions() {
    const rd_kafka_metadata_t* metadata = nullptr;
    RETURN_IF_ERROR(
        status_of(rd_kafka_metadata(client_.get(), 1, nullptr, &metadata, kTimeoutMs), nullptr));
    std::map<std::string, int> counts;
    for (int i = 0; i < metadata->topic_cnt; ++i)
      counts[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    std::vector<PartitionName> names;
    for (const std::string& topic : options_.topics) {
      if (!counts.count(topic)) return not_found("no such topic: {}", topic);
      for (int partition : options_.partitions) {
        if (partition < 0 || partition >= counts[topic])
          return not_found("no such partition: topic={} partition={}", topic, partition);
        names.push_back({topic, partition});
      }
      for (int i = 0; options_.partitions.empty() && i < counts[topic]; ++i)
        names.push_back({topic, i});
    }
    return names;
  }

  StatusOr<int64_t> offset_of(const PartitionName& name, const OffsetPlace& place, int64_t first,
                              int64_t next) {
    if (place.kind != OffsetPlace::Kind::kTime) return resolve(place, first, next);
    TopicListPtr list(rd_kafka_topic_partition_list_new(1));
    auto* wanted =
        rd_kafka_topic_partition_list_add(list.get(), name.topic.c_str(), name.partition);
    wanted->offset = place.value;
    RETURN_IF_ERROR(
        status_of(rd_kafka_offsets_for_times(client_.get(), list.get(), kTimeoutMs), nullptr));
    RETURN_IF_ERROR(status_of(wanted->err, nullptr));
    return wanted->offset < 0 ? next : wanted->offset;
  }

  bool is_done() const {
    if (options_.count_max > 0 && count_ >= options_.count_max) return true;
    return is_bounded_ && ends_.empty();
  }

  Status read() {
    while (!is_done() && !is_interrupted) {
      MessagePtr message(rd_kafka_consumer_poll(client_.get(), 100));
      if (message == nullptr) {
        RETURN_IF_ERROR(flush());
        continue;
      }
      RETURN_IF_ERROR(take(*message));
      if (out_.size() > (1 << 16)) RETURN_IF_ERROR(flush());
    }
    return flush();
  }

  Status take(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      PartitionName name{rd_kafka_topic_name(message.rkt), message.partition};
      if (is_bounded_by_log_.count(name)) ends_.erase(name);
      return flush();
    }
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return status_of(message.err, rd_kafka_message_errstr(&message));
    PartitionName name{rd_kafka_topic_name(message.rkt), message.partition};
    auto end = ends_.find(name);
    if (is_bounded_ && end == ends_.end()) return OkStatus();
    if (end == ends_.end() || message.offset < end->second) print(message, name.topic);
    if (end != ends_.end() && message.offset + 1 >= end->second) ends_.erase(end);
    return OkStatus();
  }

  void print(const rd_kafka_message_t& message, std::string_view topic) {
    ConsumedRecord record;
    record.topic = topic;
    record.partition = message.partition;
    record.offset = message.offset;
    rd_kafka_timestamp_type_t type;
    record.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
    if (message.key != nullptr)
      record.key = std::string_view(static_cast<const char*>(message.key), message.key_len);
    if (message.payload != nullptr)
      record.value = std::string_view(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* key;
      const void* value;
      size_t size;
      for (size_t i = 0;
           rd_kafka_header_get_all(headers, i, &key, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
           ++i) {
        std::optional<std::string_view> bytes;
        if (value != nullptr) bytes = std::string_view(static_cast<const char*>(value), size);
        record.headers.emplace_back(key, bytes);
      }
    }
    if (options_.is_json || options_.is_meta_only) {
      append_json(record, !options_.is_meta_only, out_);
    } else {
      format_.append(record, out_);
    }
    ++count_;
  }

  // A reader that has gone (`kappa consume t | head`) ends the program, as it should.
  Status flush() {
    bool is_written =
        std::fwrite(out_.data(), 1, out_.size(), stdout) == out_.size() && std::fflush(stdout) == 0;
    out_.clear();
    return is_written ? OkStatus() : unavailable("cannot write to standard output");
  }

  const ConsumeOptions& options_;
  const RecordFormat format_;
  HandlePtr client_;
  bool is_bounded_ = false;
  std::map<PartitionName, int64_t> ends_;  // of partitions that are not done
  std::set<PartitionName> is_bounded_by_log_;
  int64_t count_ = 0;
  std::string out_;
};

Status consume(const ConsumeOptions& options) {
  ASSIGN_OR_RETURN(RecordFormat format, RecordFormat::parse(options.format));
  if (!options.group.empty() && options.offsets != "start")
    return invalid_argument(
        "a group reads from where it stands: --group and --offset exclude each "
        "other (kappa group reset moves a group)");
  signal(SIGINT, interrupt);
  signal(SIGTERM, interrupt);
  return Consumer(options, std::move(format)).run();
}

}  // namespace

ExitCode run_consume(const ConsumeOptions& options) {
  Status status = consume(options);
  if (!status.ok()) fmt::print(stderr, "kappa consume: {}\n", message_of(status));
  return exit_code_of(status);
}

}  // namespace kappa::app
