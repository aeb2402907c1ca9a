#include "sql/planner/row_number_bounds.h"

#include <duckdb/planner/expression/bound_between_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>

#include <algorithm>
#include <optional>

namespace kappa::sql {
namespace {

using duckdb::Expression;
using duckdb::ExpressionType;

std::optional<int64_t> integer_of(const Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CONSTANT) return {};
  const auto& value = expression.Cast<duckdb::BoundConstantExpression>().GetValue();
  if (value.IsNull() || value.type().id() != duckdb::LogicalTypeId::BIGINT) return {};
  return value.GetValue<int64_t>();
}

// Row numbers start at 1, so no bound needs to leave the range of 0 to INT64_MAX.
bool narrow(ExpressionType comparison, int64_t value, RowNumberBounds& bounds) {
  switch (comparison) {
    case ExpressionType::COMPARE_EQUAL:
      bounds.low = std::max(bounds.low, value);
      bounds.high = std::min(bounds.high, value);
      return true;
    case ExpressionType::COMPARE_LESSTHAN:
      bounds.high = std::min(bounds.high, std::max<int64_t>(value, 1) - 1);
      return true;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      bounds.high = std::min(bounds.high, value);
      return true;
    case ExpressionType::COMPARE_GREATERTHAN:
      if (value == INT64_MAX) return false;
      bounds.low = std::max(bounds.low, value + 1);
      return true;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      bounds.low = std::max(bounds.low, value);
      return true;
    default:
      return false;
  }
}

bool narrow_between(const duckdb::BoundFunctionExpression& between, size_t position,
                    RowNumberBounds& bounds) {
  using Between = duckdb::BoundBetweenExpression;
  const auto low = integer_of(Between::LowerBound(between));
  const auto high = integer_of(Between::UpperBound(between));
  if (!low || !high || referenced_position(Between::Input(between)) != position) return false;
  return narrow(Between::LowerComparisonType(between), *low, bounds) &&
         narrow(Between::UpperComparisonType(between), *high, bounds);
}

bool narrow_comparison(const duckdb::BoundFunctionExpression& comparison, size_t position,
                       RowNumberBounds& bounds) {
  const Expression& left = duckdb::BoundComparisonExpression::Left(comparison);
  const Expression& right = duckdb::BoundComparisonExpression::Right(comparison);
  const ExpressionType type = comparison.GetExpressionType();
  if (referenced_position(left) == position && integer_of(right)) {
    return narrow(type, *integer_of(right), bounds);
  }
  if (referenced_position(right) == position && integer_of(left)) {
    return narrow(duckdb::FlipComparisonExpression(type), *integer_of(left), bounds);
  }
  return false;
}

}  // namespace

bool narrow_bounds(const flow::Expr& condition, size_t row_number_position,
                   RowNumberBounds& bounds) {
  if (condition->GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) return false;
  const auto& function = condition->Cast<duckdb::BoundFunctionExpression>();
  RowNumberBounds narrowed = bounds;
  bool is_understood = false;
  if (condition->GetExpressionType() == ExpressionType::COMPARE_BETWEEN) {
    is_understood = narrow_between(function, row_number_position, narrowed);
  } else if (duckdb::BoundComparisonExpression::IsComparison(*condition)) {
    is_understood = narrow_comparison(function, row_number_position, narrowed);
  }
  if (is_understood) bounds = narrowed;
  return is_understood;
}

}  // namespace kappa::sql
