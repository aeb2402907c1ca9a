#pragma once
// The PostgreSQL server: makes a net::Session per connection and runs each client's statements on a
// thread of its own, so that a long statement never holds a network thread.
//
//   network thread: bytes -> MessageReader -> start-up here; then -> Inbox
//   session thread: Inbox -> Conversation -> engine::Session -> Client::out() -> connection
//
// Trust authentication: whoever reaches the port is let in, so listen on loopback only.

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "engine/session.h"
#include "env/env.h"
#include "net/session.h"

namespace kappa::serve::postgres {

struct ServerOptions {
  size_t clients_max = 100;       // further ones get 53300
  std::string product = "kappa";  // shown behind the version of PostgreSQL that we speak like
  // Makes the system catalog (pg_catalog::bootstrap_sql()), when a statement asks it for the first
  // time; for one caller at a time, again after an error. Empty: it is there already.
  std::function<Status()> make_catalog;
};

// Thread-safe.
class Server {
 public:
  // Called on a session's thread, for each client.
  using EngineFn = std::function<StatusOr<std::unique_ptr<engine::Session>>()>;

  static std::unique_ptr<Server> create(env::Env& env, EngineFn engine, ServerOptions options);
  // Ends every client's statement and conversation (57P01) and waits for their threads.
  virtual ~Server() = default;

  // For net::Server::listen(). The server must outlive the sessions.
  virtual std::unique_ptr<net::Session> accept(std::shared_ptr<net::Connection> connection) = 0;
  virtual size_t client_count() const = 0;
  // As the destructor does; further clients are refused.
  virtual void stop() = 0;
};

}  // namespace kappa::serve::postgres
