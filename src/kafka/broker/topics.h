#pragma once
// Finding topics and partitions for handlers, with the protocol's error codes.

#include <memory>
#include <string_view>

#include "base/status.h"
#include "kafka/broker/broker.h"

namespace kappa::kafka {

// Topics that the program keeps for itself; clients may read but not change them.
bool is_internal_topic(std::string_view name);
// Kafka's rule: 1 to 249 of letters, digits, '.', '_' and '-', but not "." or "..".
bool is_topic_name(std::string_view name);

// A topic as a request names it: by id if the version has ids, else by name.
struct TopicReference {
  std::string_view name;
  TopicId id;
  bool is_by_id = false;
};

struct FoundTopic {
  int16_t error = 0;  // when it is not 0, the description is empty
  log::TopicDescription description;
};
FoundTopic find_topic(const log::Log& log, const TopicReference& reference);

struct FoundPartition {
  int16_t error = 0;
  std::shared_ptr<log::Partition> partition;
};
FoundPartition find_partition(const log::Log& log, const FoundTopic& topic, int32_t index);

// The epoch of every partition: one node leads from the beginning.
inline constexpr int32_t kLeaderEpoch = 0;
// The error for the leader epoch that a client believes in; -1 is no belief.
int16_t check_leader_epoch(int32_t epoch);

// Gives the error to each partition of an answer's topics that has none yet.
template <typename Topics>
void set_where_no_error(Topics& topics, int16_t error) {
  for (auto& topic : topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == 0) partition.error_code = error;
    }
  }
}

// The nearest code for an error of the log.
int16_t error_of(const Status& status);

}  // namespace kappa::kafka
