#pragma once
// Where all consumer groups stand, for those who look at them from outside the protocol.

#include <string>
#include <vector>

#include "kafka/broker/broker.h"

namespace kappa::kafka {

// Of one partition; a group that has committed nothing has one with an empty topic.
struct CommittedPlace {
  std::string group;
  std::string state;  // Kafka's name
  int64_t member_count = 0;
  std::string topic;
  int32_t partition = 0;
  int64_t offset = -1;
};

// By group, topic and partition.
std::vector<CommittedPlace> committed_places(const Broker& broker);

}  // namespace kappa::kafka
