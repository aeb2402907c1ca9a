#pragma once
// `kappa topic list | create | describe | delete`: topics of a running server, over the Kafka
// protocol.

#include <map>
#include <string>

#include "app/exit_code.h"
#include "app/grid.h"

namespace kappa::app {

constexpr const char* kDefaultBootstrap = "127.0.0.1:9092";

struct TopicOptions {
  std::string bootstrap = kDefaultBootstrap;
  std::string topic;
  int partition_count = 1;
  std::map<std::string, std::string> settings;
  bool with_internal = false;  // list: also topics that Kappa keeps for itself
  Format format = Format::kTable;
};

ExitCode run_topic_list(const TopicOptions& options);
ExitCode run_topic_create(const TopicOptions& options);
ExitCode run_topic_describe(const TopicOptions& options);
ExitCode run_topic_delete(const TopicOptions& options);

}  // namespace kappa::app
