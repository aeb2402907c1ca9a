#include "flow/ops/stateless.h"

#include "flow/chunks.h"

namespace kappa::flow {

ProjectOperator::ProjectOperator(WorkerContext& worker, const ProjectSpec& spec)
    : evaluator_(worker, spec.expressions) {
  make_empty(evaluator_.types(), out_.rows);
}

Status ProjectOperator::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  const duckdb::DataChunk& values = evaluator_.values();
  for (size_t i = 0; i < values.ColumnCount(); ++i) out_.rows.data[i].Reference(values.data[i]);
  out_.rows.SetCardinalityUnsafe(good->size());
  out_.weights = good->weights;
  return emit(out_);
}

Status ConstantOperator::flush() {
  if (!is_due_) return OkStatus();
  is_due_ = false;
  for (const auto& rows : spec_.rows) {
    data::DeltaChunk chunk;
    make_empty(rows->GetTypes(), chunk.rows);
    chunk.rows.Reference(const_cast<duckdb::DataChunk&>(*rows));
    RETURN_IF_ERROR(emit(chunk));
  }
  return OkStatus();
}

Status ConstantOperator::push(size_t, const data::DeltaChunk&) {
  return internal_error("constants have no input");
}

void ConstantOperator::save(StateParts& parts) const {
  add_part(parts, "is due").assign(1, is_due_ ? '1' : '0');
}

Status ConstantOperator::load(const StateParts& parts) {
  ASSIGN_OR_RETURN(std::string_view is_due, find_part(parts, "is due"));
  is_due_ = is_due == "1";
  return OkStatus();
}

}  // namespace kappa::flow
