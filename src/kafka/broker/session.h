#pragma once
// One Kafka client's conversation: cuts the bytes into requests and starts them, one after the
// other, as long as the AnswerQueue has room; else it stops reading until answers have left.
// Several requests of a connection may be under way at once; their answers keep the order.
// Whatever cannot be understood closes this connection and harms no other.

#include <memory>
#include <string>

#include "kafka/broker/answer_queue.h"
#include "kafka/broker/broker.h"
#include "kafka/protocol/frame.h"

namespace kappa::kafka {

class KafkaSession : public net::Session {
 public:
  KafkaSession(Broker& broker, std::shared_ptr<net::Connection> connection);

  void on_data(std::string_view bytes) override;
  void on_sent() override;
  void on_close() override;

 private:
  void proceed(std::string_view input);
  void start(std::string frame);

  Broker& broker_;
  const std::shared_ptr<net::Connection> connection_;
  const std::shared_ptr<AnswerQueue> answers_;
  FrameReader frames_;
  std::string backlog_;  // bytes that came and wait for room
  bool is_paused_ = false;
  bool is_refused_ = false;
};

}  // namespace kappa::kafka
