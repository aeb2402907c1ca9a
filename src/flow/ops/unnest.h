#pragma once
// UNNEST: each row once per element of its lists, with the elements behind its columns. Keeps
// nothing: a row's elements have the row's weight.

#include <vector>

#include "flow/evaluator.h"
#include "flow/operator.h"

namespace kappa::flow {

class UnnestOperator : public Operator {
 public:
  UnnestOperator(WorkerContext& worker, const UnnestSpec& spec, const data::Types& input,
                 const data::Types& output);

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  // Element positions in a list's child vector, one per output row; kNone: the list is shorter.
  static constexpr uint32_t kNone = UINT32_MAX;
  using Elements = std::vector<uint32_t>;

  Status add_row(const data::DeltaChunk& in, uint32_t row);
  Status emit_rows(const data::DeltaChunk& in);
  void set_elements(size_t list, const Elements& elements);

  const size_t width_;  // of the input
  const data::Types types_;
  Evaluator evaluator_;
  std::vector<duckdb::UnifiedVectorFormat> lists_;  // of the chunk at hand
  std::vector<uint32_t> rows_;                      // input row of each output row
  std::vector<Elements> elements_;                  // per list
  data::DeltaChunk out_;
};

}  // namespace kappa::flow
