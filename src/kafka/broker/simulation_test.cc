// The whole workload of Kafka's clients in one thread under a seed, with faulty files: see
// kafka/testing/simulation/simulation.h, and docs/testing.md for more seeds than these.

#include "kafka/testing/simulation/simulation.h"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace kappa::kafka::simulation {
namespace {

struct Seeds {
  uint64_t first = 1;
  uint64_t last = 100;
};

// KAPPA_SEEDS=17 or KAPPA_SEEDS=1-1000.
Seeds wanted_seeds() {
  const char* text = std::getenv("KAPPA_SEEDS");
  if (text == nullptr) return {};
  char* rest = nullptr;
  const uint64_t first = std::strtoull(text, &rest, 10);
  const uint64_t last = *rest == '-' ? std::strtoull(rest + 1, nullptr, 10) : first;
  return {first, std::max(first, last)};
}

bool is_verbose() { return std::getenv("KAPPA_SIMULATION_VERBOSE") != nullptr; }

class SimulationTest : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override {
    spdlog::set_level(is_verbose() ? spdlog::level::info : spdlog::level::off);
  }
  void TearDown() override { spdlog::set_level(spdlog::level::info); }

  static std::string how_to_repeat(uint64_t seed) {
    return fmt::format(
        "KAPPA_SIMULATION_VERBOSE=1 KAPPA_SEEDS={} build/release/src/kafka/kafka_test "
        "--gtest_filter='Seeds/SimulationTest.*'",
        seed);
  }
};

TEST_P(SimulationTest, NothingAcknowledgedIsLostAndNothingIsTwiceOrTorn) {
  Simulation simulation(GetParam(), is_verbose());
  for (const std::string& finding : simulation.run()) ADD_FAILURE() << finding;
  if (HasFailure())
    fmt::print("seed {}, to be repeated by\n  {}\n", GetParam(), how_to_repeat(GetParam()));
  const SimulationCounts counts = simulation.counts();
  if (is_verbose()) {
    fmt::print("acknowledged={} committed={} aborted={} copied={} stops={} faults={} trace={:x}\n",
               counts.acknowledged, counts.committed, counts.aborted, counts.copied, counts.stops,
               counts.faults, simulation.trace_hash());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTest,
                         testing::Range<uint64_t>(wanted_seeds().first, wanted_seeds().last + 1));

class SimulationTraceTest : public SimulationTest {};

TEST_P(SimulationTraceTest, ASeedGivesTheSameRunEachTime) {
  Simulation first(GetParam(), false), second(GetParam(), false);
  first.run();
  second.run();
  EXPECT_EQ(first.trace_hash(), second.trace_hash());
}

INSTANTIATE_TEST_SUITE_P(Seeds, SimulationTraceTest, testing::Range<uint64_t>(1, 6));

}  // namespace
}  // namespace kappa::kafka::simulation
