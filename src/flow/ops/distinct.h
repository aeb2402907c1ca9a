#pragma once
// DISTINCT over whole rows: a trace of the rows; what appears goes out with +1, what disappears
// with -1. In: rows, exchanged by row.

#include "data/row_codec.h"
#include "flow/chunks.h"
#include "flow/operator.h"

namespace kappa::flow {

class DistinctOperator : public Operator {
 public:
  explicit DistinctOperator(const data::Types& types) : codec_(types), out_(types) {}

  Status flush() override;
  OperatorState state() const override {
    return {static_cast<int64_t>(trace_.size_bytes()), static_cast<int64_t>(trace_.entry_count())};
  }
  void save(StateParts& parts) const override { save_trace(trace_, "rows", parts); }
  Status load(const StateParts& parts) override { return load_trace(parts, "rows", trace_); }

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  RunBuilder pending_;
  Trace trace_;
  RowBatch out_;
};

}  // namespace kappa::flow
