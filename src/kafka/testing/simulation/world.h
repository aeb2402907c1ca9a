#pragma once
// What everything in one run shares: the seed's dice, the machine, the clients' clock, what was
// found, and the trace, by which two runs of a seed are known to be the same. Confined to one
// thread.

#include <fmt/format.h>

#include <coroutine>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "env/simulated.h"
#include "kafka/testing/virtual_timers.h"

namespace kappa::kafka::simulation {

class World {
 public:
  explicit World(uint64_t seed) : env_(seed), timers_(env_), random_(seed) {}

  env::SimulatedEnv& env() { return env_; }
  VirtualTimers& timers() { return timers_; }  // of the clients and the network
  int64_t now_ms() { return env_.monotonic_us() / 1000; }

  uint64_t below(uint64_t limit) { return random_() % limit; }
  bool one_in(uint64_t n) { return below(n) == 0; }

  // What must not be.
  template <typename... Args>
  void find(fmt::format_string<Args...> format, Args&&... args) {
    add_finding(fmt::format(format, std::forward<Args>(args)...));
  }
  const std::vector<std::string>& findings() const { return findings_; }

  // What happened, for who reads a run. The bytes go into the trace only.
  template <typename... Args>
  void tell(fmt::format_string<Args...> format, Args&&... args) {
    if (is_verbose_) add_line(fmt::format(format, std::forward<Args>(args)...));
  }
  void trace(std::string_view bytes);
  uint64_t trace_hash() const { return trace_hash_; }
  void set_verbose(bool is_verbose) { is_verbose_ = is_verbose; }

  // co_await world.pause(ms): goes on after so much time.
  class Pause {
   public:
    Pause(World& world, int64_t ms) : world_(world), ms_(ms) {}
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() { world_.timers_.cancel(timer_); }
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) {
      timer_ =
          world_.timers_.run_after(std::chrono::milliseconds(ms_), [waiting] { waiting.resume(); });
    }
    void await_resume() {}

   private:
    World& world_;
    const int64_t ms_;
    net::Timers::TimerId timer_ = 0;
  };
  Pause pause(int64_t ms) { return Pause(*this, ms); }

 private:
  void add_finding(std::string text);
  void add_line(const std::string& text);

  env::SimulatedEnv env_;
  VirtualTimers timers_;
  std::mt19937_64 random_;
  std::vector<std::string> findings_;
  uint64_t trace_hash_ = 14695981039346656037u;
  bool is_verbose_ = false;
};

}  // namespace kappa::kafka::simulation
