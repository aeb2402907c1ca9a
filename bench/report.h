#pragma once
// One line of JSON per measurement: ours beside a reference that was measured in the same run.

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace kappa::bench {

struct Measurement {
  std::string name;
  std::string unit;
  double ours = 0;
  double reference = 0;      // 0: there is none
  std::string reference_of;  // what the reference is
  double goal = 0;           // of the ratio; 0: none
  bool smaller_is_better = false;
};

inline void report(const Measurement& m) {
  double ratio = m.reference == 0 ? 0 : m.ours / m.reference;
  bool is_met = m.goal == 0 || (m.smaller_is_better ? ratio <= m.goal : ratio >= m.goal);
  fmt::print(
      "{{\"name\": \"{}\", \"unit\": \"{}\", \"ours\": {:.4g}, \"reference\": {:.4g}, "
      "\"reference_of\": \"{}\", \"ratio\": {:.3f}, \"goal\": {}, \"met\": {}}}\n",
      m.name, m.unit, m.ours, m.reference, m.reference_of, ratio, m.goal, is_met);
  std::fflush(stdout);
}

}  // namespace kappa::bench
