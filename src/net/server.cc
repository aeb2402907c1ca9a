#include "net/server.h"

#include <absl/container/flat_hash_set.h>

#include <signal.h>

#include <boost/asio.hpp>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "net/asio_timers.h"
#include "net/tcp_connection.h"

namespace kappa::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr int kBacklog = 1024;

// One listening socket and the connections that came through it.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(std::shared_ptr<asio::io_context> io, Timers& timers, SessionFactory factory,
           ListenOptions options)
      : io_(std::move(io)),
        timers_(timers),
        factory_(std::move(factory)),
        options_(options),
        acceptor_(asio::make_strand(*io_)) {}

  StatusOr<int> open(const tcp::endpoint& endpoint) {
    ErrorCode error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(kBacklog, error);
    if (error) {
      return unavailable("cannot listen: host={} port={} error={}", endpoint.address().to_string(),
                         endpoint.port(), error.message());
    }
    int port = acceptor_.local_endpoint().port();
    accept_next();
    if (options_.idle_max.count() > 0) sweep_later();
    return port;
  }

  void stop() {
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      ErrorCode ignored;
      self->acceptor_.close(ignored);
    });
    absl::MutexLock lock(&mutex_);
    is_stopped_ = true;
    for (const auto& connection : connections_) connection->abort();
  }

  size_t connection_count() const {
    absl::MutexLock lock(&mutex_);
    return connections_.size();
  }

 private:
  void accept_next() {
    auto done = [self = shared_from_this()](const ErrorCode& error, tcp::socket socket) {
      self->accepted(error, std::move(socket));
    };
    asio::any_io_executor strand = asio::make_strand(*io_);
    acceptor_.async_accept(strand, done);
  }

  void accepted(const ErrorCode& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
    if (error) {  // out of descriptors, most likely: the waiting clients stay in the backlog
      LOG_WARN("accept failed: error={}", error.message());
      timers_.run_after(kAcceptRetry, [self = shared_from_this()] {
        asio::post(self->acceptor_.get_executor(), [self] {
          if (self->acceptor_.is_open()) self->accept_next();
        });
      });
      return;
    }
    auto strand = socket.get_executor();
    auto connection = std::make_shared<TcpConnection>(io_, std::move(socket), options_);
    if (admit(connection)) {
      asio::post(strand, [self = shared_from_this(), connection] {
        connection->start(self->factory_,
                          [self, connection = connection.get()] { self->forget(connection); });
      });
    }
    accept_next();
  }

  bool admit(const std::shared_ptr<TcpConnection>& connection) {
    absl::MutexLock lock(&mutex_);
    if (is_stopped_) return false;
    if (connections_.size() >= options_.connections_max) {
      LOG_WARN("connection refused: too many: peer={} limit={}", connection->peer(),
               options_.connections_max);
      return false;
    }
    connections_.insert(connection);
    return true;
  }

  void forget(TcpConnection* connection) {
    absl::MutexLock lock(&mutex_);
    connections_.erase(connection->shared_from_this());
  }

  void sweep_later() {
    timers_.run_after(options_.idle_max, [self = shared_from_this()] {
      {
        absl::MutexLock lock(&self->mutex_);
        for (const auto& connection : self->connections_) connection->close_if_idle();
      }
      self->sweep_later();
    });
  }

  const std::shared_ptr<asio::io_context> io_;
  Timers& timers_;
  const SessionFactory factory_;
  const ListenOptions options_;
  tcp::acceptor acceptor_;  // on its strand

  mutable absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<std::shared_ptr<TcpConnection>> connections_ ABSL_GUARDED_BY(mutex_);
};

// A peer that has left is the error of a call, for this thread.
void block_pipe_signal() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

class AsioServer : public Server {
 public:
  explicit AsioServer(int thread_count)
      : io_(std::make_shared<asio::io_context>(thread_count)), timers_(io_) {
    for (int i = 0; i < thread_count; ++i) threads_.emplace_back([this] { run(); });
  }
  ~AsioServer() override { stop(); }

  StatusOr<int> listen(const std::string& host, int port, SessionFactory factory,
                       ListenOptions options) override {
    if (port < 0 || port > 65535) return invalid_argument("bad port: port={}", port);
    ErrorCode error;
    tcp::resolver resolver(*io_);
    auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error || found.empty()) {
      return invalid_argument("cannot resolve: host={} error={}", host, error.message());
    }
    auto listener = std::make_shared<Listener>(io_, timers_, std::move(factory), options);
    ASSIGN_OR_RETURN(int bound, listener->open(found.begin()->endpoint()));
    absl::MutexLock lock(&mutex_);
    listeners_.push_back(std::move(listener));
    return bound;
  }

  Timers& timers() override { return timers_; }

  size_t connection_count() const override {
    absl::MutexLock lock(&mutex_);
    size_t count = 0;
    for (const auto& listener : listeners_) count += listener->connection_count();
    return count;
  }

  void stop() override {
    {
      absl::MutexLock lock(&mutex_);
      if (std::exchange(is_stopped_, true)) return;
      for (const auto& listener : listeners_) listener->stop();
    }
    timers_.stop();
    work_.reset();
    for (auto& thread : threads_) thread.join();
  }

 private:
  void run() {
    block_pipe_signal();
    io_->run();
  }

  const std::shared_ptr<asio::io_context> io_;
  AsioTimers timers_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_->get_executor()};
  std::vector<std::thread> threads_;

  mutable absl::Mutex mutex_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Listener>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Server> Server::start(int thread_count) {
  return std::make_unique<AsioServer>(thread_count);
}

}  // namespace kappa::net
