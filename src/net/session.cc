#include "net/session.h"

#include "base/logging.h"

namespace kappa::net {

void Connection::send_parts(Parts parts) {
  std::string all;
  for (Part& part : parts) {
    if (const auto* bytes = std::get_if<std::string>(&part)) {
      all += *bytes;
      continue;
    }
    auto bytes = env::read_range(std::get<env::FileRange>(part));
    if (!bytes.ok()) {
      LOG_ERROR("connection closed: reason={} peer={}", message_of(bytes.status()), peer());
      return close();
    }
    all += *bytes;
  }
  send(std::move(all));
}

}  // namespace kappa::net
