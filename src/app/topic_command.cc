#include "app/topic_command.h"

#include <algorithm>
#include <charconv>
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
  for (const TopicSetting& setting : settings) values.rows.push_back({setting.name, setting.value});
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

Status alter_topic(const TopicOptions& options) {
  std::map<std::string, std::optional<std::string>> changes(options.settings.begin(),
                                                            options.settings.end());
  for (const std::string& name : options.reset_settings) changes[name] = std::nullopt;
  if (changes.empty())
    return invalid_argument("nothing to change: give --config NAME=VALUE or --reset NAME");
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  return admin->alter(options.topic, changes);
}

Status add_partitions(const TopicOptions& options) {
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  return admin->add_partitions(options.topic, options.partition_count);
}

StatusOr<int64_t> parse_trim_offset(const std::string& text) {
  if (text == "end") return -1;
  int64_t offset = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error == std::errc() && end == text.data() + text.size() && offset >= 0) return offset;
  return invalid_argument("--before: an offset or end is needed, got {}", text);
}

Status trim_topic(const TopicOptions& options) {
  ASSIGN_OR_RETURN(const int64_t before, parse_trim_offset(options.trim_before));
  ASSIGN_OR_RETURN(auto admin, KafkaAdmin::open(options.bootstrap));
  ASSIGN_OR_RETURN(auto partitions, admin->partitions(options.topic));
  if (options.partition) {
    std::erase_if(partitions, [&](const auto& p) { return p.partition != *options.partition; });
    if (partitions.empty())
      return not_found("no such partition: topic={} partition={}", options.topic,
                       *options.partition);
  }
  for (PartitionRange& range : partitions) range.first_offset = before;
  ASSIGN_OR_RETURN(auto trimmed, admin->trim(options.topic, partitions));
  Grid grid{.columns = {{.name = "partition", .is_number = true},
                        {.name = "first_offset", .is_number = true}}};
  for (const PartitionRange& range : trimmed)
    grid.rows.push_back({std::to_string(range.partition), std::to_string(range.first_offset)});
  fmt::print("{}", format_grid(grid, options.format));
  return OkStatus();
}

}  // namespace

ExitCode run_topic_list(const TopicOptions& options) { return report(list_topics(options)); }
ExitCode run_topic_create(const TopicOptions& options) { return report(create_topic(options)); }
ExitCode run_topic_describe(const TopicOptions& options) { return report(describe_topic(options)); }
ExitCode run_topic_delete(const TopicOptions& options) { return report(delete_topic(options)); }
ExitCode run_topic_alter(const TopicOptions& options) { return report(alter_topic(options)); }
ExitCode run_topic_add_partitions(const TopicOptions& options) {
  return report(add_partitions(options));
}
ExitCode run_topic_trim(const TopicOptions& options) { return report(trim_topic(options)); }

}  // namespace kappa::app
