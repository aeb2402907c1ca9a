#pragma once
// librdkafka's objects as owners, its errors as Statuses, and its admin operations as calls that
// wait. For .cc files only.

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/status.h"

namespace kappa::app {

constexpr int kKafkaTimeoutMs = 10'000;

template <auto destroy>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using HandlePtr = std::unique_ptr<rd_kafka_t, Deleter<rd_kafka_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Deleter<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Deleter<rd_kafka_event_destroy>>;

using TopicListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                     Deleter<rd_kafka_topic_partition_list_destroy>>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, Deleter<rd_kafka_message_destroy>>;

// `message`: what librdkafka says beside the code; nullptr: the code's own text.
Status status_of(rd_kafka_resp_err_t error, const char* message = nullptr);

// A client with these settings, not connected yet; `prepare` may add callbacks. Errors:
// kInvalidArgument (a setting).
StatusOr<HandlePtr> make_client(rd_kafka_type_t type,
                                const std::map<std::string, std::string>& settings,
                                const std::function<void(rd_kafka_conf_t*)>& prepare = {});
// The same for admin operations.
StatusOr<HandlePtr> open_handle(const std::string& bootstrap);

// The answer to the admin operation that was given this queue. Errors: its own; kDeadlineExceeded.
StatusOr<EventPtr> wait_for_answer(rd_kafka_queue_t* queue);

}  // namespace kappa::app
