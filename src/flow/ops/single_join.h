#pragma once
// The join of a scalar subquery: every left row once, with its partner or NULLs; a left row with
// more than one partner becomes an ErrorRow. Touched keys are joined anew, as before and as after.
//
// In: both inputs exchanged by key.

#include "flow/chunks.h"
#include "flow/ops/join_side.h"
#include "flow/ops/pair_batch.h"

namespace kappa::flow {

class SingleJoinOperator : public Operator {
 public:
  SingleJoinOperator(WorkerContext& worker, const JoinSpec& spec, const data::Types& left,
                     const data::Types& right);

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t port, const data::DeltaChunk& chunk) override;

 private:
  // A left row of the key at hand, and what it met.
  struct LeftRow {
    TraceEntry entry;
    int64_t weight;  // of the output: negative for how it was before
    int64_t partner_count = 0;
    TraceEntry partner{};
  };

  // Joins `left` with the right rows of its key, and puts the results out.
  Status join_key(std::vector<LeftRow>& left, std::string_view key, TraceCursor& right);
  Status count_partners(std::vector<LeftRow>& left);
  Status put_out(const LeftRow& row);
  Status emit_joined();
  Status emit_alone();
  Status emit_alone_chunk(const data::DeltaChunk& rows);

  WorkerContext& worker_;
  std::unique_ptr<JoinSide> sides_[2];
  PairBatch candidates_;                // filtered by the residual conditions
  std::vector<uint32_t> candidate_of_;  // pair -> left row
  PairBatch joined_;                    // not filtered
  RowBatch alone_;
  data::RowCodec left_codec_;
  data::DeltaChunk alone_out_;
};

}  // namespace kappa::flow
