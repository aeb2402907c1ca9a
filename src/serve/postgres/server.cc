#include "serve/postgres/server.h"

#include <absl/container/flat_hash_map.h>

#include <list>

#include "base/logging.h"
#include "serve/postgres/backend.h"
#include "serve/postgres/client.h"
#include "serve/postgres/conversation.h"
#include "serve/postgres/errors.h"
#include "serve/postgres/frontend.h"

namespace kappa::serve::postgres {
namespace {

// A last word to a client that has no session thread (yet).
void refuse(net::Connection& connection, const Status& status) {
  std::string out;
  append_error(out, {"FATAL", sql::error_of(status)});
  connection.send(std::move(out));
  connection.close();
}

class ServerImpl : public Server {
 public:
  ServerImpl(env::Env& env, EngineFn engine, ServerOptions options)
      : env_(env), engine_(std::move(engine)), options_(std::move(options)) {}
  ~ServerImpl() override { stop(); }

  std::unique_ptr<net::Session> accept(std::shared_ptr<net::Connection> connection) override;
  size_t client_count() const override;
  void stop() override;

  // Starts a client's thread. Errors: 53300, 57P01.
  StatusOr<std::shared_ptr<Client>> admit(std::shared_ptr<net::Connection> connection,
                                          StartupMessage startup);
  void cancel(const CancelRequest& request);

 private:
  struct Seat {
    std::shared_ptr<Client> client;
    std::unique_ptr<env::Thread> thread;
    bool is_done = false;
  };
  void converse(Seat& seat, StartupMessage startup);
  Status prepare_catalog();
  // Joins threads that have ended.
  void reap() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  env::Env& env_;
  const EngineFn engine_;
  const ServerOptions options_;

  mutable absl::Mutex mutex_;
  std::list<Seat> seats_ ABSL_GUARDED_BY(mutex_);
  int32_t last_process_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;

  absl::Mutex catalog_mutex_;  // held while it is made
  bool is_catalog_made_ ABSL_GUARDED_BY(catalog_mutex_) = false;
};

// The network's side of one connection: start-up and framing.
class NetSession : public net::Session {
 public:
  NetSession(ServerImpl& server, std::shared_ptr<net::Connection> connection)
      : server_(server), connection_(std::move(connection)) {}

  void on_data(std::string_view bytes) override {
    if (is_over_) return;
    reader_.feed(bytes);
    while (!is_over_) {
      auto message = reader_.next();
      if (!message.ok()) return fail(message.status());
      if (!message->has_value()) return;
      if (client_ != nullptr) {
        client_->inbox.push(std::move(**message));
      } else if (Status status = start_up((*message)->body); !status.ok()) {
        return fail(status);
      }
    }
  }

  void on_close() override {
    is_over_ = true;
    if (client_ != nullptr) client_->disconnect(OkStatus());
  }

 private:
  // A stream without meaning: what was understood before is still answered.
  void fail(const Status& status) {
    is_over_ = true;
    if (client_ == nullptr) return refuse(*connection_, status);
    client_->inbox.end(status, /*is_urgent=*/false);
  }

  Status start_up(std::string_view body) {
    ASSIGN_OR_RETURN(Startup startup, parse_startup(body));
    if (auto* message = std::get_if<StartupMessage>(&startup)) {
      ASSIGN_OR_RETURN(client_, server_.admit(connection_, std::move(*message)));
      reader_.leave_startup();
      return OkStatus();
    }
    if (auto* request = std::get_if<CancelRequest>(&startup)) {
      is_over_ = true;
      server_.cancel(*request);
      connection_->close();
      return OkStatus();
    }
    // No encryption: the client goes on in plain, or leaves.
    if (++encryption_requests_ > 2) return protocol_violation("too many encryption requests");
    connection_->send("N");
    return OkStatus();
  }

  ServerImpl& server_;
  const std::shared_ptr<net::Connection> connection_;
  MessageReader reader_;
  std::shared_ptr<Client> client_;
  int encryption_requests_ = 0;
  bool is_over_ = false;
};

std::unique_ptr<net::Session> ServerImpl::accept(std::shared_ptr<net::Connection> connection) {
  return std::make_unique<NetSession>(*this, std::move(connection));
}

size_t ServerImpl::client_count() const {
  absl::MutexLock lock(&mutex_);
  size_t count = 0;
  for (const Seat& seat : seats_) count += seat.is_done ? 0 : 1;
  return count;
}

StatusOr<std::shared_ptr<Client>> ServerImpl::admit(std::shared_ptr<net::Connection> connection,
                                                    StartupMessage startup) {
  absl::MutexLock lock(&mutex_);
  if (is_stopped_) return wire_error("57P03", "the server is shutting down");
  reap();
  if (seats_.size() >= options_.clients_max) {
    return wire_error("53300", "too many clients already: limit={}", options_.clients_max);
  }
  Seat& seat = seats_.emplace_back();
  seat.client = std::make_shared<Client>(
      ++last_process_id_, static_cast<int32_t>(env_.random_u64()), std::move(connection));
  auto thread =
      env_.start_thread("sql-session", env::ThreadPriority::kNormal,
                        [this, &seat, startup = std::move(startup)] { converse(seat, startup); });
  if (!thread.ok()) {
    seats_.pop_back();
    return wire_error("53000", "no thread for the session: {}", message_of(thread.status()));
  }
  seat.thread = std::move(*thread);
  return seat.client;
}

void ServerImpl::converse(Seat& seat, StartupMessage startup) {
  std::shared_ptr<Client> client;
  {
    absl::MutexLock lock(&mutex_);
    client = seat.client;
  }
  run_conversation(*client, engine_, options_, startup, [this] { return prepare_catalog(); });
  client->connection->close();
  absl::MutexLock lock(&mutex_);
  seat.is_done = true;
}

Status ServerImpl::prepare_catalog() {
  absl::MutexLock lock(&catalog_mutex_);
  if (is_catalog_made_ || !options_.make_catalog) return OkStatus();
  RETURN_IF_ERROR(options_.make_catalog());
  is_catalog_made_ = true;
  return OkStatus();
}

void ServerImpl::reap() {
  for (auto seat = seats_.begin(); seat != seats_.end();) {
    seat = seat->is_done ? seats_.erase(seat) : std::next(seat);
  }
}

void ServerImpl::cancel(const CancelRequest& request) {
  std::shared_ptr<Client> client;
  {
    absl::MutexLock lock(&mutex_);
    for (const Seat& seat : seats_) {
      if (seat.client->process_id == request.process_id) client = seat.client;
    }
  }
  if (client != nullptr && client->secret == request.secret) client->cancel();
}

void ServerImpl::stop() {
  std::list<Seat> seats;
  {
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
    for (const Seat& seat : seats_) {
      seat.client->disconnect(
          wire_error("57P01", "terminating connection because the server is stopping"));
    }
    seats.swap(seats_);
  }
  // The seats' threads are joined here, outside the lock that they take at their end.
}

}  // namespace

std::unique_ptr<Server> Server::create(env::Env& env, EngineFn engine, ServerOptions options) {
  return std::make_unique<ServerImpl>(env, std::move(engine), std::move(options));
}

}  // namespace kappa::serve::postgres
