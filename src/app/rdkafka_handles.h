#pragma once
// librdkafka's objects as owners, its errors as Statuses, and its admin operations as calls that
// wait: for kafka_admin.cc and group_admin.cc, and for nothing else.

#include <librdkafka/rdkafka.h>

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

Status status_of(rd_kafka_resp_err_t error, const char* message = nullptr);

// A client that is not connected yet. Errors: kInvalidArgument.
StatusOr<HandlePtr> open_handle(const std::string& bootstrap);

// The answer to the admin operation that was given this queue. Errors: its own; kDeadlineExceeded.
StatusOr<EventPtr> wait_for_answer(rd_kafka_queue_t* queue);

}  // namespace kappa::app
