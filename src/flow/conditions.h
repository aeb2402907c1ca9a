#pragma once
// Conditions that must all be true, tried in order: a later one sees only the rows that passed the
// earlier ones. A row on which a condition fails becomes an ErrorRow.

#include <memory>
#include <vector>

#include "flow/evaluator.h"

namespace kappa::flow {

class Conditions {
 public:
  Conditions(WorkerContext& worker, const std::vector<Expr>& conditions);

  bool is_empty() const { return stages_.empty(); }
  // The rows of `in` that pass: `in` itself, or a chunk that is valid until the next call.
  StatusOr<const data::DeltaChunk*> keep(const data::DeltaChunk& in);

 private:
  struct Stage {
    std::unique_ptr<Evaluator> evaluator;
    data::DeltaChunk passed;
  };
  std::vector<std::unique_ptr<Stage>> stages_;
  std::vector<uint32_t> rows_;
};

}  // namespace kappa::flow
