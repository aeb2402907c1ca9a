#pragma once
// GROUP BY. Groups lie in a hash table from encoded key to a slot with the states of all
// aggregates; a step puts each touched slot aside once, and flush() emits for each touched group at
// most the old row with -1 and the new one with +1.
//
// In: rows, exchanged by group key. Out: groups, then aggregates.
//
// With several workers, aggregates whose states can be combined need no exchange of rows: each
// worker gathers the rows that it has in a local table, and in the next phase the owner of a group
// absorbs what all workers have gathered for it.

#include <optional>

#include "data/row_codec.h"
#include "flow/evaluator.h"
#include "flow/ops/aggregate_state.h"
#include "flow/ops/group_table.h"

namespace kappa::flow {

class AggregateOperator : public Operator {
 public:
  // `owns_global_row`: without groups, this worker's operator emits the one row.
  static StatusOr<std::unique_ptr<AggregateOperator>> create(WorkerContext& worker,
                                                             const AggregateSpec& spec,
                                                             bool is_append_only,
                                                             bool owns_global_row);

  // Whether all states can be combined.
  static bool can_gather(const AggregateSpec& spec, bool is_append_only);
  // The local halves of all workers, whose groups flush() absorbs. They are fed instead of this.
  void set_local_halves(std::vector<const AggregateOperator*> halves) {
    local_halves_ = std::move(halves);
  }
  // Of a local half: forgets the step.
  void clear();

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  // One aggregate: its state, and the column of its filter among the evaluated expressions.
  struct Column {
    AggregateStatePtr state;
    std::optional<size_t> filter;
  };
  // Up to 2,048 touched groups on their way out.
  struct Batch {
    std::vector<char*> slots;
    std::vector<const char*> before;
  };

  AggregateOperator(WorkerContext& worker, const AggregateSpec& spec, bool owns_global_row);

  Status add_aggregate(const duckdb::BoundAggregateExpression& aggregate, bool is_append_only);
  AggregateArguments add_arguments(std::shared_ptr<const duckdb::Expression> owner,
                                   const duckdb::BoundAggregateExpression& aggregate);
  size_t add_expression(Expr expression);
  void finish_creation();

  void absorb(const AggregateOperator& half);
  void encode_keys(const duckdb::DataChunk& values);
  void filter_rows(const duckdb::Vector& condition, size_t count);
  bool has_row(const char* slot) const;
  Status emit_batch(Batch& batch);
  // The rows of one side of a batch, as columns after the groups; failing rows become errors.
  void output_side(const std::vector<const char*>& slots, int64_t weight, data::DeltaChunk& out,
                   std::vector<bool>& is_there);
  std::vector<bool> rows_equal(const data::DeltaChunk& a, const data::DeltaChunk& b) const;
  Status emit_side(const data::DeltaChunk& side, const std::vector<bool>& is_there,
                   const std::vector<bool>& is_equal, int64_t weight);
  void remove_dead_groups();

  WorkerContext& worker_;
  const size_t group_count_;
  const bool is_global_;
  bool owes_first_row_;
  data::Types types_;  // of the output

  std::vector<Expr> expressions_;  // groups, arguments, filters
  std::vector<Column> columns_;
  std::unique_ptr<Evaluator> evaluator_;
  std::unique_ptr<GroupTable> table_;
  data::RowCodec key_codec_;

  std::vector<const AggregateOperator*> local_halves_;

  // Of the running batch.
  duckdb::DataChunk key_columns_;
  data::EncodedRows encoded_keys_;
  std::vector<std::string_view> keys_;
  std::vector<char*> slots_;
  std::vector<uint32_t> filtered_;
  data::DeltaChunk old_side_;
  data::DeltaChunk new_side_;
};

}  // namespace kappa::flow
