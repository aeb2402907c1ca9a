#pragma once
// What the librdkafka programs of these tests share: checks that end the program, owners of
// librdkafka's objects, and clients by their settings.

#include <librdkafka/rdkafka.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

namespace kappa::test {

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "FAILED: %s\n", what.c_str());
  std::exit(1);
}

inline void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
  std::printf("ok: %s\n", what.c_str());
}

inline void expect_ok(rd_kafka_resp_err_t error, const std::string& what) {
  expect(error == RD_KAFKA_RESP_ERR_NO_ERROR, what + ": " + rd_kafka_err2str(error));
}

template <typename T, void (*Destroy)(T*)>
struct Destroyer {
  void operator()(T* pointer) const { Destroy(pointer); }
};
template <typename T, void (*Destroy)(T*)>
using Owned = std::unique_ptr<T, Destroyer<T, Destroy>>;
using Handle = Owned<rd_kafka_t, rd_kafka_destroy>;
using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Error = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using GroupMetadata =
    Owned<rd_kafka_consumer_group_metadata_t, rd_kafka_consumer_group_metadata_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Offsets = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using Message = Owned<rd_kafka_message_t, rd_kafka_message_destroy>;
using Settings = std::map<std::string, std::string>;
using OnRebalance = void (*)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                             void*);
using OnDelivery = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

inline Handle make_handle(rd_kafka_type_t type, const Settings& settings, void* opaque = nullptr,
                          OnRebalance on_rebalance = nullptr, OnDelivery on_delivery = nullptr) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) !=
        RD_KAFKA_CONF_OK) {
      fail(error);
    }
  }
  rd_kafka_conf_set_opaque(conf, opaque);
  if (on_rebalance != nullptr) rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
  if (on_delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  Handle handle(rd_kafka_new(type, conf, error, sizeof error));
  if (!handle) fail(error);
  return handle;
}

}  // namespace kappa::test
