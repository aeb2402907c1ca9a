#include "flow/ops/exact_sum.h"

#include <cmath>
#include <duckdb/common/vector/flat_vector.hpp>
#include <limits>

#include "flow/ops/update_loop.h"

namespace kappa::flow {

namespace {

constexpr int kDigitBits = 32;
constexpr int kLowestExponent = -1074;  // of the smallest subnormal
constexpr uint32_t kDigitsMax = 80;     // 2,098 bits of doubles, 64 of weights, carries
constexpr uint32_t kAddsPerCarry = 1u << 29;
constexpr uint64_t kDigitMask = 0xffffffff;

}  // namespace

void ExactSum::add(double value, int64_t weight) {
  if (std::isnan(value)) {
    nan_count_ += weight;
  } else if (std::isinf(value)) {
    (value > 0 ? positive_infinities_ : negative_infinities_) += weight;
  } else if (value != 0) {
    add_finite(value, weight);
  }
}

void ExactSum::add_finite(double value, int64_t weight) {
  int exponent;
  double fraction = std::frexp(value, &exponent);
  // value = mantissa * 2^(exponent - 53), mantissa an integer of at most 53 bits.
  auto mantissa = static_cast<int64_t>(std::ldexp(fraction, 53));
  int shift = exponent - 53 - kLowestExponent;
  if (shift < 0) {  // subnormal: the low bits are zero
    mantissa /= int64_t{1} << -shift;
    shift = 0;
  }
  __int128 product = static_cast<__int128>(mantissa) * weight;
  bool is_negative = product < 0;
  auto magnitude = static_cast<unsigned __int128>(is_negative ? -product : product);
  auto digit = static_cast<uint32_t>(shift / kDigitBits);
  int offset = shift % kDigitBits;
  // At most 117 bits: digit by digit, the first one shifted into place.
  cover(digit, digit + 4);
  int64_t sign = is_negative ? -1 : 1;
  unsigned __int128 rest = magnitude >> (kDigitBits - offset);
  uint64_t first = static_cast<uint64_t>(magnitude << offset) & kDigitMask;
  digits_[digit - first_digit_] += sign * static_cast<int64_t>(first);
  for (uint32_t d = digit + 1; rest != 0; ++d, rest >>= kDigitBits) {
    digits_[d - first_digit_] +=
        sign * static_cast<int64_t>(static_cast<uint64_t>(rest) & kDigitMask);
  }
  if (++adds_since_carry_ == kAddsPerCarry) carry();
}

void ExactSum::add(const ExactSum& other) {
  nan_count_ += other.nan_count_;
  positive_infinities_ += other.positive_infinities_;
  negative_infinities_ += other.negative_infinities_;
  if (other.digits_.empty()) return;
  ExactSum addend = other;
  addend.carry();  // so that no digit overflows
  cover(addend.first_digit_, addend.first_digit_ + addend.digits_.size() - 1);
  for (size_t i = 0; i < addend.digits_.size(); ++i) {
    digits_[addend.first_digit_ - first_digit_ + i] += addend.digits_[i];
  }
  if (++adds_since_carry_ == kAddsPerCarry) carry();
}

void ExactSum::cover(size_t first, size_t last) {
  if (digits_.empty()) first_digit_ = static_cast<uint32_t>(first);
  if (first < first_digit_) {
    digits_.insert(digits_.begin(), first_digit_ - first, 0);
    first_digit_ = static_cast<uint32_t>(first);
  }
  if (last - first_digit_ >= digits_.size()) digits_.resize(last - first_digit_ + 1);
}

// Leaves every digit but the last in [0, 2^32); the last keeps the sign.
void ExactSum::carry() {
  adds_since_carry_ = 0;
  int64_t carried = 0;
  for (size_t i = 0; i < digits_.size(); ++i) {
    int64_t sum = digits_[i] + carried;
    carried = sum >> kDigitBits;
    digits_[i] = sum & static_cast<int64_t>(kDigitMask);
  }
  if (carried != 0) digits_.push_back(carried);
}

double ExactSum::value() const {
  bool has_both = positive_infinities_ > 0 && negative_infinities_ > 0;
  if (nan_count_ > 0 || has_both) return std::numeric_limits<double>::quiet_NaN();
  if (positive_infinities_ > 0) return std::numeric_limits<double>::infinity();
  if (negative_infinities_ > 0) return -std::numeric_limits<double>::infinity();

  ExactSum sum = *this;
  sum.carry();
  bool is_negative = !sum.digits_.empty() && sum.digits_.back() < 0;
  if (is_negative) {
    for (int64_t& digit : sum.digits_) digit = -digit;
    sum.carry();
  }
  while (!sum.digits_.empty() && sum.digits_.back() == 0) sum.digits_.pop_back();
  if (sum.digits_.empty()) return 0;

  // The highest three digits hold at least 65 bits; what lies below only breaks ties.
  unsigned __int128 top = 0;
  size_t taken = 0;
  for (; taken < 3 && taken < sum.digits_.size(); ++taken) {
    top = (top << kDigitBits) | static_cast<uint64_t>(sum.digits_[sum.digits_.size() - 1 - taken]);
  }
  size_t lowest = sum.digits_.size() - taken;
  bool has_rest = false;
  for (size_t i = 0; i < lowest; ++i) has_rest = has_rest || sum.digits_[i] != 0;

  int exponent = kLowestExponent + kDigitBits * static_cast<int>(sum.first_digit_ + lowest);
  auto high = static_cast<uint64_t>(top >> 64);
  int bits =
      high != 0 ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll(static_cast<uint64_t>(top));
  // Round to 53 bits, or fewer where the result is subnormal.
  int drop = std::max(bits - 53, kLowestExponent - exponent);
  if (drop > 0) {
    unsigned __int128 dropped = top & ((static_cast<unsigned __int128>(1) << drop) - 1);
    unsigned __int128 half = static_cast<unsigned __int128>(1) << (drop - 1);
    top >>= drop;
    exponent += drop;
    bool is_up = dropped > half || (dropped == half && (has_rest || (top & 1) != 0));
    if (is_up) ++top;
  }
  double result = std::ldexp(static_cast<double>(static_cast<uint64_t>(top)), exponent);
  return is_negative ? -result : result;
}

void ExactSum::save(std::string& out) const {
  Writer writer(out);
  writer.i64(nan_count_);
  writer.i64(positive_infinities_);
  writer.i64(negative_infinities_);
  ExactSum sum = *this;
  sum.carry();
  writer.u32(sum.first_digit_);
  writer.u32(static_cast<uint32_t>(sum.digits_.size()));
  for (int64_t digit : sum.digits_) writer.i64(digit);
}

Status ExactSum::load(Reader& reader) {
  nan_count_ = reader.i64();
  positive_infinities_ = reader.i64();
  negative_infinities_ = reader.i64();
  first_digit_ = reader.u32();
  uint32_t count = reader.u32();
  if (!reader.ok() || first_digit_ > kDigitsMax || count > kDigitsMax) {
    return data_loss("exact sum: bad digits");
  }
  for (uint32_t i = 0; i < count; ++i) digits_.push_back(reader.i64());
  return reader.ok() ? OkStatus() : data_loss("exact sum is cut short");
}

namespace {

class DoubleSum : public AggregateState {
 public:
  DoubleSum(size_t column, bool is_average) : column_(column), is_average_(is_average) {}

