#include "flow/ops/linear_aggregates.h"

#include <duckdb/common/types/decimal.hpp>
#include <duckdb/common/types/hugeint.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <optional>

#include "flow/ops/exact_sum.h"
#include "flow/ops/update_loop.h"

namespace kappa::flow {

namespace {

using duckdb::FlatVector;
using duckdb::hugeint_t;
using duckdb::LogicalTypeId;
using duckdb::PhysicalType;

class RowCount : public AggregateState {
 public:
  size_t state_size() const override { return 0; }
  bool can_combine() const override { return true; }
  void update(const UpdateBatch&) override {}
  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>&) override {
    auto* results = FlatVector::GetDataMutable<int64_t>(out);
    for (size_t i = 0; i < count; ++i) results[i] = GroupTable::header(slots[i]).row_count;
  }
};

// count(*) with a filter (no argument), count(x).
class Count : public AggregateState {
 public:
  explicit Count(std::optional<size_t> column) : column_(column) {}

  size_t state_size() const override { return sizeof(int64_t); }
  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState&, const char* from) override {
    state_of<int64_t>(slot) += state_of<int64_t>(from);
  }

  void update(const UpdateBatch& batch) override {
    if (!column_.has_value()) {
      for (size_t i = 0; i < batch.count(); ++i) add(batch, batch.row(i));
      return;
    }
    duckdb::UnifiedVectorFormat format;
    batch.values.data[*column_].ToUnifiedFormat(format);
    for (size_t i = 0; i < batch.count(); ++i) {
      uint32_t row = batch.row(i);
      if (format.validity.RowIsValid(format.sel->get_index(row))) add(batch, row);
    }
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>&) override {
    auto* results = FlatVector::GetDataMutable<int64_t>(out);
    for (size_t i = 0; i < count; ++i) results[i] = state_of<int64_t>(slots[i]);
  }

 private:
  void add(const UpdateBatch& batch, uint32_t row) {
    state_of<int64_t>(batch.slots[row]) += batch.weight(row);
  }

  const std::optional<size_t> column_;
};

class BoolAggregate : public AggregateState {
 public:
  BoolAggregate(size_t column, bool is_and) : column_(column), is_and_(is_and) {}

  size_t state_size() const override { return sizeof(State); }
  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState&, const char* from) override {
    state_of<State>(slot).true_count += state_of<State>(from).true_count;
    state_of<State>(slot).false_count += state_of<State>(from).false_count;
  }

  void update(const UpdateBatch& batch) override {
    for_each_value<bool>(batch, column_, [&](size_t row, bool value) {
      State& state = state_of<State>(batch.slots[row]);
      (value ? state.true_count : state.false_count) += batch.weight(row);
    });
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>&) override {
    auto* results = FlatVector::GetDataMutable<bool>(out);
    for (size_t i = 0; i < count; ++i) {
      const State& state = state_of<State>(slots[i]);
      if (state.true_count == 0 && state.false_count == 0) FlatVector::SetNull(out, i, true);
      results[i] = is_and_ ? state.false_count == 0 : state.true_count != 0;
    }
  }

 private:
  struct State {
    int64_t true_count;
    int64_t false_count;
  };
  const size_t column_;
  const bool is_and_;
};

// A 192-bit sum as two: of the low 64 bits (unsigned) and of what is above them (signed).
struct WideInteger {
  uint64_t low_low;
  uint64_t low_high;
  uint64_t high_low;
  int64_t high_high;

