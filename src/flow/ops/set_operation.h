#pragma once
// EXCEPT ALL and INTERSECT ALL: a trace per input; a row goes out as often as max(left - right, 0)
// or min(left, right) says. In: both inputs exchanged by row.

#include "data/row_codec.h"
#include "flow/chunks.h"
#include "flow/operator.h"

namespace kappa::flow {

class SetOperator : public Operator {
 public:
  SetOperator(const SetSpec& spec, const data::Types& types)
      : operation_(spec.operation), codec_(types), out_(types) {}

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t port, const data::DeltaChunk& chunk) override;

 private:
  int64_t weight_of(int64_t left, int64_t right) const;

  const SetOperation operation_;
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  RunBuilder pending_[2];
  Trace traces_[2];
  RowBatch out_;
};

}  // namespace kappa::flow
