#include "flow/ops/recomputed_aggregate.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/storage/arena_allocator.hpp>

#include "flow/ops/pooled_aggregate.h"

namespace kappa::flow {

namespace {

// One DuckDB aggregate state, reused for one group after the other.
class AggregateRun {
 public:
  explicit AggregateRun(const duckdb::BoundAggregateExpression& aggregate)
      : aggregate_(aggregate),
        arena_(duckdb::Allocator::DefaultAllocator()),
        pointers_(duckdb::LogicalType::POINTER) {
    duckdb::AggregateStateInput input(function(), aggregate_.BindInfo().get());
    memory_.resize(function().GetStateSizeCallback()(input) / sizeof(uint64_t) + 1);
    auto* pointers = duckdb::FlatVector::GetDataMutable<uintptr_t>(pointers_);
    std::fill_n(pointers, STANDARD_VECTOR_SIZE, reinterpret_cast<uintptr_t>(memory_.data()));
  }

  void begin() {
    auto* state = reinterpret_cast<duckdb::data_ptr_t>(memory_.data());
    duckdb::AggregateStateInput input(function(), aggregate_.BindInfo().get());
    function().GetStateInitCallback()(input, &state, 1);
    is_live_ = true;
  }

  void update(duckdb::DataChunk& arguments) {
    duckdb::AggregateInputData input(aggregate_, arena_);
    duckdb::FlatVector::SetSize(pointers_, arguments.size());
    function().GetStateUpdateCallback()(arguments.data.data(), input, arguments.ColumnCount(),
                                        pointers_, arguments.size());
  }

  void finish(duckdb::Vector& out) {
    duckdb::AggregateFinalizeInputData input(aggregate_, arena_);
    duckdb::FlatVector::SetSize(pointers_, 1);
    function().GetStateFinalizeCallback()(pointers_, input, out, 1, 0);
    end();
  }

  // After begin(), also when something was thrown since.
  void end() {
    if (is_live_ && function().HasStateDestructorCallback()) {
      duckdb::AggregateInputData input(aggregate_, arena_);
      duckdb::FlatVector::SetSize(pointers_, 1);
      function().GetStateDestructorCallback()(pointers_, input, 1);
    }
    is_live_ = false;
    arena_.Reset();
  }

 private:
  const duckdb::BoundAggregateFunction& function() const { return aggregate_.Function(); }

  const duckdb::BoundAggregateExpression& aggregate_;
  duckdb::ArenaAllocator arena_;
  std::vector<uint64_t> memory_;
  duckdb::Vector pointers_;
  bool is_live_ = false;
};

class RecomputedAggregate : public PooledAggregate {
 public:
  RecomputedAggregate(BoundAggregate aggregate, const AggregateArguments& arguments)
      : PooledAggregate(aggregate->GetReturnType()),
        aggregate_(std::move(aggregate)),
        arguments_(arguments),
        run_(*aggregate_),
        codec_(arguments.types) {
    make_empty(arguments.types, values_);
    allocate(arguments.types, decoded_);
    allocate(result_codec().types(), result_);
    std::string failure = compute([] {});
    if (failure.empty()) set_result_of_none(encoded_result_[0]);
  }

  void update(const UpdateBatch& batch) override {
    for (size_t i = 0; i < arguments_.columns.size(); ++i) {
      values_.data[i].Reference(batch.values.data[arguments_.columns[i]]);
    }
    values_.SetCardinalityUnsafe(batch.values.size());
    codec_.encode(values_, encoded_);
    for (size_t i = 0; i < batch.count(); ++i) {
      uint32_t row = batch.row(i);
      pending_.add(batch.keys[row], encoded_[row], batch.weight(row));
    }
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
      if (slot != nullptr) recompute(group, cursor, slot);
    }
    return OkStatus();
  }

  OperatorState own_state() const override {
    return {PooledAggregate::own_state().bytes + static_cast<int64_t>(trace_.size_bytes()),
            static_cast<int64_t>(trace_.entry_count())};
  }
  void save(const std::string& name, StateParts& parts) const override {
    save_trace(trace_, name + " rows", parts);
  }
  Status load(const std::string& name, const StateParts& parts) override {
    return load_trace(parts, name + " rows", trace_);
  }

 private:
  // Feeds rows, finishes, encodes the result. Returns the error's text, or nothing.
  template <typename Feed>
  std::string compute(Feed&& feed) {
    try {
      run_.begin();
      feed();
      result_.Reset();
      run_.finish(result_.data[0]);
      result_.SetChildCardinality(1);
      result_codec().encode(result_, encoded_result_);
      return {};
    } catch (const std::exception& failure) {
      run_.end();
      rows_.clear();
      return duckdb::ErrorData(failure).RawMessage();
    }
  }

  void recompute(std::string_view group, TraceCursor& cursor, char* slot) {
    std::string failure = compute([&] {
      cursor.seek(group);
      for (; cursor.is_valid() && cursor.entry().key() == group; cursor.next()) {
        for (int64_t k = 0; k < cursor.entry().weight; ++k) add_row(cursor.entry().row());
      }
      pass_on();
    });
    if (failure.empty()) {
      set_result(slot, encoded_result_[0]);
    } else {
      set_failure(slot, failure);
    }
  }

  void add_row(std::string_view row) {
    rows_.push_back(row);
    if (rows_.size() == STANDARD_VECTOR_SIZE) pass_on();
  }

  void pass_on() {
    if (rows_.empty()) return;
    codec_.decode(rows_, decoded_);
    run_.update(decoded_);
    rows_.clear();
  }

  const BoundAggregate aggregate_;
  const AggregateArguments arguments_;
  AggregateRun run_;
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  data::EncodedRows encoded_result_;
  duckdb::DataChunk values_;
  duckdb::DataChunk decoded_;
  duckdb::DataChunk result_;
  std::vector<std::string_view> rows_;
  RunBuilder pending_;
  Trace trace_;
};

}  // namespace

StatusOr<BoundAggregate> bind_for_recompute(WorkerContext& worker,
                                            const duckdb::BoundAggregateExpression& aggregate) {
  try {
    auto copy = aggregate.Copy();
    BoundAggregate bound(&copy.release()->Cast<duckdb::BoundAggregateExpression>());
    auto bind = [&] {
      duckdb::FunctionBinder::BindSortedAggregate(worker.context, *bound, {}, nullptr);
    };
    // Binding looks into the catalog, for which there must be a transaction.
    if (worker.context.transaction.HasActiveTransaction()) {
      bind();
    } else {
      worker.context.RunFunctionInTransaction(bind);
    }
    return bound;
  } catch (const std::exception& failure) {
    return invalid_argument("aggregate {}: {}", aggregate.ToString(),
                            duckdb::ErrorData(failure).RawMessage());
  }
}

AggregateStatePtr make_recomputed_aggregate(BoundAggregate aggregate,
                                            const AggregateArguments& arguments) {
  return std::make_unique<RecomputedAggregate>(std::move(aggregate), arguments);
}

}  // namespace kappa::flow
