#pragma once
// The TCP side of the program: acceptors, connections and timers on a few threads of its own.
// Protocols are Sessions (session.h) and never see a socket; Asio stays in the .cc files.
//
// Each connection runs on one thread at a time. Its memory is bounded: it reads at most
// kReadBytes at once and stops reading while more than unsent_bytes_max wait for the kernel. A peer
// that has vanished is found by TCP keep-alive, or after idle_max without a byte either way.

#include <chrono>
#include <memory>
#include <string>

#include "base/status.h"
#include "net/session.h"
#include "net/timers.h"

namespace kappa::net {

struct ListenOptions {
  size_t connections_max = 10'000;             // further ones are closed at accept
  size_t unsent_bytes_max = size_t{16} << 20;  // above it the connection is not read
  std::chrono::milliseconds idle_max{0};       // 0: idle connections stay
};

// Thread-safe. Sessions and timer functions run on its threads.
class Server {
 public:
  static std::unique_ptr<Server> start(int thread_count);
  virtual ~Server() = default;  // stops

  // Accepts connections on host:port (0 takes a free one) and makes a session for each; gives the
  // port. Errors: kInvalidArgument (host), kUnavailable (the address is in use or not ours).
  virtual StatusOr<int> listen(const std::string& host, int port, SessionFactory factory,
                               ListenOptions options = {}) = 0;
  virtual Timers& timers() = 0;
  virtual size_t connection_count() const = 0;

  // Closes acceptors and connections (each session gets its on_close()), drops the timers and
  // joins the threads. Not from one of its own threads. A second call does nothing.
  virtual void stop() = 0;
};

}  // namespace kappa::net
