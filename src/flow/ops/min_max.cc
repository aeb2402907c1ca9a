#include "flow/ops/min_max.h"

#include <duckdb/common/operator/comparison_operators.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "flow/ops/pooled_aggregate.h"
#include "flow/ops/update_loop.h"

namespace kappa::flow {

namespace {

using duckdb::LogicalTypeId;
using duckdb::PhysicalType;

template <typename T>
class FixedExtreme : public AggregateState {
 public:
  FixedExtreme(size_t column, bool is_max) : column_(column), is_max_(is_max) {}

  size_t state_size() const override { return sizeof(State); }
  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState&, const char* from) override {
    const State& other = state_of<State>(from);
    if (other.is_set) take(state_of<State>(slot), other.value);
  }

  void update(const UpdateBatch& batch) override {
    for_each_value<T>(batch, column_, [&](size_t row, const T& value) {
      take(state_of<State>(batch.slots[row]), value);
    });
  }

  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>&) override {
    auto* results = duckdb::FlatVector::GetDataMutable<T>(out);
    for (size_t i = 0; i < count; ++i) {
      const State& state = state_of<State>(slots[i]);
      if (!state.is_set) duckdb::FlatVector::SetNull(out, i, true);
      results[i] = state.value;
    }
  }

 private:
  struct State {
    T value;
    int64_t is_set;
  };

  void take(State& state, const T& value) const {
    bool is_better = !state.is_set ||
                     (is_max_ ? is_greater(value, state.value) : is_greater(state.value, value));
    if (is_better) state = {value, 1};
  }

  static bool is_greater(const T& a, const T& b) {
    return duckdb::GreaterThan::Operation<T>(a, b);  // NaN is the greatest
  }

  const size_t column_;
  const bool is_max_;
};

// A column's values as sort keys.
class EncodedArgument {
 public:
  EncodedArgument(size_t column, const duckdb::LogicalType& type) : column_(column) {
    make_empty({type}, values_);
  }

  // Calls f(row, encoded) for each that is not NULL.
  template <typename F>
  void for_each(const UpdateBatch& batch, data::RowCodec& codec, F&& f) {
    values_.data[0].Reference(batch.values.data[column_]);
    values_.SetCardinalityUnsafe(batch.values.size());
    codec.encode(values_, encoded_);
    duckdb::UnifiedVectorFormat format;
    values_.data[0].ToUnifiedFormat(format);
    for (size_t i = 0; i < batch.count(); ++i) {
      const uint32_t row = batch.row(i);
      if (format.validity.RowIsValid(format.sel->get_index(row))) f(row, encoded_[row]);
    }
  }

 private:
  const size_t column_;
  duckdb::DataChunk values_;
  data::EncodedRows encoded_;
};

// Keeps the encoded extreme; encodings order like the values.
class EncodedExtreme : public PooledAggregate {
 public:
  EncodedExtreme(size_t column, const duckdb::LogicalType& type, bool is_max)
      : PooledAggregate(type), argument_(column, type), is_max_(is_max) {}

  void update(const UpdateBatch& batch) override {
    argument_.for_each(batch, result_codec(), [&](size_t row, std::string_view encoded) {
      take(batch.slots[row], encoded);
    });
  }

  bool can_combine() const override { return true; }
  void combine(char* slot, const AggregateState& other, const char* from) override {
    std::string_view value = static_cast<const EncodedExtreme&>(other).result_of(from);
    if (!value.empty()) take(slot, value);
  }

 private:
  void take(char* slot, std::string_view value) {
    std::string_view best = result_of(slot);
    bool is_better = best.empty() || (is_max_ ? value > best : value < best);
    if (is_better) set_result(slot, value);
  }

  EncodedArgument argument_;
  const bool is_max_;
};

class TracedExtreme : public PooledAggregate {
 public:
  TracedExtreme(size_t column, const duckdb::LogicalType& type, bool is_max)
      : PooledAggregate(type), argument_(column, type), is_max_(is_max) {}

  void update(const UpdateBatch& batch) override {
    argument_.for_each(batch, result_codec(), [&](size_t row, std::string_view encoded) {
      pending_.add(batch.keys[row], directed(encoded), batch.weight(row));
    });
  }

  Status settle(GroupTable& table) override {
    if (pending_.is_empty()) return OkStatus();
    RunPtr delta = pending_.build();
    trace_.add(delta);
    TraceCursor cursor(trace_.snapshot());
    std::string_view last_group;
    for (size_t i = 0; i < delta->entry_count(); ++i) {
      std::string_view group = delta->entry(i).key();
      if (i > 0 && group == last_group) continue;
      last_group = group;
      char* slot = table.find(group);
      if (slot == nullptr) continue;
      cursor.seek(group);
      if (cursor.is_valid() && cursor.entry().key() == group) {
        set_result(slot, directed(cursor.entry().row()));
      } else {
        set_none(slot);
      }
    }
    return OkStatus();
  }

  OperatorState own_state() const override {
    return {PooledAggregate::own_state().bytes + static_cast<int64_t>(trace_.size_bytes()),
            static_cast<int64_t>(trace_.entry_count())};
  }
  void save(const std::string& name, StateParts& parts) const override {
    save_trace(trace_, name + " values", parts);
  }
  Status load(const std::string& name, const StateParts& parts) override {
    return load_trace(parts, name + " values", trace_);
  }

 private:
  // For max the bytes inverted, which turns their order around; the same way back.
  std::string_view directed(std::string_view bytes) {
    if (!is_max_) return bytes;
    inverted_.assign(bytes);
    for (char& c : inverted_) c = static_cast<char>(~c);
    return inverted_;
  }

  EncodedArgument argument_;
  const bool is_max_;
  std::string inverted_;
  RunBuilder pending_;
  Trace trace_;
};

bool has_encoding_order(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::VARCHAR:
      return duckdb::StringType::GetCollation(type).empty();
    case LogicalTypeId::BLOB:
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_TZ:
    case LogicalTypeId::UUID:
      return true;
    default:
      return false;
  }
}

AggregateStatePtr make_append_only(size_t column, const duckdb::LogicalType& type, bool is_max) {
  switch (type.InternalType()) {
    case PhysicalType::INT16:
      return std::make_unique<FixedExtreme<int16_t>>(column, is_max);
    case PhysicalType::INT32:
      return std::make_unique<FixedExtreme<int32_t>>(column, is_max);
    case PhysicalType::INT64:
      return std::make_unique<FixedExtreme<int64_t>>(column, is_max);
    case PhysicalType::DOUBLE:
      return std::make_unique<FixedExtreme<double>>(column, is_max);
    default:
      return std::make_unique<EncodedExtreme>(column, type, is_max);
  }
}

}  // namespace

AggregateStatePtr make_min_max(const duckdb::BoundAggregateExpression& aggregate,
                               const AggregateArguments& arguments, bool is_append_only) {
  const std::string& name = aggregate.Function().GetName().GetIdentifierName();
  bool is_max = name == "max";
  if ((!is_max && name != "min") || arguments.columns.size() != 1) return nullptr;
  const duckdb::LogicalType& type = arguments.types[0];
  if (!has_encoding_order(type)) return nullptr;
  if (is_append_only) return make_append_only(arguments.columns[0], type, is_max);
  return std::make_unique<TracedExtreme>(arguments.columns[0], type, is_max);
}

}  // namespace kappa::flow
