#include "app/kafka_admin.h"

#include "app/librdkafka.h"

namespace kappa::app {
namespace {

constexpr int kTimeoutMs = 10'000;

using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Deleter<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Deleter<rd_kafka_event_destroy>>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, Deleter<rd_kafka_NewTopic_destroy>>;
using DeleteTopicPtr =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Deleter<rd_kafka_DeleteTopic_destroy>>;
using ResourcePtr =
    std::unique_ptr<rd_kafka_ConfigResource_t, Deleter<rd_kafka_ConfigResource_destroy>>;

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

  StatusOr<std::map<std::string, std::string>> settings(const std::string& topic) override {
    ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    rd_kafka_ConfigResource_t* resources[] = {resource.get()};
    rd_kafka_DescribeConfigs(handle_.get(), resources, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait());
    const auto* result = rd_kafka_event_DescribeConfigs_result(event.get());
    size_t count = 0;
    const auto** answers = rd_kafka_DescribeConfigs_result_resources(result, &count);
    if (count != 1) return internal_error("settings of {} topics came, not of one", count);
    RETURN_IF_ERROR(status_of(rd_kafka_ConfigResource_error(answers[0]),
                              rd_kafka_ConfigResource_error_string(answers[0])));
    const auto** entries = rd_kafka_ConfigResource_configs(answers[0], &count);
    std::map<std::string, std::string> settings;
    for (size_t i = 0; i < count; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      settings[rd_kafka_ConfigEntry_name(entries[i])] = value == nullptr ? "" : value;
    }
    return settings;
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
    ASSIGN_OR_RETURN(EventPtr event, wait());
    size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(event.get());
    const auto** answers = rd_kafka_CreateTopics_result_topics(result, &count);
    return first_error(answers, count);
  }

  Status remove(const std::string& topic) override {
    DeleteTopicPtr unwanted(rd_kafka_DeleteTopic_new(topic.c_str()));
    rd_kafka_DeleteTopic_t* topics[] = {unwanted.get()};
    rd_kafka_DeleteTopics(handle_.get(), topics, 1, nullptr, queue_.get());
    ASSIGN_OR_RETURN(EventPtr event, wait());
    size_t count = 0;
    const auto* result = rd_kafka_event_DeleteTopics_result(event.get());
    const auto** answers = rd_kafka_DeleteTopics_result_topics(result, &count);
    return first_error(answers, count);
  }

 private:
  // The answer to the admin operation that is under way.
  StatusOr<EventPtr> wait() {
    EventPtr event(rd_kafka_queue_poll(queue_.get(), 2 * kTimeoutMs));
    if (event == nullptr) return deadline_exceeded("no answer within {} ms", 2 * kTimeoutMs);
    RETURN_IF_ERROR(
        status_of(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get())));
    return event;
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
