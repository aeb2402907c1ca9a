#include "kafka/testing/simulation/link.h"

#include <algorithm>
#include <utility>

namespace kappa::kafka::simulation {

int64_t Link::arrival_in_ms(int64_t& last_ms) {
  // Mostly quick, sometimes late.
  const auto delay_ms =
      static_cast<int64_t>(world_.one_in(12) ? world_.below(60) : world_.below(4));
  last_ms = std::max(last_ms, world_.now_ms() + delay_ms);
  return last_ms - world_.now_ms();
}

void Link::listen(Receive receive, std::function<void()> lost) {
  receive_ = std::move(receive);
  lost_ = std::move(lost);
}

void Link::write(std::string bytes) {
  const size_t cut = world_.one_in(8) ? world_.below(bytes.size()) : 0;
  if (cut > 0) write(bytes.substr(0, cut));
  to_server_.push_back(bytes.substr(cut));
  world_.timers().run_after(std::chrono::milliseconds(arrival_in_ms(last_to_server_ms_)),
                            [self = shared_from_this()] { self->deliver_to_server(); });
}

void Link::deliver_to_server() {
  if (is_paused_ && session_ != nullptr) {
    ++held_;
    return;
  }
  if (to_server_.empty()) return;
  std::string bytes = std::move(to_server_.front());
  to_server_.pop_front();
  world_.trace(bytes);
  if (session_ != nullptr) session_->on_data(bytes);
}

void Link::resume_reading() {
  is_paused_ = false;
  for (size_t left = std::exchange(held_, 0); left > 0; --left) {
    world_.timers().run_after(std::chrono::milliseconds(0),
                              [self = shared_from_this()] { self->deliver_to_server(); });
  }
}

void Link::send(std::string bytes) {
  if (is_cut_) return;
  unsent_bytes_ += bytes.size();
  to_client_.push_back(std::move(bytes));
  world_.timers().run_after(std::chrono::milliseconds(arrival_in_ms(last_to_client_ms_)),
                            [self = shared_from_this()] { self->deliver_to_client(); });
}

void Link::deliver_to_client() {
  if (to_client_.empty()) return;
  std::string bytes = std::move(to_client_.front());
  to_client_.pop_front();
  unsent_bytes_ -= bytes.size();
  if (session_ != nullptr) session_->on_sent();
  world_.trace(bytes);
  const Receive receive = receive_;  // the client may hang up meanwhile
  if (receive) receive(bytes);
}

void Link::end_session() {
  if (session_ == nullptr) return;
  auto session = std::move(session_);
  session->on_close();
}

void Link::cut() {
  is_cut_ = true;
  end_session();
  to_server_.clear();
  // What the process had sent before may still arrive, or not.
  if (!world_.one_in(3)) to_client_.clear();
  close();
}

void Link::close() {
  world_.timers().run_after(std::chrono::milliseconds(arrival_in_ms(last_to_client_ms_)),
                            [self = shared_from_this()] { self->lose(); });
}

void Link::lose() {
  end_session();
  receive_ = nullptr;
  auto lost = std::exchange(lost_, nullptr);
  if (lost) lost();
}

void Link::hang_up() {
  is_cut_ = true;
  receive_ = nullptr;
  lost_ = nullptr;
  const bool arrives = world_.one_in(2);
  while (arrives && !is_paused_ && !to_server_.empty()) deliver_to_server();
  to_server_.clear();
  to_client_.clear();
  end_session();
}

}  // namespace kappa::kafka::simulation
