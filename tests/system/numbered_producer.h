#pragma once
// An idempotent librdkafka producer that sends records numbered from 0 on, without end, until it is
// told to finish; it outlives the server's deaths. What was acknowledged is known at any moment.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace kappa::system_test {

class NumberedProducer {
 public:
  // Records are {"id": n}, spread over the topic's partitions.
  NumberedProducer(const std::string& bootstrap, std::string topic);
  ~NumberedProducer();

  // Blocks until at least this many records are acknowledged, or one has failed.
  void wait_for_acknowledged(int64_t count);
  // Sends no more and waits for every answer. Gives the number of records sent.
  int64_t finish();

  int64_t acknowledged() const;
  // The first failure's text; empty when there was none.
  std::string failure() const;

 private:
  void send_all();
  static void on_delivery(rd_kafka_s*, const rd_kafka_message_s* message, void* self);

  const std::string topic_;
  rd_kafka_s* handle_ = nullptr;
  std::atomic<bool> is_finishing_{false};
  mutable absl::Mutex mutex_;
  int64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string failure_ ABSL_GUARDED_BY(mutex_);
  int64_t sent_ = 0;  // of the thread, until it is joined
  std::thread thread_;
};

}  // namespace kappa::system_test
