#pragma once
// librdkafka's handles as C++ values, and its errors as ours. For .cc files only.

#include <librdkafka/rdkafka.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/status.h"

namespace kappa::app {

template <auto destroy>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using HandlePtr = std::unique_ptr<rd_kafka_t, Deleter<rd_kafka_destroy>>;
using TopicListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                     Deleter<rd_kafka_topic_partition_list_destroy>>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, Deleter<rd_kafka_message_destroy>>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, Deleter<rd_kafka_queue_destroy>>;
using EventPtr = std::unique_ptr<rd_kafka_event_t, Deleter<rd_kafka_event_destroy>>;

// How long the server may take to answer.
inline constexpr int kTimeoutMs = 10'000;

// A client with these settings; `prepare` may add callbacks. Errors: kInvalidArgument (a setting).
StatusOr<HandlePtr> make_client(rd_kafka_type_t type,
                                const std::map<std::string, std::string>& settings,
                                const std::function<void(rd_kafka_conf_t*)>& prepare = {});

// `message`: what librdkafka says beside the code; nullptr: the code's own text.
Status status_of(rd_kafka_resp_err_t error, const char* message = nullptr);

// The answer to the admin operation that was begun on the queue. Errors: kDeadlineExceeded, and
// that of the operation as a whole.
StatusOr<EventPtr> wait_for_answer(rd_kafka_queue_t* queue);

}  // namespace kappa::app
