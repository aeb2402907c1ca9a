#pragma once
// `kappa topic list | create | describe | alter | add-partitions | trim | delete`: topics of a
// running server, over the Kafka protocol.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/exit_code.h"
#include "app/grid.h"

namespace kappa::app {

constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";

struct TopicOptions {
  std::string bootstrap = kDefaultBootstrap;
  std::string topic;
  int partition_count = 1;
  std::map<std::string, std::string> settings;
  std::vector<std::string> reset_settings;  // alter: back to their defaults
  std::string trim_before;                  // trim: an offset, or "end"
  std::optional<int> partition;             // trim: only this one
  bool with_internal = false;               // list: also topics that Kappa keeps for itself
  Format format = Format::kTable;
};

ExitCode run_topic_list(const TopicOptions& options);
ExitCode run_topic_create(const TopicOptions& options);
ExitCode run_topic_describe(const TopicOptions& options);
ExitCode run_topic_alter(const TopicOptions& options);
ExitCode run_topic_add_partitions(const TopicOptions& options);
ExitCode run_topic_trim(const TopicOptions& options);
ExitCode run_topic_delete(const TopicOptions& options);

}  // namespace kappa::app
