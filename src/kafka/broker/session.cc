#include "kafka/broker/session.h"

#include "base/logging.h"
#include "kafka/broker/api_table.h"

namespace kappa::kafka {

KafkaSession::KafkaSession(Broker& broker, std::shared_ptr<net::Connection> connection)
    : broker_(broker),
      connection_(std::move(connection)),
      answers_(std::make_shared<AnswerQueue>(connection_, broker.options().connection_bytes_max,
                                             broker.held_answers())),
      frames_(broker.options().request_bytes_max) {}

void KafkaSession::on_data(std::string_view bytes) {
  if (backlog_.empty()) return proceed(bytes);
  backlog_.append(bytes);
  proceed(std::exchange(backlog_, {}));
}

void KafkaSession::on_sent() {
  answers_->account();
  if (is_paused_) proceed(std::exchange(backlog_, {}));
}

void KafkaSession::on_close() { answers_->cancel_all(); }

void KafkaSession::proceed(std::string_view input) {
  while (!input.empty() && !is_refused_) {
    if (!answers_->may_start()) {
      backlog_ = input;
      if (!std::exchange(is_paused_, true)) connection_->pause_reading();
      return;
    }
    auto frame = frames_.next(input);
    if (!frame.ok()) {
      LOG_WARN("kafka connection closed: reason={} peer={}", message_of(frame.status()),
               connection_->peer());
      is_refused_ = true;
      connection_->close();
    } else if (frame->has_value()) {
      start(std::move(**frame));
    }
  }
  if (std::exchange(is_paused_, false)) connection_->resume_reading();
}

void KafkaSession::start(std::string frame) {
  auto call = std::make_shared<Call>(answers_, std::move(frame));
  is_refused_ = !dispatch(broker_, std::move(call));
}

}  // namespace kappa::kafka
