#pragma once
// The answers of one connection: they leave in the order of their requests, whenever and on
// whatever thread they become ready.
//
//   open() ── request starts ──> [slot][slot][slot] <── complete(), any order, any thread
//                                  └─ sent from the front, while the front is complete
//
// It also counts what the connection has under way: requests being served, answers that wait for
// earlier ones, and bytes not yet sent, those of files too; and how much memory the answers take.
// The session asks may_start() before each request.
// Thread-safe. Shared by the session and by the calls under way, so it outlives the session.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "net/session.h"

namespace kappa::kafka {

class AnswerQueue {
 public:
  using Slot = uint64_t;

  // `total`: the memory of answers that all queues of a broker hold, unsent ones included.
  using Total = std::shared_ptr<std::atomic<int64_t>>;

  AnswerQueue(std::shared_ptr<net::Connection> connection, size_t held_bytes_max, Total total)
      : connection_(std::move(connection)),
        held_bytes_max_(held_bytes_max),
        total_(std::move(total)) {}
  ~AnswerQueue() { total_->fetch_sub(accounted_); }

  const net::Connection& connection() const { return *connection_; }

  // The place of the next answer. held_bytes: what the request keeps in memory until then.
  Slot open(size_t held_bytes);
  // Adds what the answer may become, so that requests behind it wait.
  void hold(Slot slot, size_t bytes);
  // What to do if the connection closes first; called at once if it has. Must not block.
  void on_cancel(Slot slot, std::function<void()> cancel);
  // Once per slot. Empty: no answer is sent.
  void complete(Slot slot, net::Parts answer);
  // Closes the connection after what has been sent.
  void close() { connection_->close(); }

  // Whether another request may be started: few are under way and little memory is held.
  bool may_start() const;
  // Brings the total up to date; to be called when bytes have been sent.
  void account();
  // The connection is gone: calls the cancel functions; later answers go nowhere.
  void cancel_all();

 private:
  struct Entry {
    size_t held_bytes = 0;
    bool is_complete = false;
    net::Parts answer;
    size_t memory_bytes = 0;  // of the answer
    std::function<void()> cancel;
  };

  std::function<void()> put(Slot slot, net::Parts answer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry& entry(Slot slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return entries_[slot - first_]; }

  const std::shared_ptr<net::Connection> connection_;
  const size_t held_bytes_max_;
  const Total total_;

  mutable absl::Mutex mutex_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  Slot first_ ABSL_GUARDED_BY(mutex_) = 0;  // of entries_.front()
  size_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Memory of answers behind one that is not complete.
  int64_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t accounted_ ABSL_GUARDED_BY(mutex_) = 0;  // in total_
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace kappa::kafka
