#include "flow/conditions.h"

#include "flow/chunks.h"

namespace kappa::flow {

Conditions::Conditions(WorkerContext& worker, const std::vector<Expr>& conditions) {
  for (const Expr& condition : conditions) {
    auto stage = std::make_unique<Stage>();
    stage->evaluator = std::make_unique<Evaluator>(worker, std::vector<Expr>{condition});
    stages_.push_back(std::move(stage));
  }
}

StatusOr<const data::DeltaChunk*> Conditions::keep(const data::DeltaChunk& in) {
  const data::DeltaChunk* current = &in;
  for (auto& stage : stages_) {
    if (current->size() == 0) break;
    ASSIGN_OR_RETURN(current, stage->evaluator->evaluate(*current));
    stage->evaluator->rows_all_true(rows_);
    if (rows_.size() == current->size()) continue;
    select_rows(*current, rows_, stage->passed);
    current = &stage->passed;
  }
  return current;
}

}  // namespace kappa::flow
