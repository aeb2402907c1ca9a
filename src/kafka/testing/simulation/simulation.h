#pragma once
// Producers, transactions and consumers against one server on a machine whose files fail, in one
// thread, under one seed: the workload of docs/testing.md's `fire`, where everything that happens
// can be had again.
//
//   set_up ─▶ round: clients work ─ a fault, a lost connection, a dead client ─▶ the server stops
//               ▲                                                                     │
//               └──── check_laws ◀──── starts, perhaps not the first time ◀───────────┘
//   … ─▶ end: no more faults; everything comes to its end ─▶ check_laws, check_rest
//
// The same seed gives the same run to the byte: trace_hash().

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/testing/simulation/cast.h"

namespace kappa::kafka::simulation {

// What a run was made of: a run in which nothing happens proves nothing.
struct SimulationCounts {
  int64_t acknowledged = 0;  // records
  int64_t committed = 0;     // transactions
  int64_t aborted = 0;
  int64_t copied = 0;  // records
  int64_t stops = 0;
  int64_t faults = 0;
};

class Simulation {
 public:
  Simulation(uint64_t seed, bool is_verbose);

  // Gives what was found; empty: every law held.
  std::vector<std::string> run();
  uint64_t trace_hash() const { return world_.trace_hash(); }
  SimulationCounts counts() const;

 private:
  // The server's last moment, and what the disk has then.
  enum class Stop { kKill, kPowerLoss, kClean };

  void set_up();
  void round();
  void end();
  void arm_fault(uint64_t calls);
  void disarm();
  void disturb();
  void stop_server(Stop stop);
  void lose_power();
  // Starts it, in spite of faults on the way.
  void start_server();
  bool try_to_start(bool may_fail);

  // Lets time pass, until something must be looked at.
  void run_for(int64_t ms);
  void step(int64_t end_ms);
  void run_what_is_due();
  bool goes_on() const { return world_.findings().empty(); }

  World world_;
  SimulatedServer server_{world_};
  Ledger ledger_;
  Site site_{world_, server_, ledger_, {}};
  Cast cast_{site_};
  uint64_t armed_call_ = 0;  // 0: no fault is armed
  SimulationCounts counts_;
};

}  // namespace kappa::kafka::simulation
