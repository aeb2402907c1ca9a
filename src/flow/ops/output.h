#pragma once
// The root of a circuit in one worker: consolidates the step's delta, adds it to the trace of the
// view's contents and keeps it for the step's result.

#include "data/row_codec.h"
#include "flow/operator.h"

namespace kappa::flow {

class OutputOperator : public Operator {
 public:
  explicit OutputOperator(data::Types types) : codec_(std::move(types)) {}

  Status flush() override;
  // The finished step's delta; can be taken once.
  data::Delta take_delta() { return std::exchange(delta_, {}); }
  const TraceSnapshot& contents() const { return contents_.snapshot(); }

  OperatorState state() const override;
  void save(StateParts& parts) const override { save_trace(contents_, "contents", parts); }
  Status load(const StateParts& parts) override { return load_trace(parts, "contents", contents_); }

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  data::RowCodec codec_;
  data::EncodedRows encoded_;
  RunBuilder pending_;
  Trace contents_;
  data::Delta delta_;
};

}  // namespace kappa::flow
