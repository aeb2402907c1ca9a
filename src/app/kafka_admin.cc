#include "app/kafka_admin.h"

#include "app/librdkafka.h"

namespace kappa::app {
namespace {

using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Deleter<rd_kafka_NewTopic_destroy>>;
using DeleteTopicPtr =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Deleter<rd_kafka_DeleteTopic_destroy>>;
using ResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Deleter<rd_kafka_ConfigResource_destroy>>;
using NewPartitionsPtr =
    std::unique_ptr<rd_kafka_NewPartitions_t, Deleter<rd_kafka_NewPartitions_destroy>>;
using DeleteRecordsPtr =
    std::unique_ptr<rd_kafka_DeleteRecords_t, Deleter<rd_kafka_DeleteRecords_destroy>>;

// The first error of the topics that an admin operation was about.
Status first_error(const rd_kafka_topic_result_t** topics, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    RETURN_IF_ERROR(status_of(rd_kafka_topic_result_error(topics[i]),
                              rd_kafka_topic_result_error_string(topics[i])));
  }
  return OkStatus();
}

class LibrdkafkaAdmin final : public KafkaAdmin {
 public:
  explicit LibrdkafkaAdmin(HandlePtr handle)
      : handle_(std::move(handle)), queue_(rd_kafka_queue_new(handle_.get())) {}

  StatusOr<std::vector<TopicSummary>> list() override {
    const rd_kafka_metadata_t* metadata = nullptr;
    auto error = rd_kafka_metadata(handle_.get(), 1, nullptr, &metadata, kTimeoutMs);
    RETURN_IF_ERROR(status_of(error, nullptr));
    std::vector<TopicSummary> topics;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      topics.push_back({metadata->topics[i].topic, metadata->topics[i].partition_cnt});
    }
    rd_kafka_metadata_destroy(metadata);
    return topics;
  }

  StatusOr<std::vector<PartitionRange>> partitions(const std::string& topic) override {
    ASSIGN_OR_RETURN(std::vector<TopicSummary> topics, list());
    for (const TopicSummary& found : topics) {
      if (found.name == topic) return ranges_of(found);
    }
    return not_found("no such topic: {}", topic);
  }

  StatusOr<std::vector<TopicSetting>> settings(const std::string& topic) override {
    ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    rd_kafka_DescribeConfigs(handle_.get(), resources, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    size_t count = 0;
    const auto** answers = rd_kafka_DescribeConfigs_result_resources(result, &count);
    RETURN_IF_ERROR(resource_error(answers, count));
    const auto** entries = rd_kafka_ConfigResource_configs(answers[0], &count);
    std::vector<TopicSetting> settings;
    for (size_t i = 0; i < count; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      settings.push_back(
          {rd_kafka_ConfigEntry_name(entries[i]), value == nullptr ? "" : value,
           rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG});
    }
    return settings;
  }

  Status alter(const std::string& topic,
               const std::map<std::string, std::optional<std::string>>& changes) override {
    // This librdkafka can only replace all settings of a topic at once.
    ASSIGN_OR_RETURN(auto settings, this->settings(topic));
    std::map<std::string, std::string> wanted;
    for (const TopicSetting& setting : settings) {
      if (setting.is_own) wanted[setting.name] = setting.value;
    }
    for (const auto& [name, value] : changes) {
      wanted.erase(name);
      if (value) wanted[name] = *value;
    }
    ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    for (const auto& [name, value] : wanted)
      rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    rd_kafka_AlterConfigs(handle_.get(), resources, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto** answers = rd_kafka_AlterConfigs_result_resources(
        rd_kafka_event_AlterConfigs_result(event.get()), &count);
    return resource_error(answers, count);
  }

  Status add_partitions(const std::string& topic, int partition_count) override {
    char problem[512];
    NewPartitionsPtr wanted(rd_kafka_NewPartitions_new(
        topic.c_str(), static_cast<size_t>(partition_count), problem, sizeof problem));
    if (wanted == nullptr) return invalid_argument("{}", problem);
    rd_kafka_NewPartitions_t* topics[] = {wanted.get()};
    rd_kafka_CreatePartitions(handle_.get(), topics, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto* result = rd_kafka_event_CreatePartitions_result(event.get());
    const auto** answers = rd_kafka_CreatePartitions_result_topics(result, &count);
    return first_error(answers, count);
  }

  StatusOr<std::vector<PartitionRange>> trim(const std::string& topic,
                                             const std::vector<PartitionRange>& wanted) override {
    TopicListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(wanted.size())));
    for (const PartitionRange& range : wanted)
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), range.partition)->offset =
          range.first_offset;
    DeleteRecordsPtr deletion(rd_kafka_DeleteRecords_new(list.get()));
    rd_kafka_DeleteRecords_t* deletions[] = {deletion.get()};
    rd_kafka_DeleteRecords(handle_.get(), deletions, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    const auto* answers =
        rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
    std::vector<PartitionRange> trimmed = wanted;
    for (int i = 0; i < answers->cnt; ++i) {
      const auto& answer = answers->elems[i];
      Status status = status_of(answer.err);
      if (!status.ok()) return annotate(status, fmt::format("partition {}", answer.partition));
      for (PartitionRange& range : trimmed)
        if (range.partition == answer.partition) range.first_offset = answer.offset;
    }
    return trimmed;
  }

