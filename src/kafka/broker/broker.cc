#include "kafka/broker/broker.h"

#include <algorithm>

#include "kafka/broker/fetch_sessions.h"
#include "kafka/broker/session.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {

Broker::Broker(env::Env& env, log::Log& log, net::Timers& timers, BrokerOptions options)
    : env_(env),
      log_(log),
      timers_(timers),
      options_(std::move(options)),
      fetch_sessions_(std::make_unique<FetchSessions>(
          env, FetchSessionLimits{.sessions_max = options_.fetch_sessions_max})) {}

Broker::~Broker() = default;

StatusOr<std::unique_ptr<Broker>> Broker::open(env::Env& env, log::Log& log, net::Timers& timers,
                                               BrokerOptions options) {
  std::unique_ptr<Broker> broker(new Broker(env, log, timers, std::move(options)));
  ASSIGN_OR_RETURN(broker->groups_,
                   GroupCoordinator::open(env, log, timers, broker->options_.groups));
  ASSIGN_OR_RETURN(broker->transactions_,
                   TransactionCoordinator::open(env, log, timers, *broker->groups_,
                                                broker->options_.transactions));
  return broker;
}

net::SessionFactory Broker::session_factory() {
  return [this](std::shared_ptr<net::Connection> connection) {
    return std::make_unique<KafkaSession>(*this, std::move(connection));
  };
}

size_t Broker::fetch_bytes_max() const {
  constexpr size_t kLeast = 64 << 10;
  constexpr size_t kShare = 8;  // of what is left, for one
  const auto held = static_cast<size_t>(std::max<int64_t>(held_answers_->load(), 0));
  const size_t left = options_.answers_bytes_max - std::min(held, options_.answers_bytes_max);
  return std::clamp(left / kShare, std::min(kLeast, options_.fetch_bytes_max),
                    options_.fetch_bytes_max);
}

Address Broker::advertised(const net::Connection& connection) const {
  return {options_.advertised_host.empty() ? connection.local_host() : options_.advertised_host,
          options_.advertised_port == 0 ? connection.local_port() : options_.advertised_port};
}

}  // namespace kappa::kafka
