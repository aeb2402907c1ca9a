#include "system/numbered_producer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <utility>

#include "base/check.h"

namespace kappa::system_test {
namespace {

constexpr int64_t kInFlightMax = 2000;

void set(rd_kafka_conf_t* settings, const char* name, const char* value) {
  char problem[256];
  auto result = rd_kafka_conf_set(settings, name, value, problem, sizeof problem);
  KAPPA_CHECK_EQ(static_cast<int>(result), static_cast<int>(RD_KAFKA_CONF_OK));
}

}  // namespace

NumberedProducer::NumberedProducer(const std::string& bootstrap, std::string topic)
    : topic_(std::move(topic)) {
  rd_kafka_conf_t* settings = rd_kafka_conf_new();
  set(settings, "bootstrap.servers", bootstrap.c_str());
  set(settings, "enable.idempotence", "true");
  set(settings, "linger.ms", "2");
  set(settings, "batch.num.messages", "100");
  set(settings, "reconnect.backoff.max.ms", "200");
  set(settings, "message.timeout.ms", "300000");
  rd_kafka_conf_set_dr_msg_cb(settings, on_delivery);
  rd_kafka_conf_set_opaque(settings, this);
  rd_kafka_conf_set_log_cb(settings, nullptr);
  char problem[256];
  handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, settings, problem, sizeof problem);
  KAPPA_CHECK(handle_ != nullptr);
  thread_ = std::thread([this] { send_all(); });
}

NumberedProducer::~NumberedProducer() {
  if (thread_.joinable()) finish();
  rd_kafka_destroy(handle_);
}

void NumberedProducer::send_all() {
  while (!is_finishing_) {
    while (sent_ - acknowledged() < kInFlightMax && !is_finishing_ && failure().empty()) {
      std::string value = fmt::format("{{\"id\": {}}}", sent_);
      auto error = rd_kafka_producev(handle_, RD_KAFKA_V_TOPIC(topic_.c_str()),
                                     RD_KAFKA_V_VALUE(value.data(), value.size()),
                                     RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) break;
      ++sent_;
    }
    rd_kafka_poll(handle_, 10);
  }
}

void NumberedProducer::on_delivery(rd_kafka_s*, const rd_kafka_message_s* message, void* self) {
  auto& producer = *static_cast<NumberedProducer*>(self);
  absl::MutexLock lock(&producer.mutex_);
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++producer.acknowledged_;
  } else if (producer.failure_.empty()) {
    producer.failure_ = rd_kafka_err2str(message->err);
  }
}

void NumberedProducer::wait_for_acknowledged(int64_t count) {
  auto is_there = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return acknowledged_ >= count || !failure_.empty();
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&is_there));
}

int64_t NumberedProducer::finish() {
  is_finishing_ = true;
  thread_.join();
  rd_kafka_flush(handle_, 120'000);
  return sent_;
}

int64_t NumberedProducer::acknowledged() const {
  absl::MutexLock lock(&mutex_);
  return acknowledged_;
}

std::string NumberedProducer::failure() const {
  absl::MutexLock lock(&mutex_);
  return failure_;
}

}  // namespace kappa::system_test
