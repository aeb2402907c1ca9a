#include "kafka/testing/simulation/world.h"

#include <cstdio>

namespace kappa::kafka::simulation {

// FNV-1a, of the bytes with the moment and the machine's calls so far.
void World::trace(std::string_view bytes) {
  const auto add = [this](uint64_t value) { trace_hash_ = (trace_hash_ ^ value) * 1099511628211u; };
  add(static_cast<uint64_t>(now_ms()));
  add(env_.call_count());
  for (char c : bytes) add(static_cast<uint8_t>(c));
}

void World::add_finding(std::string text) {
  constexpr size_t kFindingsMax = 20;
  tell("FOUND {}", text);
  if (findings_.size() < kFindingsMax) findings_.push_back(std::move(text));
}

void World::add_line(const std::string& text) {
  fmt::print(stderr, "{:>7} {}\n", now_ms() - 1'700'000'000'000, text);
}

}  // namespace kappa::kafka::simulation
