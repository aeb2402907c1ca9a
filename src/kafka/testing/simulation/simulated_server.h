#pragma once
// The server of a simulation: log and broker on the simulated machine, which is stopped in one of
// several ways and started again over what the disk holds. Confined to one thread.

#include <memory>
#include <vector>

#include "kafka/broker/broker.h"
#include "kafka/testing/simulation/link.h"

namespace kappa::kafka::simulation {

class SimulatedServer {
 public:
  explicit SimulatedServer(World& world) : world_(world), timers_(world.env()) {}
  ~SimulatedServer() { stop(); }

  // Errors: those of the machine, and whatever keeps log or broker from opening.
  Status start();
  // The process ends without a word. Files are as they are: see SimulatedEnv::restart().
  void stop();
  // As the program ends when asked to.
  Status close();

  bool is_up() const { return broker_ != nullptr; }
  // nullptr: nobody answers.
  std::shared_ptr<Link> connect();
  // Drops one of the connections.
  void drop_some_link();

  log::Log& log() { return *log_; }
  Broker& broker() { return *broker_; }
  VirtualTimers& timers() { return timers_; }

 private:
  World& world_;
  VirtualTimers timers_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Broker> broker_;
  std::vector<std::shared_ptr<Link>> links_;
};

}  // namespace kappa::kafka::simulation
