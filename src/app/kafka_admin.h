#pragma once
// Topics of a Kafka-protocol server, over librdkafka: what `kappa topic` does. librdkafka stays in
// the .cc file. Confined to one thread.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace kappa::app {

struct TopicSummary {
  std::string name;
  int partition_count = 0;
};

struct PartitionRange {
  int partition = 0;
  int64_t first_offset = 0;
  int64_t next_offset = 0;
};

struct TopicSetting {
  std::string name;
  std::string value;
  bool is_own = false;  // set for this topic; else it is the server's or the default
};

class KafkaAdmin {
 public:
  // `bootstrap`: host:port[,host:port]. Connects when it is first used.
  static StatusOr<std::unique_ptr<KafkaAdmin>> open(const std::string& bootstrap);
  virtual ~KafkaAdmin() = default;

  // Errors of all: kNotFound, kAlreadyExists, kInvalidArgument, kDeadlineExceeded (no answer).
  virtual StatusOr<std::vector<TopicSummary>> list() = 0;
  virtual StatusOr<std::vector<PartitionRange>> partitions(const std::string& topic) = 0;
  virtual StatusOr<std::vector<TopicSetting>> settings(const std::string& topic) = 0;
  virtual Status create(const std::string& topic, int partition_count,
                        const std::map<std::string, std::string>& settings) = 0;
  // nullopt: back to the default. Others stay.
  virtual Status alter(const std::string& topic,
                       const std::map<std::string, std::optional<std::string>>& changes) = 0;
  // So many in all. kFailedPrecondition: something reads the topic that cannot follow.
  virtual Status add_partitions(const std::string& topic, int partition_count) = 0;
  // Removes the records below each first_offset (-1: all); gives where the partitions begin now.
  virtual StatusOr<std::vector<PartitionRange>> trim(const std::string& topic,
                                                     const std::vector<PartitionRange>& wanted) = 0;
  virtual Status remove(const std::string& topic) = 0;
};

}  // namespace kappa::app
