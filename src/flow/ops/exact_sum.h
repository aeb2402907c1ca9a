#pragma once
// The exact sum of doubles: a fixed-point number wide enough for every double, so that adding and
// retracting in any order gives the same, correctly rounded result. (Kulisch's long accumulator, in
// digits of 32 bits kept in 64 so that carries are rare; only the range of digits in use is kept.)

#include <cstdint>
#include <vector>

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

class ExactSum {
 public:
  // Adds value * weight. NaN and infinities are counted apart.
  void add(double value, int64_t weight);
  void add(const ExactSum& other);
  // The nearest double, ties to even; NaN and infinities as IEEE 754 sums give them.
  double value() const;

  size_t size_bytes() const { return sizeof *this + digits_.capacity() * sizeof(int64_t); }
  void save(std::string& out) const;
  Status load(Reader& reader);

 private:
  void add_finite(double value, int64_t weight);
  // Makes digits [first, last] exist.
  void cover(size_t first, size_t last);
  void carry();

  int64_t nan_count_ = 0;
  int64_t positive_infinities_ = 0;
  int64_t negative_infinities_ = 0;
  // Digit i has the value digits_[i] * 2^(32 * (first_digit_ + i) - 1074).
  uint32_t first_digit_ = 0;
  uint32_t adds_since_carry_ = 0;
  std::vector<int64_t> digits_;
};

// sum, avg (and their careful kin fsum, favg) over DOUBLE.
AggregateStatePtr make_double_sum(size_t column, bool is_average);

}  // namespace kappa::flow