  static __int128 join(uint64_t low, int64_t high) {
    return static_cast<__int128>(
        (static_cast<unsigned __int128>(static_cast<uint64_t>(high)) << 64) | low);
  }
  void add(__int128 value, int64_t weight) {
    auto low = static_cast<__int128>(static_cast<uint64_t>(value)) * weight;
    __int128 low_sum = join(low_low, static_cast<int64_t>(low_high)) + low;
    low_low = static_cast<uint64_t>(low_sum);
    low_high = static_cast<uint64_t>(low_sum >> 64);
    __int128 high_sum = join(high_low, high_high) + (value >> 64) * weight;
    high_low = static_cast<uint64_t>(high_sum);
    high_high = static_cast<int64_t>(high_sum >> 64);
  }
  void add(const WideInteger& other) {
    __int128 low_sum = join(low_low, static_cast<int64_t>(low_high)) +
                       join(other.low_low, static_cast<int64_t>(other.low_high));
    low_low = static_cast<uint64_t>(low_sum);
    low_high = static_cast<uint64_t>(low_sum >> 64);
    __int128 high_sum = join(high_low, high_high) + join(other.high_low, other.high_high);
    high_low = static_cast<uint64_t>(high_sum);
    high_high = static_cast<int64_t>(high_sum >> 64);
  }
  // False: it does not fit 128 bits.
  bool to_int128(__int128& out) const {
    __int128 low = join(low_low, static_cast<int64_t>(low_high));
    __int128 high = join(high_low, high_high) + (low >> 64);
    if (high > INT64_MAX || high < INT64_MIN) return false;
    out = join(static_cast<uint64_t>(low), static_cast<int64_t>(high));
    return true;
  }
};

// The sum of integers of up to 64 bits.
struct NarrowInteger {
  uint64_t low;
  int64_t high;

  void add(__int128 value, int64_t weight) {
    __int128 sum = WideInteger::join(low, high) + value * weight;
    low = static_cast<uint64_t>(sum);
    high = static_cast<int64_t>(sum >> 64);
  }
  void add(const NarrowInteger& other) { add(WideInteger::join(other.low, other.high), 1); }
  bool to_int128(__int128& out) const {
    out = WideInteger::join(low, high);
    return true;
  }
};

hugeint_t to_hugeint(__int128 value) {
  return hugeint_t(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value));
}

__int128 to_int128(hugeint_t value) { return WideInteger::join(value.lower, value.upper); }
template <typename T>
__int128 to_int128(T value) {
  return value;
}

// What is made of sum and count; the arithmetic is DuckDB's for the argument's type.
enum class SumResult { kSum, kDecimalSum, kDoubleAverage, kLongDoubleAverage };

template <typename T, typename Integer>
class IntegerSum : public AggregateState {
 public:
  IntegerSum(size_t column, SumResult result, double scale)
      : column_(column), result_(result), scale_(scale) {}

  size_t state_size() const override { return sizeof(State); }
  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState&, const char* from) override {
    State& state = state_of<State>(slot);
    state.sum.add(state_of<State>(from).sum);
    state.count += state_of<State>(from).count;
  }

  void update(const UpdateBatch& batch) override {
    for_each_value<T>(batch, column_, [&](size_t row, const T& value) {
      State& state = state_of<State>(batch.slots[row]);
      int64_t weight = batch.weight(row);
      state.sum.add(to_int128(value), weight);
      state.count += weight;
    });
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>& failures) override {
    for (size_t i = 0; i < count; ++i) {
      const State& state = state_of<State>(slots[i]);
      __int128 sum = 0;
      if (state.count == 0) {
        FlatVector::SetNull(out, i, true);
      } else if (!state.sum.to_int128(sum)) {
        failures.push_back({i, "Overflow in HUGEINT addition"});
      } else {
        write(sum, state.count, out, i, failures);
      }
    }
  }

 private:
  struct State {
    Integer sum;
    int64_t count;
  };

  void write(__int128 sum, int64_t count, duckdb::Vector& out, size_t i,
             std::vector<OutputFailure>& failures) const {
    switch (result_) {
      case SumResult::kDecimalSum: {
        auto limit = duckdb::Hugeint::POWERS_OF_TEN[duckdb::Decimal::MAX_WIDTH_DECIMAL];
        if (to_hugeint(sum) >= limit || to_hugeint(sum) <= -limit) {
          failures.push_back({i, "Overflow in SUM of DECIMAL: the result does not fit"});
          return;
        }
        [[fallthrough]];
      }
      case SumResult::kSum:
        FlatVector::GetDataMutable<hugeint_t>(out)[i] = to_hugeint(sum);
        return;
      case SumResult::kDoubleAverage:
        FlatVector::GetDataMutable<double>(out)[i] =
            static_cast<double>(static_cast<int64_t>(sum)) / (static_cast<double>(count) * scale_);
        return;
      case SumResult::kLongDoubleAverage: {
        long double divisor = static_cast<long double>(count) * scale_;
        FlatVector::GetDataMutable<double>(out)[i] =
            static_cast<double>(duckdb::Hugeint::Cast<long double>(to_hugeint(sum)) / divisor);
        return;
      }
    }
  }

  const size_t column_;
  const SumResult result_;
  const double scale_;  // of the average of a DECIMAL: 10 to the power of its scale
};

