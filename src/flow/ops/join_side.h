#pragma once
// One side of a join: its rows as a trace key -> row, and the step's rows still to be added.

#include "data/row_codec.h"
#include "flow/evaluator.h"
#include "flow/operator.h"

namespace kappa::flow {

class JoinSide {
 public:
  // `null_safe` has one entry per key expression.
  JoinSide(WorkerContext& worker, std::vector<Expr> keys, std::vector<bool> null_safe,
           data::Types row_types);

  // Adds the chunk's rows to the step. Rows with a NULL in a key that is not null-safe can never
  // match: with `null_rows` they are put there instead (rows of the chunk that was evaluated, which
  // is returned), without it they are added like the others.
  StatusOr<const data::DeltaChunk*> add(const data::DeltaChunk& chunk,
                                        std::vector<uint32_t>* null_rows);

  // Ends the step: the delta becomes part of the trace.
  void settle();
  // Of the finished step; before() and after() are the trace without and with the delta.
  const RunPtr& delta() const { return delta_; }
  const TraceSnapshot& before() const { return before_; }
  const TraceSnapshot& after() const { return trace_.snapshot(); }
  // Lets go of the step.
  void forget();

  bool has_pending() const { return !pending_.is_empty(); }
  const Trace& trace() const { return trace_; }
  Trace& trace() { return trace_; }
  const data::Types& row_types() const { return row_codec_.types(); }

 private:
  void find_null_keys(size_t count);

  Evaluator evaluator_;
  const std::vector<bool> null_safe_;
  data::RowCodec key_codec_;
  data::RowCodec row_codec_;
  data::EncodedRows encoded_keys_;
  data::EncodedRows encoded_rows_;
  std::vector<bool> has_null_key_;

  RunBuilder pending_;
  Trace trace_;
  RunPtr delta_;
  TraceSnapshot before_;
};

// The sum of the weights of the entries with that key.
int64_t key_weight(TraceCursor& cursor, std::string_view key);
// The weight of that very entry.
int64_t entry_weight(TraceCursor& cursor, std::string_view bytes);

}  // namespace kappa::flow
