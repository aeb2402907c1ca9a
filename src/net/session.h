#pragma once
// The seam between sockets and protocols. A protocol is a Session: bytes in, bytes out, no sockets;
// `net` (or a test) is the other side. So protocols run the same over TCP and in a simulation.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "env/file_range.h"

namespace kappa::net {

// What is sent: bytes, and parts of files that leave without coming into memory.
using Part = std::variant<std::string, env::FileRange>;
using Parts = std::vector<Part>;

inline size_t size_bytes(const Part& part) {
  const auto* range = std::get_if<env::FileRange>(&part);
  return range != nullptr ? range->size_bytes : std::get<std::string>(part).size();
}
// A range costs little, but not nothing.
inline size_t memory_bytes(const Part& part) {
  const auto* bytes = std::get_if<std::string>(&part);
  return bytes != nullptr ? bytes->size() : sizeof(Part);
}

// What a session may do to its connection. Thread-safe; every call returns at once. After the
// connection is gone the calls do nothing. Bytes leave in the order of the send() calls.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void send(std::string bytes) = 0;
  // The same for parts, one after the other. A file that turns out to be shorter than its range, or
  // cannot be read, closes the connection: what has left stays a beginning of what was to be sent.
  // Where there are no sockets (tests, simulation) the files are read.
  virtual void send_parts(Parts parts);
  // Closes once everything sent before has left.
  virtual void close() = 0;
  // Stops and restarts delivery of on_data(): how a session bounds what it holds in memory.
  virtual void pause_reading() = 0;
  virtual void resume_reading() = 0;
  // Bytes handed to send() and not yet taken by the kernel.
  virtual size_t unsent_bytes() const = 0;
  // How much memory they take.
  virtual size_t unsent_memory_bytes() const { return unsent_bytes(); }
  // "127.0.0.1:53214"; for messages.
  virtual std::string peer() const = 0;
  // The address the client dialled, "127.0.0.1" and 9092: what a broker advertises by default.
  virtual std::string local_host() const = 0;
  virtual int local_port() const = 0;
};

// One client's conversation. on_data() and on_close() come from one thread at a time.
// Life: made at accept, destroyed after on_close(). Other threads that answer later hold the
// shared_ptr<Connection>, never the session.
class Session {
 public:
  virtual ~Session() = default;
  // Bytes as they arrived, any cut. The view is valid during the call only.
  virtual void on_data(std::string_view bytes) = 0;
  virtual void on_close() = 0;
  // Some of what was sent has been taken by the kernel: a session that held back may go on.
  virtual void on_sent() {}
};

using SessionFactory =
    std::function<std::unique_ptr<Session>(std::shared_ptr<Connection> connection)>;

}  // namespace kappa::net
