#include "kafka/testing/simulation/simulated_server.h"

namespace kappa::kafka::simulation {
namespace {

constexpr size_t kLinksMax = 64;  // then those that are over are forgotten

BrokerOptions options_of_simulation() {
  BrokerOptions options;
  options.log.directory = "data";
  options.groups.initial_rebalance_delay_ms = 0;
  options.groups.session_timeout_min_ms = 1'000;
  options.groups.consumer_session_timeout_ms = 3'000;
  options.groups.consumer_heartbeat_interval_ms = 500;
  return options;
}

}  // namespace

Status SimulatedServer::start() {
  const BrokerOptions options = options_of_simulation();
  ASSIGN_OR_RETURN(log_, log::Log::open(world_.env(), options.log));
  auto broker = Broker::open(world_.env(), *log_, timers_, options);
  if (!broker.ok()) {
    stop();
    return broker.status();
  }
  broker_ = *std::move(broker);
  return OkStatus();
}

void SimulatedServer::stop() {
  for (const auto& link : links_) link->cut();
  links_.clear();
  timers_.drop_all();
  broker_.reset();
  log_.reset();
}

Status SimulatedServer::close() {
  for (const auto& link : links_) link->cut();
  links_.clear();
  Status closed = log_->close();
  stop();
  return closed;
}

std::shared_ptr<Link> SimulatedServer::connect() {
  if (!is_up()) return nullptr;
  if (links_.size() >= kLinksMax) std::erase_if(links_, [](const auto& l) { return l->is_over(); });
  auto link = std::make_shared<Link>(world_);
  link->accept(broker_->session_factory()(link));
  links_.push_back(link);
  return link;
}

void SimulatedServer::drop_some_link() {
  if (links_.empty()) return;
  const size_t chosen = world_.below(links_.size());
  links_[chosen]->cut();
  links_.erase(links_.begin() + static_cast<ptrdiff_t>(chosen));
}

}  // namespace kappa::kafka::simulation
