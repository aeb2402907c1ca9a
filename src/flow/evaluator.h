#pragma once
// Evaluates a list of expressions on delta chunks. Column references and constants take no
// executor. When a chunk fails, its rows are tried one by one: those that fail become ErrorRows and
// are left out, the others go on.
//
// Confined to its worker.

#include <memory>
#include <vector>

#include "base/status.h"
#include "data/delta.h"
#include "flow/operator.h"
#include "flow/plan.h"

namespace duckdb {
class ExpressionExecutor;
}

namespace kappa::flow {

class Evaluator {
 public:
  Evaluator(WorkerContext& worker, std::vector<Expr> expressions);
  ~Evaluator();

  // The rows of `in` on which all expressions succeeded: `in` itself, or a chunk of the
  // evaluator's. Error: an expression failed for another reason than its input.
  StatusOr<const data::DeltaChunk*> evaluate(const data::DeltaChunk& in);
  // One vector per expression, one value per row that evaluate() returned. Valid until its next
  // call and as long as the input chunk.
  const duckdb::DataChunk& values() const { return values_; }

  // The rows of `in` (after evaluate()) for which every value is true; values must be BOOLEAN.
  void rows_all_true(std::vector<uint32_t>& rows) const;

  data::Types types() const;
  size_t size() const { return expressions_.size(); }

 private:
  void compute(const duckdb::DataChunk& in);
  StatusOr<const data::DeltaChunk*> evaluate_by_row(const data::DeltaChunk& in);

  WorkerContext& worker_;
  const std::vector<Expr> expressions_;
  std::unique_ptr<duckdb::ExpressionExecutor> executor_;  // of the expressions that need it
  duckdb::DataChunk values_;
  data::DeltaChunk good_;  // the surviving rows after a failure
};

// A reference to column `index`, as an expression.
Expr make_reference(const duckdb::LogicalType& type, size_t index);

}  // namespace kappa::flow