template <typename T, typename Integer>
AggregateStatePtr make_sum(size_t column, SumResult result, double scale) {
  return std::make_unique<IntegerSum<T, Integer>>(column, result, scale);
}

AggregateStatePtr make_integer_sum(const duckdb::LogicalType& type, size_t column,
                                   bool is_average) {
  bool is_decimal = type.id() == LogicalTypeId::DECIMAL;
  double scale = 1;
  if (is_decimal) {
    scale = duckdb::Hugeint::Cast<double>(
        duckdb::Hugeint::POWERS_OF_TEN[duckdb::DecimalType::GetScale(type)]);
  }
  auto sum = is_decimal ? SumResult::kDecimalSum : SumResult::kSum;
  auto result = is_average ? SumResult::kLongDoubleAverage : sum;
  switch (type.InternalType()) {
    case PhysicalType::BOOL:
      return is_average ? nullptr : make_sum<bool, NarrowInteger>(column, result, scale);
    case PhysicalType::INT16:
      if (is_average) result = SumResult::kDoubleAverage;
      return make_sum<int16_t, NarrowInteger>(column, result, scale);
    case PhysicalType::INT32:
      return make_sum<int32_t, NarrowInteger>(column, result, scale);
    case PhysicalType::INT64:
      return make_sum<int64_t, NarrowInteger>(column, result, scale);
    case PhysicalType::INT128:
      return make_sum<hugeint_t, WideInteger>(column, result, scale);
    default:
      return nullptr;
  }
}

bool is_integer(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::DECIMAL:
      return true;
    default:
      return false;
  }
}

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

AggregateStatePtr make_row_count() { return std::make_unique<RowCount>(); }

AggregateStatePtr make_linear_aggregate(const duckdb::BoundAggregateExpression& aggregate,
                                        const AggregateArguments& arguments) {
  const std::string& name = aggregate.Function().GetName().GetIdentifierName();
  if (name == "count_star") return std::make_unique<Count>(std::nullopt);
  if (arguments.columns.size() != 1) return nullptr;
  size_t column = arguments.columns[0];
  const duckdb::LogicalType& type = arguments.types[0];
  if (name == "count") return std::make_unique<Count>(column);

  bool is_bool = type.id() == LogicalTypeId::BOOLEAN;
  if (is_bool && name == "bool_and") return std::make_unique<BoolAggregate>(column, true);
  if (is_bool && name == "bool_or") return std::make_unique<BoolAggregate>(column, false);

  bool is_sum = is_one_of(name, {"sum", "count_if", "countif"});
  bool is_average = is_one_of(name, {"avg", "mean"});
  if ((is_sum || is_average) && is_integer(type)) {
    bool is_exact_type =
        is_average || aggregate.GetReturnType().InternalType() == PhysicalType::INT128;
    return is_exact_type ? make_integer_sum(type, column, is_average) : nullptr;
  }
  is_sum = is_sum || is_one_of(name, {"fsum", "kahan_sum", "sumkahan"});
  is_average = is_average || name == "favg";
  if ((is_sum || is_average) && type.id() == LogicalTypeId::DOUBLE) {
    return make_double_sum(column, is_average);
  }
  return nullptr;
}

}  // namespace kappa::flow
