#include "app/produce_command.h"

#include <cstdio>
#include <iostream>

#include "app/librdkafka.h"

namespace kappa::app {
namespace {

constexpr int kFlushTimeoutMs = 120'000;

class Producer {
 public:
  explicit Producer(const ProduceOptions& options) : options_(options) {}
  ~Producer() {
    if (headers_ != nullptr) rd_kafka_headers_destroy(headers_);
  }

  Status run() {
    RETURN_IF_ERROR(open());
    std::string line;
    while (failure_.ok() && std::getline(std::cin, line)) {
      ++line_count_;
      RETURN_IF_ERROR(send(line));
      rd_kafka_poll(client_.get(), 0);
    }
    if (failure_.ok() && rd_kafka_flush(client_.get(), kFlushTimeoutMs) != 0)
      return deadline_exceeded("{} records are not acknowledged after {} s",
                               line_count_ - acknowledged_, kFlushTimeoutMs / 1000);
    if (failure_.ok())
      fmt::print(stderr, "{} records written to {}\n", acknowledged_, options_.topic);
    return failure_;
  }

 private:
  Status open() {
    std::map<std::string, std::string> settings = {
        {"bootstrap.servers", options_.bootstrap},
        {"enable.idempotence", "true"},
        {"compression.codec", options_.compression},
        {"linger.ms", "5"},
        {"partitioner", "murmur2_random"}};  // as Java's clients place keys
    ASSIGN_OR_RETURN(client_,
                     make_client(RD_KAFKA_PRODUCER, settings, [this](rd_kafka_conf_t* conf) {
                       rd_kafka_conf_set_opaque(conf, this);
                       rd_kafka_conf_set_dr_msg_cb(
                           conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
                             static_cast<Producer*>(self)->delivered(*message);
                           });
                     }));
    headers_ = rd_kafka_headers_new(options_.headers.size());
    for (const std::string& header : options_.headers) {
      size_t equals = header.find('=');
      if (equals == std::string::npos)
        return invalid_argument("--header needs NAME=VALUE, got {}", header);
      rd_kafka_header_add(headers_, header.data(), static_cast<ssize_t>(equals),
                          header.data() + equals + 1,
                          static_cast<ssize_t>(header.size() - equals - 1));
    }
    return OkStatus();
  }

  Status send(std::string_view line) {
    std::optional<std::string_view> key = options_.key;
    std::string_view value = line;
    if (options_.key_separator) {
      size_t at = line.find(*options_.key_separator);
      if (at == std::string_view::npos)
        return invalid_argument("line {} has no key: there is no \"{}\" in it", line_count_,
                                *options_.key_separator);
      key = line.substr(0, at);
      value = line.substr(at + options_.key_separator->size());
    }
    const char* key_data = key ? key->data() : nullptr;
    const size_t key_size = key ? key->size() : 0;
    bool is_null = value.empty() && options_.empty_is_null;
    while (true) {
      rd_kafka_headers_t* headers = rd_kafka_headers_copy(headers_);
      auto error = rd_kafka_producev(
          client_.get(), RD_KAFKA_V_TOPIC(options_.topic.c_str()),
          RD_KAFKA_V_PARTITION(options_.partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_KEY(key_data, key_size),
          RD_KAFKA_V_VALUE(is_null ? nullptr : const_cast<char*>(value.data()), value.size()),
          RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return OkStatus();
      rd_kafka_headers_destroy(headers);
      if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || !failure_.ok())
        return annotate(status_of(error, nullptr), fmt::format("line {}", line_count_));
      rd_kafka_poll(client_.get(), 100);
    }
  }

  void delivered(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++acknowledged_;
    } else if (failure_.ok()) {
      failure_ = annotate(status_of(message.err, nullptr),
                          fmt::format("a record was refused after {} were written", acknowledged_));
    }
  }

  const ProduceOptions& options_;
  HandlePtr client_;
  rd_kafka_headers_t* headers_ = nullptr;
  int64_t line_count_ = 0;
  int64_t acknowledged_ = 0;
  Status failure_;
};

}  // namespace

ExitCode run_produce(const ProduceOptions& options) {
  Status status = Producer(options).run();
  if (!status.ok()) fmt::print(stderr, "kappa produce: {}\n", message_of(status));
  return exit_code_of(status);
}

}  // namespace kappa::app
