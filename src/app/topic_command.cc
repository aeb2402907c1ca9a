#include "app/topic_command.h"

#include <algorithm>
#include <cstdio>

#include "app/kafka_admin.h"
#include "kafka/broker/topics.h"

namespace kappa::app {
namespace {

ExitCode report(const Status& status) {
  if (!status.ok()) fmt::print(stderr, "kappa topic: {}\n", message_of(status));
  return exit_code_of(status);
}

Status list_topics(const TopicOptions& options) {
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  ASSIGN_OR_RETURN(auto topics, admin->list());
  std::sort(topics.begin(), topics.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  Grid grid{.columns = {{.name = "topic"}, {.name = "partitions", .is_number = true}}};
  for (const TopicSummary& topic : topics) {
    if (kafka::is_internal_topic(topic.name) && !options.with_internal) continue;
    grid.rows.push_back({topic.name, std::to_string(topic.partition_count)});
  }
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

Status describe_topic(const TopicOptions& options) {
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  ASSIGN_OR_RETURN(auto partitions, admin->partitions(options.topic));
  ASSIGN_OR_RETURN(auto settings, admin->settings(options.topic));
  Grid ranges{.columns = {{.name = "partition", .is_number = true},
                          {.name = "first_offset", .is_number = true},
                          {.name = "next_offset", .is_number = true}}};
  for (const PartitionRange& range : partitions) {
    ranges.rows.push_back({std::to_string(range.partition), std::to_string(range.first_offset),
                           std::to_string(range.next_offset)});
  }
  Grid values{.columns = {{.name = "setting"}, {.name = "value"}}};
  for (const auto& [name, value] : settings) values.rows.push_back({name, value});
  fmt::print("{}{}", format_grid(ranges, options.format), format_grid(values, options.format));
  return OkStatus();
}

Status create_topic(const TopicOptions& options) {
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  return admin->create(options.topic, options.partition_count, options.settings);
}

Status delete_topic(const TopicOptions& options) {
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  return admin->remove(options.topic);
}

}  // namespace

ExitCode run_topic_list(const TopicOptions& options) { return report(list_topics(options)); }
ExitCode run_topic_create(const TopicOptions& options) { return report(create_topic(options)); }
ExitCode run_topic_describe(const TopicOptions& options) { return report(describe_topic(options)); }
ExitCode run_topic_delete(const TopicOptions& options) { return report(delete_topic(options)); }

}  // namespace kappa::app
