#pragma once
// A librdkafka consumer for benchmarks: reads the partitions of a topic from their beginning; ends
// the program when something fails.

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace kappa::bench {

class KafkaConsumer {
 public:
  KafkaConsumer(const std::string& bootstrap, const std::string& topic, int partition_count) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char problem[256];
    const std::map<std::string, std::string> settings = {
        {"bootstrap.servers", bootstrap}, {"group.id", "bench"}, {"enable.auto.commit", "false"}};
    for (const auto& [name, value] : settings) {
      if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem, sizeof problem) !=
          RD_KAFKA_CONF_OK)
        fail(problem);
    }
    handle_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, problem, sizeof problem);
    if (handle_ == nullptr) fail(problem);
    rd_kafka_poll_set_consumer(handle_);
    queue_ = rd_kafka_queue_get_consumer(handle_);
    assign(topic, partition_count);
  }
  KafkaConsumer(const KafkaConsumer&) = delete;
  ~KafkaConsumer() {
    rd_kafka_queue_destroy(queue_);
    rd_kafka_consumer_close(handle_);
    rd_kafka_destroy(handle_);
  }

  // Gives the values of the next records to `take`: waits for one, and takes along what is there.
  void poll(const std::function<void(std::string_view value)>& take) {
    constexpr int kWaitMs = 60'000;
    rd_kafka_message_t* first = rd_kafka_consumer_poll(handle_, kWaitMs);
    if (first == nullptr) fail("no records for a minute");
    give(first, take);
    std::array<rd_kafka_message_t*, 1000> more{};  // with a wait, this call would wait for them all
    auto count = rd_kafka_consume_batch_queue(queue_, 0, more.data(), more.size());
    for (ssize_t i = 0; i < count; ++i) give(more[static_cast<size_t>(i)], take);
  }

 private:
  static void give(rd_kafka_message_t* message,
                   const std::function<void(std::string_view value)>& take) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_message_errstr(message));
    take({static_cast<const char*>(message->payload), message->len});
    rd_kafka_message_destroy(message);
  }

  void assign(const std::string& topic, int partition_count) {
    auto* partitions = rd_kafka_topic_partition_list_new(partition_count);
    for (int i = 0; i < partition_count; ++i) {
      rd_kafka_topic_partition_list_add(partitions, topic.c_str(), i)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    }
    auto error = rd_kafka_assign(handle_, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(error));
  }

  [[noreturn]] static void fail(const char* what) {
    fmt::print(stderr, "consumer: {}\n", what);
    std::exit(1);
  }

  rd_kafka_t* handle_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
};

}  // namespace kappa::bench
