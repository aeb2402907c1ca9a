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

// A client with these settings; `prepare` may add callbacks. Errors: kInvalidArgument (a setting).
StatusOr<HandlePtr> make_client(rd_kafka_type_t type,
                                const std::map<std::string, std::string>& settings,
                                const std::function<void(rd_kafka_conf_t*)>& prepare = {});

// `message`: what librdkafka says beside the code; nullptr: the code's own text.
Status status_of(rd_kafka_resp_err_t error, const char* message);

}  // namespace kappa::app