  Status create(const std::string& topic, int partition_count,
                const std::map<std::string, std::string>& settings) override {
    char problem[512];
    NewTopicPtr wanted(
        rd_kafka_NewTopic_new(topic.c_str(), partition_count, 1, problem, sizeof problem));
    if (wanted == nullptr) return invalid_argument("{}", problem);
    for (const auto& [name, value] : settings) {
      rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
    }
    rd_kafka_NewTopic_t* topics[] = {wanted.get()};
    rd_kafka_CreateTopics(handle_.get(), topics, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(event.get());
    const auto** answers = rd_kafka_CreateTopics_result_topics(result, &count);
    return first_error(answers, count);
  }

  Status remove(const std::string& topic) override {
    DeleteTopicPtr unwanted(rd_kafka_DeleteTopic_new(topic.c_str()));
    rd_kafka_DeleteTopic_t* topics[] = {unwanted.get()};
    rd_kafka_DeleteTopics(handle_.get(), topics, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait_for_answer(queue_.get()));
    size_t count = 0;
    const auto* result = rd_kafka_event_DeleteTopics_result(event.get());
    const auto** answers = rd_kafka_DeleteTopics_result_topics(result, &count);
    return first_error(answers, count);
  }

 private:
  static Status resource_error(const rd_kafka_ConfigResource_t** answers, size_t count) {
    if (count != 1) return internal_error("an answer for {} topics, not for one", count);
    return status_of(rd_kafka_ConfigResource_error(answers[0]),
                     rd_kafka_ConfigResource_error_string(answers[0]));
  }

  StatusOr<std::vector<PartitionRange>> ranges_of(const TopicSummary& topic) {
    std::vector<PartitionRange> ranges;
    for (int i = 0; i < topic.partition_count; ++i) {
      PartitionRange range{.partition = i};
      auto error =
          rd_kafka_query_watermark_offsets(handle_.get(), topic.name.c_str(), i,
                                           &range.first_offset, &range.next_offset, kTimeoutMs);
      RETURN_IF_ERROR(status_of(error, nullptr));
      ranges.push_back(range);
    }
    return ranges;
  }

  HandlePtr handle_;
  QueuePtr queue_;
};

// librdkafka's own log would tell of connection attempts; what matters comes back as an error.

}  // namespace

StatusOr<std::unique_ptr<KafkaAdmin>> KafkaAdmin::open(const std::string& bootstrap) {
  ASSIGN_OR_RETURN(HandlePtr handle,
                   make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", bootstrap}}));
  return std::make_unique<LibrdkafkaAdmin>(std::move(handle));
}

}  // namespace kappa::app
