#pragma once
// Randomness of the tester: one seed makes one run, on every machine.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace kappa::random_sql {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  size_t below(size_t bound) { return engine_() % bound; }
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(static_cast<size_t>(high - low + 1)));
  }
  bool chance(size_t percent) { return below(100) < percent; }
  template <typename T>
  const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::mt19937_64 engine_;  // its sequence is the standard's
};

}  // namespace kappa::random_sql
