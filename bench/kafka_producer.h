#pragma once
// A librdkafka producer for benchmarks: ends the program when a record cannot be delivered.
// Answers come on the thread that calls poll() or flush().

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

namespace kappa::bench {

class KafkaProducer {
 public:
  KafkaProducer(const std::string& bootstrap, std::map<std::string, std::string> settings) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    settings["bootstrap.servers"] = bootstrap;
    char problem[256];
    for (const auto& [name, value] : settings) {
      if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), problem, sizeof problem) !=
          RD_KAFKA_CONF_OK)
        fail(problem);
    }
    rd_kafka_conf_set_opaque(conf, this);
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(message->err));
    });
    handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    if (handle_ == nullptr) fail(problem);
  }
  KafkaProducer(const KafkaProducer&) = delete;
  ~KafkaProducer() { rd_kafka_destroy(handle_); }

  void send(const std::string& topic, std::string_view value) {
    while (rd_kafka_producev(handle_, RD_KAFKA_V_TOPIC(topic.c_str()),
                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(handle_, 10);
    }
    rd_kafka_poll(handle_, 0);
  }

  // Waits until every record is acknowledged.
  void flush() {
    if (rd_kafka_flush(handle_, 120'000) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("flush timed out");
  }

 private:
  [[noreturn]] static void fail(const char* what) {
    fmt::print(stderr, "producer: {}\n", what);
    std::exit(1);
  }

  rd_kafka_t* handle_ = nullptr;
};

}  // namespace kappa::bench