  size_t state_size() const override { return sizeof(State); }
  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState& other, const char* from) override {
    const State& addend = state_of<State>(from);
    if (addend.handle == 0) return;
    State& state = state_of<State>(slot);
    sum_of(state).add(*static_cast<const DoubleSum&>(other).sums_[addend.handle - 1]);
    state.count += addend.count;
  }

  void update(const UpdateBatch& batch) override {
    for_each_value<double>(batch, column_, [&](size_t row, double value) {
      State& state = state_of<State>(batch.slots[row]);
      int64_t weight = batch.weight(row);
      sum_of(state).add(value, weight);
      state.count += weight;
    });
  }

  // The sum itself is not in the slot, its result is: so a slot put aside stays as it was.
  Status settle(GroupTable& table) override {
    for (char* slot : table.touched()) {
      State& state = state_of<State>(slot);
      if (state.handle != 0) state.result = sums_[state.handle - 1]->value();
    }
    return OkStatus();
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>&) override {
    auto* results = duckdb::FlatVector::GetDataMutable<double>(out);
    for (size_t i = 0; i < count; ++i) {
      const State& state = state_of<State>(slots[i]);
      if (state.count == 0) duckdb::FlatVector::SetNull(out, i, true);
      results[i] = is_average_ ? state.result / static_cast<double>(state.count) : state.result;
    }
  }

  void release(char* slot) override {
    State& state = state_of<State>(slot);
    if (state.handle == 0) return;
    sums_[state.handle - 1].reset();
    free_.push_back(state.handle);
  }

  OperatorState own_state() const override {
    int64_t bytes = 0;
    for (const auto& sum : sums_)
      bytes += sum == nullptr ? 8 : static_cast<int64_t>(sum->size_bytes());
    return {bytes, 0};
  }

  void save_group(const char* slot, std::string& out) const override {
    const State& state = state_of<State>(slot);
    Writer(out).i64(state.count);
    (state.handle == 0 ? ExactSum() : *sums_[state.handle - 1]).save(out);
  }

  Status load_group(Reader& reader, char* slot) override {
    State& state = state_of<State>(slot);
    state.count = reader.i64();
    ExactSum& sum = sum_of(state);
    RETURN_IF_ERROR(sum.load(reader));
    state.result = sum.value();
    return OkStatus();
  }

 private:
  struct State {
    int64_t count;
    double result;    // as of the last settle()
    uint64_t handle;  // position in sums_ + 1; 0: none yet
  };

  ExactSum& sum_of(State& state) {
    if (state.handle == 0) {
      if (free_.empty()) {
        sums_.emplace_back();
        state.handle = sums_.size();
      } else {
        state.handle = free_.back();
        free_.pop_back();
      }
      sums_[state.handle - 1] = std::make_unique<ExactSum>();
    }
    return *sums_[state.handle - 1];
  }

  const size_t column_;
  const bool is_average_;
  std::vector<std::unique_ptr<ExactSum>> sums_;
  std::vector<uint64_t> free_;
};

}  // namespace

AggregateStatePtr make_double_sum(size_t column, bool is_average) {
  return std::make_unique<DoubleSum>(column, is_average);
}

}  // namespace kappa::flow
