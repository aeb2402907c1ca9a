#pragma once
// MARK: every left row with a BOOLEAN that says whether its key is among the right keys,
// three-valued as SQL's IN: true; else NULL when the comparison was NULL for some right row; else
// false.
//
// The null-safe keys make a group; within it at most one ordinary key is compared. (Without an
// ordinary key, JoinOperator marks.) Entries of both traces are
//   group | ordinary key | row | size of the ordinary key (4 bytes)
// so a group's NULL keys lie behind its other keys, and each question is one seek.
//
// In: both inputs exchanged by group.

#include <optional>

#include "flow/ops/join_side.h"

namespace kappa::flow {

class MarkJoinOperator : public Operator {
 public:
  // Errors: kUnimplemented for more than one ordinary key, or residual conditions beside one.
  static StatusOr<std::unique_ptr<Operator>> create(WorkerContext& worker, const JoinSpec& spec,
                                                    const data::Types& left,
                                                    const data::Types& right);

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t port, const data::DeltaChunk& chunk) override;

 private:
  struct Side {
    Side(WorkerContext& worker, std::vector<Expr> groups, Expr key, const data::Types& types);

    Evaluator evaluator;  // groups, then the ordinary key
    data::RowCodec group_codec;
    data::RowCodec key_codec;
    data::RowCodec row_codec;
    data::EncodedRows groups;
    data::EncodedRows keys;
    data::EncodedRows rows;
    duckdb::DataChunk group_columns;
    duckdb::DataChunk key_column;
    RunBuilder pending;
    Trace trace;
  };
  // What the right side looked like at one time, asked in ascending order.
  class RightView;

  MarkJoinOperator(WorkerContext& worker, const JoinSpec& spec, const data::Types& left,
                   const data::Types& right);

  Status flush_group(std::string_view group, const std::vector<std::string>& keys);
  Status emit_range(std::string_view prefix);
  Status add(const TraceEntry& entry, std::optional<bool> mark, int64_t weight);
  Status emit_rows();

  std::unique_ptr<Side> sides_[2];

  // Of the running step.
  std::unique_ptr<RightView> right_before_;
  std::unique_ptr<RightView> right_after_;
  std::unique_ptr<TraceCursor> left_before_;
  std::unique_ptr<TraceCursor> left_after_;

  std::vector<std::string_view> out_rows_;
  std::vector<std::optional<bool>> out_marks_;
  std::vector<int64_t> out_weights_;
  duckdb::DataChunk decoded_;
  duckdb::DataChunk marks_;
  data::DeltaChunk out_;
};

}  // namespace kappa::flow
