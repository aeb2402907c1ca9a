#include "kafka/testing/simulation/client.h"

#include "base/bytes.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kRequestTimeoutMs = 4'000;
constexpr int64_t kReconnectMs = 40;

}  // namespace

Task<> Client::connect() {
  while (!is_connected()) {
    link_ = server_.connect();
    if (is_connected()) break;
    co_await world_.pause(kReconnectMs);
  }
  frames_.emplace(size_t{1} << 30);
  link_->listen([this](std::string_view bytes) { receive(bytes); }, [this] { lose(); });
}

void Client::put(std::shared_ptr<ReplyBase> reply, std::string frame) {
  reply->timeout = world_.timers().run_after(std::chrono::milliseconds(kRequestTimeoutMs), [this] {
    world_.tell("{}: no answer for a long time", name_);
    hang_up();
  });
  replies_.push_back(std::move(reply));
  link_->write(std::move(frame));
}

void Client::receive(std::string_view bytes) {
  const auto link = link_;
  while (!bytes.empty() && link_ == link) {
    auto frame = frames_->next(bytes);
    if (!frame.ok()) return world_.find("{}: not a frame", name_);
    if (frame->has_value()) take_frame(std::move(**frame));
  }
}

void Client::take_frame(std::string frame) {
  if (replies_.empty()) return world_.find("{}: an answer that nobody asked for", name_);
  auto reply = std::move(replies_.front());
  replies_.pop_front();
  const size_t size = frame.size();
  Reader reader(frame);
  if (reader.i32() != reply->correlation_id || !reply->take(std::move(frame))) {
    world_.find("{}: an answer out of order, or not readable: wanted={} size={}", name_,
                reply->correlation_id, size);
  }
  finish(reply);
}

void Client::hang_up() {
  if (auto link = std::exchange(link_, nullptr)) link->hang_up();
  lose();
}

void Client::lose() {
  link_ = nullptr;
  for (const auto& reply : std::exchange(replies_, {})) finish(reply);
}

// Whoever waits goes on from the event loop, as it may be the caller.
void Client::finish(const std::shared_ptr<ReplyBase>& reply) {
  reply->is_over = true;
  world_.timers().cancel(reply->timeout);
  if (!reply->waiting) return;
  world_.timers().run_after(std::chrono::milliseconds(0), [reply] {
    if (auto waiting = std::exchange(reply->waiting, nullptr)) waiting.resume();
  });
}

}  // namespace kappa::kafka::simulation
