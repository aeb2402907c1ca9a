#include "kafka/broker/broker.h"

#include "kafka/broker/session.h"

namespace kappa::kafka {

net::SessionFactory Broker::session_factory() {
  return [this](std::shared_ptr<net::Connection> connection) {
    return std::make_unique<KafkaSession>(*this, std::move(connection));
  };
}

Address Broker::advertised(const net::Connection& connection) const {
  return {options_.advertised_host.empty() ? connection.local_host() : options_.advertised_host,
          options_.advertised_port == 0 ? connection.local_port() : options_.advertised_port};
}

}  // namespace kappa::kafka
