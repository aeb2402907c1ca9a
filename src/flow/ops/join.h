#pragma once
// Inner, outer, semi and anti joins. Both sides are traces; a step's pairs are
//   delta(left) x right after the step  +  delta(right) x left before it.
// What has no partner (or, for semi joins, has one) is found by comparing before and after: without
// residual conditions for the touched keys; with them for the touched rows, through a trace of the
// number of partners that each row has.
//
// In: both inputs exchanged by key. Rows with a NULL key match nothing and pass by.

#include "flow/ops/join_side.h"
#include "flow/ops/pair_batch.h"

namespace kappa::flow {

class JoinOperator : public Operator {
 public:
  // Not for kSingle, nor for kMark with keys that are not null-safe.
  JoinOperator(WorkerContext& worker, const JoinSpec& spec, const data::Types& left,
               const data::Types& right);

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t port, const data::DeltaChunk& chunk) override;

 private:
  // What a side's rows do by themselves: nothing, or appear when they have a partner, or none, or
  // always, marked with which of the two it is.
  enum class Lone { kNever, kMatched, kUnmatched, kMarked };

  struct Side {
    JoinSide rows;
    const Lone lone;
    // Only with residual conditions: entry -> number of partners (times weights).
    RunBuilder pending_partners;
    RunPtr partners_delta;  // of the step
    TraceSnapshot partners_before;
    Trace partners;
    // Output of lone rows.
    data::RowCodec codec;
    std::vector<std::string_view> out_rows;
    std::vector<int64_t> out_weights;
    duckdb::DataChunk decoded;
  };

  static std::unique_ptr<Side> make_side(WorkerContext& worker, const JoinSpec& spec, bool is_left,
                                         const data::Types& types);

  Status add_pairs(const JoinSide& delta_side, const TraceSnapshot& other, bool delta_is_left);
  Status emit_pairs();
  void settle_partners(Side& side);
  // The changes of those rows that have a partner, or of those that have none.
  Status emit_lone(size_t side, bool is_matched);
  Status emit_lone_by_key(size_t side);
  Status emit_lone_of_key(size_t side, std::string_view key, bool was_in, bool is_in,
                          size_t& delta_index, TraceCursor& before, TraceCursor& after);
  Status emit_lone_by_row(size_t side);
  Status add_lone(size_t side, std::string_view row, int64_t weight);
  Status emit_lone_rows(size_t side);
  Status emit_lone_chunk(size_t side, const data::DeltaChunk& rows);

  const JoinKind kind_;
  const bool emits_pairs_;
  const bool counts_partners_;
  const size_t left_columns_;
  const size_t right_columns_;
  std::unique_ptr<Side> sides_[2];
  PairBatch pairs_;
  data::DeltaChunk lone_;
  bool wants_match_ = false;  // of the lone rows being emitted
};

}  // namespace kappa::flow
