#include "kafka/broker/answer_queue.h"

#include <vector>

namespace kappa::kafka {
namespace {

constexpr size_t kRequestsMax = 256;  // under way at once on one connection

}  // namespace

AnswerQueue::Slot AnswerQueue::open(size_t held_bytes) {
  absl::MutexLock lock(&mutex_);
  entries_.push_back({.held_bytes = held_bytes});
  held_bytes_ += held_bytes;
  return first_ + entries_.size() - 1;
}

void AnswerQueue::hold(Slot slot, size_t bytes) {
  absl::MutexLock lock(&mutex_);
  entry(slot).held_bytes += bytes;
  held_bytes_ += bytes;
}

void AnswerQueue::on_cancel(Slot slot, std::function<void()> cancel) {
  {
    absl::MutexLock lock(&mutex_);
    if (!is_cancelled_) {
      if (slot >= first_ && !entry(slot).is_complete) entry(slot).cancel = std::move(cancel);
      return;
    }
  }
  cancel();
}

void AnswerQueue::complete(Slot slot, net::Parts answer) {
  std::function<void()> cancel;  // destroyed outside the lock: it may own much
  {
    absl::MutexLock lock(&mutex_);
    cancel = put(slot, std::move(answer));
  }
  account();
}

std::function<void()> AnswerQueue::put(Slot slot, net::Parts answer) {
  Entry& completed = entry(slot);
  std::function<void()> cancel = std::move(completed.cancel);
  size_t bytes = 0;
  for (const net::Part& part : answer) {
    bytes += net::size_bytes(part);
    completed.memory_bytes += net::memory_bytes(part);
  }
  held_bytes_ += bytes - completed.held_bytes;
  completed.held_bytes = bytes;
  waiting_bytes_ += static_cast<int64_t>(completed.memory_bytes);
  completed.is_complete = true;
  completed.answer = std::move(answer);
  while (!entries_.empty() && entries_.front().is_complete) {
    Entry& front = entries_.front();
    held_bytes_ -= front.held_bytes;
    waiting_bytes_ -= static_cast<int64_t>(front.memory_bytes);
    if (!front.answer.empty()) connection_->send_parts(std::move(front.answer));
    entries_.pop_front();
    ++first_;
  }
  return cancel;
}

void AnswerQueue::account() {
  const auto unsent = static_cast<int64_t>(connection_->unsent_memory_bytes());
  absl::MutexLock lock(&mutex_);
  const int64_t now = is_cancelled_ ? 0 : waiting_bytes_ + unsent;
  total_->fetch_add(now - accounted_);
  accounted_ = now;
}

bool AnswerQueue::may_start() const {
  size_t unsent = connection_->unsent_bytes();
  absl::MutexLock lock(&mutex_);
  if (entries_.empty() && unsent == 0) return true;
  return entries_.size() < kRequestsMax && held_bytes_ + unsent < held_bytes_max_;
}

void AnswerQueue::cancel_all() {
  std::vector<std::function<void()>> cancels;
  {
    absl::MutexLock lock(&mutex_);
    is_cancelled_ = true;
    for (auto& entry : entries_) {
      if (entry.cancel) cancels.push_back(std::exchange(entry.cancel, nullptr));
    }
  }
  for (const auto& cancel : cancels) cancel();
  account();
}

}  // namespace kappa::kafka
