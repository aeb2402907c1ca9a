#include "flow/evaluator.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/exception.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/execution/expression_executor.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>

#include "flow/chunks.h"

namespace kappa::flow {

namespace {

using duckdb::BoundConstantExpression;
using duckdb::BoundReferenceExpression;
using duckdb::ExpressionClass;

bool needs_executor(const duckdb::Expression& expression) {
  auto kind = expression.GetExpressionClass();
  return kind != ExpressionClass::BOUND_REF && kind != ExpressionClass::BOUND_CONSTANT;
}

// OK if the failure is the row's own; else what ends the circuit.
Status check_execution_error(const duckdb::ErrorData& error) {
  auto type = error.Type();
  if (duckdb::Exception::IsExecutionError(type)) return OkStatus();
  if (type == duckdb::ExceptionType::DIVIDE_BY_ZERO) return OkStatus();
  return internal_error("expression: {}", error.RawMessage());
}

}  // namespace

Evaluator::Evaluator(WorkerContext& worker, std::vector<Expr> expressions)
    : worker_(worker), expressions_(std::move(expressions)) {
  duckdb::vector<duckdb::LogicalType> types;
  duckdb::vector<bool> has_memory;
  executor_ = std::make_unique<duckdb::ExpressionExecutor>(worker.context);
  for (const Expr& expression : expressions_) {
    types.push_back(expression->GetReturnType());
    has_memory.push_back(needs_executor(*expression));
    if (has_memory.back()) executor_->AddExpression(*expression);
  }
  values_.Initialize(duckdb::Allocator::DefaultAllocator(), types, has_memory);
}

Evaluator::~Evaluator() = default;

data::Types Evaluator::types() const {
  data::Types types;
  for (const Expr& expression : expressions_) types.push_back(expression->GetReturnType());
  return types;
}

void Evaluator::compute(const duckdb::DataChunk& in) {
  size_t count = in.size();
  values_.Reset();
  executor_->SetChunk(const_cast<duckdb::DataChunk&>(in));
  size_t next = 0;
  for (size_t i = 0; i < expressions_.size(); ++i) {
    const duckdb::Expression& expression = *expressions_[i];
    duckdb::Vector& out = values_.data[i];
    switch (expression.GetExpressionClass()) {
      case ExpressionClass::BOUND_REF:
        out.Reference(in.data[expression.Cast<BoundReferenceExpression>().Index()]);
        break;
      case ExpressionClass::BOUND_CONSTANT:
        out.Reference(expression.Cast<BoundConstantExpression>().GetValue(),
                      duckdb::count_t(count));
        break;
      default:
        executor_->ExecuteExpression(next++, out);
        if (out.size() != count) duckdb::FlatVector::SetSize(out, count);
    }
  }
  values_.SetCardinalityUnsafe(count);
}

StatusOr<const data::DeltaChunk*> Evaluator::evaluate(const data::DeltaChunk& in) {
  try {
    compute(in.rows);
    return &in;
  } catch (const std::exception& failure) {
    RETURN_IF_ERROR(check_execution_error(duckdb::ErrorData(failure)));
  }
  return evaluate_by_row(in);
}

StatusOr<const data::DeltaChunk*> Evaluator::evaluate_by_row(const data::DeltaChunk& in) {
  std::vector<uint32_t> good_rows;
  duckdb::DataChunk one;
  for (uint32_t row = 0; row < in.size(); ++row) {
    select_rows(in.rows, {row}, one);
    try {
      compute(one);
      good_rows.push_back(row);
    } catch (const std::exception& failure) {
      duckdb::ErrorData error(failure);
      RETURN_IF_ERROR(check_execution_error(error));
      worker_.errors.push_back({error.RawMessage(), row_text(in.rows, row), in.weight(row)});
    }
  }
  select_rows(in, good_rows, good_);
  try {
    compute(good_.rows);
  } catch (const std::exception& failure) {
    return internal_error("expression: {}", duckdb::ErrorData(failure).RawMessage());
  }
  return &good_;
}

void Evaluator::rows_all_true(std::vector<uint32_t>& rows) const {
  rows.clear();
  size_t count = values_.size();
  for (uint32_t row = 0; row < count; ++row) rows.push_back(row);
  for (const auto& value : values_.data) {
    duckdb::UnifiedVectorFormat format;
    value.ToUnifiedFormat(format);
    const bool* truth = format.GetData<bool>();
    size_t kept = 0;
    for (uint32_t row : rows) {
      auto i = format.sel->get_index(row);
      if (format.validity.RowIsValid(i) && truth[i]) rows[kept++] = row;
    }
    rows.resize(kept);
  }
}

Expr make_reference(const duckdb::LogicalType& type, size_t index) {
  return std::make_shared<BoundReferenceExpression>(type, static_cast<duckdb::storage_t>(index));
}

}  // namespace kappa::flow
