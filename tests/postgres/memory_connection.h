#pragma once
// A net::Connection that keeps what a session sends, for tests without sockets.

#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>
#include <vector>

#include "net/session.h"
#include "serve/postgres/framing.h"

namespace kappa::testing {

class MemoryConnection : public net::Connection {
 public:
  void send(std::string bytes) override;
  void close() override;
  void pause_reading() override;
  void resume_reading() override;
  size_t unsent_bytes() const override;
  std::string peer() const override { return "memory"; }
  std::string local_host() const override { return "127.0.0.1"; }
  int local_port() const override { return 0; }

  // Bytes count as unsent from now on, until take() takes them.
  void stop_draining();
  // Waits until `types` messages of type `type` have come since the last call, or the connection is
  // closed; gives everything that came.
  std::string wait_for(char type, int count = 1);
  std::string wait_closed();
  bool is_paused() const;
  size_t received_bytes() const;

 private:
  mutable absl::Mutex mutex_;
  std::string bytes_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_stuck_ ABSL_GUARDED_BY(mutex_) = false;
};

// The messages in a server's bytes; anything behind the last whole one is a test failure.
std::vector<serve::postgres::Message> messages_in(std::string_view bytes);
// Their types, "TDDCZ".
std::string types_in(std::string_view bytes);

// Messages of a client.
std::string startup_message(int minor_version = 0, std::string_view extra = {});
std::string message(char type, std::string_view body);
std::string query_message(std::string_view sql);
std::string parse_message(std::string_view name, std::string_view sql,
                          const std::vector<uint32_t>& oids = {});
std::string bind_message(std::string_view portal, std::string_view statement,
                         const std::vector<std::string>& values = {},
                         const std::vector<int16_t>& result_formats = {});
std::string describe_message(char kind, std::string_view name);
std::string close_message(char kind, std::string_view name);
std::string execute_message(std::string_view portal, int32_t rows_max = 0);
std::string sync_message();

}  // namespace kappa::testing
