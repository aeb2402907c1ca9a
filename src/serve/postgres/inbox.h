#pragma once
// A client's messages on their way from the network thread to the session's thread: in order, and
// bounded: beyond kInboxBytesMax the connection is not read until half of them are gone.
//
// Thread-safe. One thread pushes, one takes.

#include <absl/synchronization/mutex.h>
#include <absl/time/time.h>

#include <deque>
#include <memory>
#include <optional>

#include "net/session.h"
#include "serve/postgres/framing.h"

namespace kappa::serve::postgres {

constexpr size_t kInboxBytesMax = 1 << 20;

class Inbox {
 public:
  explicit Inbox(std::shared_ptr<net::Connection> connection)
      : connection_(std::move(connection)) {}

  void push(Message message);
  // The client is gone: what waits is dropped and the session ends silently.
  void close();
  // The session ends with this error, once what came before is answered (`reason` of a broken
  // stream), or at once when `is_urgent` (the server stops).
  void end(Status reason, bool is_urgent);

  // Waits for the next message; nullopt when there will be none.
  std::optional<Message> pop();
  bool is_empty() const;
  // True when the session must end soon: nobody reads what it writes.
  bool is_ending() const;
  // Why the session ended, for the client; OK when it left by itself.
  Status end_reason() const;
  // Waits, at most this long, for the session's end.
  void wait_ending(absl::Duration timeout);

 private:
  bool has_message_or_end() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return !messages_.empty() || is_closed_ || !reason_.ok();
  }
  bool is_ending_locked() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return is_closed_; }

  const std::shared_ptr<net::Connection> connection_;
  mutable absl::Mutex mutex_;
  std::deque<Message> messages_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  Status reason_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kappa::serve::postgres
