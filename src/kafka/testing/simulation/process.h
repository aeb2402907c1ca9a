#pragma once
// A client program of the simulation: one connection and one coroutine that does everything. Dies
// when it is destroyed, wherever it is; its connection is hung up.

#include <map>
#include <string>

#include "kafka/testing/simulation/client.h"
#include "kafka/testing/simulation/ledger.h"

namespace kappa::kafka::simulation {

// What all processes share.
struct Site {
  World& world;
  SimulatedServer& server;
  Ledger& ledger;
  std::map<std::string, TopicId, std::less<>> topic_ids;
  bool is_ending = false;  // finish what you have begun, begin nothing new
};

class Process {
 public:
  Process(Site& site, std::string name)
      : site_(site),
        world_(site.world),
        ledger_(site.ledger),
        client_(site.world, site.server, std::move(name)) {}
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::string& name() const { return client_.name(); }
  // Once, when it is whole.
  void start() {
    main_ = run();
    main_.start();
  }
  // Has nothing to do any more.
  bool is_over() const { return main_.is_done(); }

 protected:
  virtual Task<> run() = 0;

  Site& site_;
  World& world_;
  Ledger& ledger_;
  Client client_;

 private:
  Task<> main_;  // destroyed first, as it uses the others
};

}  // namespace kappa::kafka::simulation
