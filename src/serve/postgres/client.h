#pragma once
// One connected client as the rest of the server sees it: its key for CancelRequest, its inbox, and
// the engine's session that a cancellation is passed to. Output goes out here too, with
// back-pressure: the session's thread waits while too much is unsent.
//
// Shared by the network's session, the session's thread and the registry.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <memory>
#include <string>

#include "engine/session.h"
#include "net/session.h"
#include "serve/postgres/inbox.h"

namespace kappa::serve::postgres {

constexpr size_t kFlushBytes = 64 << 10;
constexpr size_t kUnsentBytesMax = 4 << 20;

class Client {
 public:
  Client(int32_t process_id, int32_t secret, std::shared_ptr<net::Connection> connection)
      : process_id(process_id),
        secret(secret),
        connection(std::move(connection)),
        inbox(this->connection) {}

  const int32_t process_id;
  const int32_t secret;
  const std::shared_ptr<net::Connection> connection;
  Inbox inbox;

  // Thread-safe. Ends the statement that runs now, if one does.
  void cancel();
  // The client is gone (OK: by itself) or must go; its statement ends.
  void disconnect(Status reason);

  // The rest is for the session's thread.
  void set_engine(engine::Session* engine);  // nullptr before it dies
  void begin_statement() { is_cancelled_ = false; }

  // Bytes to be sent; flush() hands them to the connection.
  std::string& out() { return out_; }
  void flush();
  // Sends when enough is there, and waits while the client does not read. Errors: 57014 when the
  // statement was cancelled or nobody will read any more.
  Status flush_if_full();

 private:
  std::atomic<bool> is_cancelled_ = false;
  std::string out_;
  absl::Mutex mutex_;
  engine::Session* engine_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace kappa::serve::postgres
