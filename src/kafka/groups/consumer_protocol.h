#pragma once
// What consumers of the classic protocol tell each other (protocol type "consumer"), as far as the
// broker reads and writes it: integers are big endian, strings have a length i16, bytes and arrays
// one of i32.
//
//   subscription = version:i16 topics:[string] user_data:bytes?      then, if there is more:
//                  owned:[ topic:string partitions:[i32] ]             from version 1 on
//   assignment   = version:i16 [ topic:string partitions:[i32] ] user_data:bytes?
//
// Functions are pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/offset_table.h"

namespace kappa::kafka {

inline constexpr std::string_view kConsumerProtocolType = "consumer";

struct ConsumerSubscription {
  int16_t version = 0;
  std::vector<std::string> topics;
  std::vector<TopicPartition> owned;
};

struct ConsumerAssignment {
  int16_t version = 0;
  std::vector<TopicPartition> partitions;
  bool has_user_data = false;
};

// nullopt: not a subscription.
std::optional<ConsumerSubscription> parse_subscription(std::string_view metadata);
// nullopt: not an assignment. Empty bytes are an empty one.
std::optional<ConsumerAssignment> parse_assignment(std::string_view bytes);
// Of version 0.
std::string write_subscription(const std::vector<std::string>& topics);
// Partitions in order of topic.
std::string write_assignment(int16_t version, const std::vector<TopicPartition>& partitions);

// The topics of a subscription alone, even if what follows them cannot be read.
std::optional<std::vector<std::string>> subscribed_topics(std::string_view metadata);

}  // namespace kappa::kafka
