#pragma once
// The topics of the workload, each for one law or more. Segments are tiny, so that a run has many.

#include <array>
#include <string_view>

#include "kafka/groups/offset_table.h"
#include "log/log.h"

namespace kappa::kafka::simulation {

struct SimulatedTopic {
  std::string_view name;
  int32_t partitions = 1;
  bool is_synced = true;
  bool is_compacted = false;
  bool is_deleted = false;  // by its size
};

inline constexpr SimulatedTopic kNumbers{.name = "numbers", .partitions = 2};
inline constexpr SimulatedTopic kLoose{.name = "loose", .is_synced = false};
inline constexpr SimulatedTopic kNewest{.name = "newest", .is_compacted = true};
inline constexpr SimulatedTopic kShort{.name = "short", .is_deleted = true};
inline constexpr SimulatedTopic kTransfers{.name = "transfers", .partitions = 3};
inline constexpr SimulatedTopic kCopies{.name = "copies", .partitions = 3};

inline constexpr std::array kTopics{kNumbers, kLoose, kNewest, kShort, kTransfers, kCopies};

inline log::TopicSettings settings_of(const SimulatedTopic& topic) {
  log::TopicSettings settings{{"segment.bytes", "4000"},
                              {"index.interval.bytes", "300"},
                              {"file.delete.delay.ms", "200"},
                              {"durability", topic.is_synced ? "sync" : "os"}};
  if (topic.is_compacted) {
    settings["cleanup.policy"] = "compact";
    settings["min.cleanable.dirty.ratio"] = "0.1";
  }
  if (topic.is_deleted) settings["retention.bytes"] = "9000";
  return settings;
}

inline const SimulatedTopic& topic_named(std::string_view name) {
  for (const auto& topic : kTopics) {
    if (topic.name == name) return topic;
  }
  return kTopics.front();
}

inline TopicPartition place_in(const SimulatedTopic& topic, int32_t partition) {
  return {std::string(topic.name), partition};
}

}  // namespace kappa::kafka::simulation
