#include "serve/postgres/inbox.h"

namespace kappa::serve::postgres {
namespace {

// What a message costs beside its body.
constexpr size_t kMessageBytes = sizeof(Message);

}  // namespace

void Inbox::push(Message message) {
  absl::MutexLock lock(&mutex_);
  if (is_closed_ || !reason_.ok()) return;
  bytes_ += message.body.size() + kMessageBytes;
  messages_.push_back(std::move(message));
  if (bytes_ > kInboxBytesMax && !is_paused_) {
    is_paused_ = true;
    connection_->pause_reading();
  }
}

void Inbox::close() {
  absl::MutexLock lock(&mutex_);
  is_closed_ = true;
  messages_.clear();
}

void Inbox::end(Status reason, bool is_urgent) {
  absl::MutexLock lock(&mutex_);
  if (reason_.ok()) reason_ = std::move(reason);
  if (!is_urgent) return;
  is_closed_ = true;
  messages_.clear();
}

std::optional<Message> Inbox::pop() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Inbox::has_message_or_end));
  if (messages_.empty()) return std::nullopt;
  Message message = std::move(messages_.front());
  messages_.pop_front();
  bytes_ -= message.body.size() + kMessageBytes;
  if (is_paused_ && bytes_ <= kInboxBytesMax / 2) {
    is_paused_ = false;
    connection_->resume_reading();
  }
  return message;
}

bool Inbox::is_empty() const {
  absl::MutexLock lock(&mutex_);
  return messages_.empty();
}

bool Inbox::is_ending() const {
  absl::MutexLock lock(&mutex_);
  return is_closed_;
}

Status Inbox::end_reason() const {
  absl::MutexLock lock(&mutex_);
  return reason_;
}

void Inbox::wait_ending(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &Inbox::is_ending_locked), timeout);
}

}  // namespace kappa::serve::postgres
