#pragma once
// The server's settings as values, checked: what resolve_settings() gave as text.

#include <cstdint>
#include <string>

#include "app/settings.h"
#include "base/status.h"
#include "kafka/broker/broker.h"

namespace kappa::app {

struct Address {
  std::string host;
  int port = 0;
};

struct ServerOptions {
  std::string data_directory;
  Address kafka;
  Address sql;
  size_t worker_count = 1;
  int64_t memory_bytes = 0;
  std::string log_level;
  kafka::BrokerOptions broker;
};

// "127.0.0.1:9092", "localhost:0", "[::1]:9092". Errors: kInvalidArgument.
StatusOr<Address> parse_address(const std::string& text);
std::string to_string(const Address& address);

// 1073741824, 512MiB, 8GiB, 2GB. Errors: kInvalidArgument.
StatusOr<int64_t> parse_size(const std::string& text);

// Errors: kInvalidArgument names the setting; kPermissionDenied for an address that other machines
// could reach: there is no authentication yet.
StatusOr<ServerOptions> parse_server_options(const SettingValues& values);

}  // namespace kappa::app
