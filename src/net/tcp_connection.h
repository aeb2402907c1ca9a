#pragma once
// A connection over Asio: net's own, included by nothing outside this folder.
//
//   read loop:  wait for bytes -> read_some -> on_data -> (paused? wait for resume : read loop)
//   write loop: queue -> a turn of writes -> on_sent -> (all sent? stop : next turn, when the
//               socket takes more and the other connections had theirs)
//
// Everything that touches the socket or the session runs on the strand. The mutex guards the
// output queue and the flags that other threads set. Once closed_ is set nothing is posted any
// more, so a connection that outlives its server (a late answer holds it) is inert.
// Bytes are read into a buffer of the thread: a connection that rests has none.

#include <absl/synchronization/mutex.h>

#include <boost/asio.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "net/part_writer.h"
#include "net/server.h"
#include "net/session.h"

namespace kappa::net {

inline constexpr size_t kReadBytes = 64 << 10;

class TcpConnection : public Connection, public std::enable_shared_from_this<TcpConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // The socket's executor is a strand of `io`.
  TcpConnection(std::shared_ptr<boost::asio::io_context> io, Socket socket, ListenOptions options);

  // Makes the session and begins to read; `closed` is called once, last of all, on the strand.
  void start(const SessionFactory& factory, std::function<void()> closed);
  // Closes at once, without waiting for what is unsent. From any thread.
  void abort();
  // Closes if nothing has moved since the last call. From any thread.
  void close_if_idle();

  void send(std::string bytes) override;
  void send_parts(Parts parts) override;
  void close() override;
  void pause_reading() override;
  void resume_reading() override;
  size_t unsent_bytes() const override;
  size_t unsent_memory_bytes() const override;
  std::string peer() const override { return peer_; }
  std::string local_host() const override { return local_host_; }
  int local_port() const override { return local_port_; }

 private:
  void read_next();
  void read_ready(const boost::system::error_code& error);
  // Reads once. True when there may be more to read now.
  bool read_some();
  void add(Part part) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void begin_to_write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void write_turn();
  void wait_for_room();
  void fail_to_write(const Status& why);
  void shut();

  bool may_read() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !paused_ && !closing_ && unsent_bytes_ <= options_.unsent_bytes_max;
  }
  template <typename Function>
  void post(Function function) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    boost::asio::post(strand_, [self = shared_from_this(), function] { function(*self); });
  }

  const std::shared_ptr<boost::asio::io_context> io_;  // before the socket: outlives it
  const ListenOptions options_;

  // On the strand only.
  Socket socket_;
  boost::asio::any_io_executor strand_;
  std::unique_ptr<Session> session_;
  std::function<void()> closed_callback_;
  PartWriter writer_;
  bool reading_ = false;

  std::string peer_;
  std::string local_host_;
  int local_port_ = 0;

  mutable absl::Mutex mutex_;
  Parts queue_ ABSL_GUARDED_BY(mutex_);
  size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t unsent_memory_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool write_active_ ABSL_GUARDED_BY(mutex_) = false;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;  // close() was called; the queue still leaves
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool moved_ ABSL_GUARDED_BY(mutex_) = true;  // bytes moved since close_if_idle()
};

}  // namespace kappa::net
