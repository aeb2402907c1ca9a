#include "kafka/broker/fetch_reading.h"

#include <algorithm>

#include "base/logging.h"
#include "kafka/broker/topics.h"
#include "kafka/protocol/errors.h"
#include "log/record_batch.h"

namespace kappa::kafka {
namespace {

using Answer = FetchResponse::Topic::Partition;
using Wanted = FetchRequest::Topic::Partition;

constexpr int16_t kFirstVersionWithZstd = 10;
constexpr int16_t kFirstVersionWithIds = 13;
constexpr int8_t kReadCommitted = 1;

FoundTopic find(const Broker& broker, const FetchRequest::Topic& wanted, int16_t version) {
  return find_topic(broker.log(), {wanted.name, wanted.topic_id, version >= kFirstVersionWithIds});
}

bool has_zstd(std::string_view batches) {
  while (auto header = log::parse_whole_batch(batches)) {
    if (header->codec() == Codec::kZstd) return true;
    batches.remove_prefix(header->size_bytes());
  }
  return false;
}

class ReadingMaker {
 public:
  ReadingMaker(const Broker& broker, const FetchRequest& request, int16_t version)
      : broker_(broker), request_(request), version_(version) {
    auto wanted = static_cast<size_t>(std::max(request.max_bytes, 0));
    bytes_left_ = std::min(wanted, broker.fetch_bytes_max());
  }

  FetchReading make() && {
    for (const auto& wanted : request_.topics) {
      auto& topic = reading_.response.topics.emplace_back();
      topic.name = std::string(wanted.name);
      topic.topic_id = wanted.topic_id;
      topic.partitions.reserve(wanted.partitions.size());
      auto found = find(broker_, wanted, version_);
      for (const auto& partition : wanted.partitions) {
        Answer& answer = topic.partitions.emplace_back();
        answer.index = partition.index;
        // Never null: librdkafka takes that for a damaged answer (KAFKA-18646).
        answer.records = Bytes{};
        answer.error_code = read_partition(found, partition, answer);
        if (answer.error_code != error::kNone) reading_.has_error = true;
      }
    }
    return std::move(reading_);
  }

 private:
  int16_t read_partition(const FoundTopic& topic, const Wanted& wanted, Answer& answer) {
    answer.high_watermark = -1;
    auto found = find_partition(broker_.log(), topic, wanted.index);
    if (found.error != error::kNone) return found.error;
    int16_t epoch_error = check_leader_epoch(wanted.current_leader_epoch);
    if (epoch_error != error::kNone) return epoch_error;
    const auto& partition = *found.partition;
    answer.log_start_offset = partition.log_start().value;
    answer.last_stable_offset = partition.last_stable().value;  // never above what comes next
    answer.high_watermark = partition.high_watermark().value;
    return read_records(partition, wanted, answer);
  }

  int16_t read_records(const log::Partition& partition, const Wanted& wanted, Answer& answer) {
    if (wanted.fetch_offset < answer.log_start_offset ||
        wanted.fetch_offset > answer.high_watermark) {
      return error::kOffsetOutOfRange;
    }
    const bool is_committed = request_.isolation_level == kReadCommitted;
    if (is_committed) answer.aborted_transactions.emplace();
    if (wanted.fetch_offset == answer.high_watermark) return error::kNone;
    if (bytes_left_ == 0 && reading_.record_bytes > 0) return error::kNone;
    size_t bytes_max = std::min(static_cast<size_t>(std::max(wanted.max_bytes, 0)), bytes_left_);
    auto batches = locate(partition, Offset(wanted.fetch_offset), bytes_max, is_committed);
    if (!batches.ok()) {
      LOG_WARN("fetch failed: partition={} offset={} error={}", wanted.index, wanted.fetch_offset,
               message_of(batches.status()));
      return error_of(batches.status());
    }
    return take(*std::move(batches), bytes_max, answer);
  }

  StatusOr<log::LocatedBatches> locate(const log::Partition& partition, Offset from,
                                       size_t bytes_max, bool is_committed) const {
    // Whose batches have to be looked at, they are read.
    if (version_ < kFirstVersionWithZstd) return read(partition, from, bytes_max, is_committed);
    if (is_committed) return partition.locate_stable(from, bytes_max);
    return partition.locate(from, bytes_max);
  }

  static StatusOr<log::LocatedBatches> read(const log::Partition& partition, Offset from,
                                            size_t bytes_max, bool is_committed) {
    log::LocatedBatches all;
    if (is_committed) {
      ASSIGN_OR_RETURN(static_cast<log::StableBatches&>(all),
                       partition.read_stable(from, bytes_max));
    } else {
      ASSIGN_OR_RETURN(static_cast<log::Batches&>(all), partition.read(from, bytes_max));
    }
    return all;
  }

  int16_t take(log::LocatedBatches batches, size_t bytes_max, Answer& answer) {
    const size_t size = batches.size_bytes();
    bool is_first = reading_.record_bytes == 0;
    if (size > bytes_max && !is_first) return error::kNone;  // its turn comes
    if (version_ < kFirstVersionWithZstd && has_zstd(batches.bytes)) {
      return error::kUnsupportedCompressionType;
    }
    answer.records = Bytes{batches.bytes};
    for (const auto& aborted : batches.aborted) {
      answer.aborted_transactions->push_back({aborted.producer_id, aborted.first.value});
    }
    reading_.memory_bytes += batches.bytes.size();
    reading_.record_bytes += size;
    bytes_left_ -= std::min(size, bytes_left_);
    if (batches.range.size_bytes > 0) {
      reading_.ranges.push_back(std::move(batches.range));
      answer.records->range = &reading_.ranges.back();
    } else {
      reading_.owners.push_back(std::move(batches.owner));
    }
    return error::kNone;
  }

  const Broker& broker_;
  const FetchRequest& request_;
  const int16_t version_;
  size_t bytes_left_ = 0;
  FetchReading reading_;
};

}  // namespace

FetchReading read_all(const Broker& broker, const FetchRequest& request, int16_t version) {
  return ReadingMaker(broker, request, version).make();
}

std::vector<std::shared_ptr<log::Partition>> partitions_of(const Broker& broker,
                                                           const FetchRequest& request,
                                                           int16_t version) {
  std::vector<std::shared_ptr<log::Partition>> partitions;
  for (const auto& wanted : request.topics) {
    auto topic = find(broker, wanted, version);
    for (const auto& partition : wanted.partitions) {
      auto found = find_partition(broker.log(), topic, partition.index);
      if (found.partition) partitions.push_back(std::move(found.partition));
    }
  }
  return partitions;
}

}  // namespace kappa::kafka
