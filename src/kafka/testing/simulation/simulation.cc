#include "kafka/testing/simulation/simulation.h"

#include <algorithm>

#include "base/check.h"
#include "kafka/testing/simulation/laws.h"

namespace kappa::kafka::simulation {
namespace {

constexpr uint64_t kRounds = 5;
constexpr int64_t kRoundMs = 1'500;        // the longest
constexpr int64_t kCalmMs = 90'000;        // after which everybody must be done
constexpr int64_t kTimeoutsMs = 4'000;     // of transactions that nobody ends
constexpr uint64_t kFaultCalls = 400;      // how far away a fault may be
constexpr uint64_t kStartFaultCalls = 60;  // while the server starts
constexpr int kStartsMax = 4;
constexpr uint64_t kFarAway = uint64_t{1} << 40;

constexpr env::Failure kFailures[] = {env::Failure::kError, env::Failure::kPartial,
                                      env::Failure::kPowerOff, env::Failure::kNoSpace};

}  // namespace

Simulation::Simulation(uint64_t seed, bool is_verbose) : world_(seed) {
  world_.set_verbose(is_verbose);
}

std::vector<std::string> Simulation::run() {
  set_up();
  const uint64_t rounds = 1 + world_.below(kRounds);
  for (uint64_t i = 0; i < rounds && goes_on(); ++i) round();
  if (goes_on()) end();
  cast_.stop();
  server_.stop();
  return world_.findings();
}

void Simulation::set_up() {
  KAPPA_CHECK_OK(server_.start());
  for (const auto& topic : kTopics) {
    auto made = server_.log().create_topic(topic.name, topic.partitions, settings_of(topic));
    KAPPA_CHECK_OK(made.status());
    site_.topic_ids[std::string(topic.name)] = made->id;
  }
  cast_.start();
}

void Simulation::round() {
  if (!world_.one_in(4)) arm_fault(kFaultCalls);
  const int64_t until_ms = world_.now_ms() + 100 + static_cast<int64_t>(world_.below(kRoundMs));
  while (world_.now_ms() < until_ms && !world_.env().is_off() && goes_on()) {
    run_for(std::min<int64_t>(20 + static_cast<int64_t>(world_.below(100)),
                              until_ms - world_.now_ms()));
    disturb();
  }
  if (!goes_on()) return;
  const bool is_off = world_.env().is_off();
  stop_server(is_off ? Stop::kPowerLoss : static_cast<Stop>(world_.below(3)));
  start_server();
}

void Simulation::end() {
  site_.is_ending = true;
  for (int64_t ms = 0; ms < kCalmMs && goes_on() && !cast_.is_done_writing(); ms += 500) {
    run_for(500);
  }
  if (!goes_on()) return;
  if (!cast_.is_done_writing()) return world_.find("a writer does not come forward");
  run_for(kTimeoutsMs);
  for (int64_t ms = 0; ms < kCalmMs && goes_on() && !is_caught_up(site_, cast_.groups());
       ms += 500) {
    run_for(500);
  }
  if (!goes_on()) return;
  if (!is_caught_up(site_, cast_.groups())) return world_.find("a group does not come forward");
  cast_.stop();
  run_for(kTimeoutsMs);
  check_laws(site_);
  check_rest(site_);
  stop_server(Stop::kPowerLoss);
  disarm();
  if (try_to_start(false)) check_rest(site_);
}

// --- faults

void Simulation::arm_fault(uint64_t calls) {
  const env::Failure failure = kFailures[world_.below(std::size(kFailures))];
  const uint64_t away = 1 + world_.below(calls);
  armed_call_ = world_.env().call_count() + away;
  world_.env().fail_call(away, failure);
  world_.tell("call {} will fail: {}", armed_call_, static_cast<int>(failure));
}

void Simulation::disarm() {
  if (armed_call_ > 0 && world_.env().call_count() >= armed_call_) ++counts_.faults;
  armed_call_ = 0;
  world_.env().fail_call(kFarAway, env::Failure::kError);
  world_.env().free_space();
}

void Simulation::disturb() {
  switch (world_.below(12)) {
    case 0:
    case 1:
      return server_.drop_some_link();
    case 2:
      return cast_.replace_some();
    case 3:
      return cast_.double_some();
    case 4:
      return world_.env().free_space();
    default:
      return;
  }
}

void Simulation::lose_power() {
  world_.env().power_off();
  server_.stop();
  world_.env().restart(world_.one_in(2) ? env::Loss::kTorn : env::Loss::kUnsynced);
  ledger_.forgive_unsynced();
}

void Simulation::stop_server(Stop stop) {
  world_.tell("the server stops: {}", static_cast<int>(stop));
  ++counts_.stops;
  if (stop == Stop::kPowerLoss) return lose_power();
  if (stop == Stop::kClean && !server_.close().ok()) return lose_power();
  world_.env().power_off();
  server_.stop();
  // After a clean stop everything is on the disk.
  const bool loses_power = stop == Stop::kClean && world_.one_in(2);
  world_.env().restart(loses_power ? env::Loss::kUnsynced : env::Loss::kNothing);
}

void Simulation::start_server() {
  disarm();
  for (int i = 0; i < kStartsMax && goes_on(); ++i) {
    const bool may_fail = i + 1 < kStartsMax && world_.one_in(3);
    if (may_fail) arm_fault(kStartFaultCalls);
    if (try_to_start(may_fail)) return;
  }
}

bool Simulation::try_to_start(bool may_fail) {
  const Status started = server_.start();
  if (started.ok()) world_.env().run_workers();
  const bool has_failed = may_fail && world_.env().call_count() >= armed_call_;
  world_.tell("the server starts: {}", started.ok() ? "OK" : message_of(started));
  const bool is_off = world_.env().is_off();
  disarm();
  if (started.ok() && !is_off) {
    // What failed on the way may have left a transaction undecided.
    if (!has_failed) check_laws(site_);
    return true;
  }
  if (!has_failed) world_.find("the server does not start: {}", message_of(started));
  world_.env().power_off();
  server_.stop();
  if (world_.one_in(2)) {
    lose_power();
  } else {
    world_.env().restart(env::Loss::kNothing);
  }
  return false;
}

// --- time

void Simulation::run_for(int64_t ms) {
  const int64_t end_ms = world_.now_ms() + ms;
  while (world_.now_ms() < end_ms && !world_.env().is_off() && goes_on()) step(end_ms);
}

void Simulation::step(int64_t end_ms) {
  constexpr int64_t kLateMs = 5;  // no worker is left waiting for longer
  if (world_.one_in(2) && world_.env().run_some_worker()) return;
  const int64_t next_ms = std::min({world_.timers().next_ms(), server_.timers().next_ms(), end_ms});
  const int64_t wait_ms = std::max<int64_t>(next_ms - world_.now_ms(), 0);
  if (wait_ms > kLateMs && world_.env().run_some_worker()) return;
  if (wait_ms > kLateMs) {
    world_.env().run_workers_for(wait_ms);
  } else {
    world_.env().advance_ms(wait_ms);
  }
  run_what_is_due();
}

void Simulation::run_what_is_due() {
  const bool is_client_due = world_.timers().next_ms() <= world_.now_ms();
  const bool is_server_due = server_.timers().next_ms() <= world_.now_ms();
  if (is_client_due && (!is_server_due || world_.one_in(2))) {
    world_.timers().run_next();
  } else if (is_server_due) {
    server_.timers().run_next();
  }
}

SimulationCounts Simulation::counts() const {
  SimulationCounts counts = counts_;
  for (const auto& record : ledger_.records) {
    counts.acknowledged += record.is_acknowledged;
    counts.copied += record.source && record.is_acknowledged;
  }
  for (const auto& transaction : ledger_.transactions) {
    counts.committed += transaction.fate == Fate::kCommitted;
    counts.aborted += transaction.fate == Fate::kAborted;
  }
  return counts;
}

}  // namespace kappa::kafka::simulation
