#include "sql/planner/expressions.h"

#include <duckdb/function/window_function.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression/bound_comparison_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_constant_expression.hpp>
#include <duckdb/planner/expression/bound_function_expression.hpp>
#include <duckdb/planner/expression/bound_operator_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>

#include <string>
#include <utility>

#include "sql/planner/undetermined_functions.h"

namespace kappa::sql {
namespace {

using duckdb::Expression;
using duckdb::ExpressionClass;
using ExpressionOwner = duckdb::unique_ptr<Expression>;

Status check_function(const QueryText& text, const duckdb::BoundFunctionExpression& call) {
  const auto& function = call.Function();
  if (function.GetStability() == duckdb::FunctionStability::CONSISTENT) return OkStatus();
  const std::string name = function.GetName().GetIdentifierName();
  // The planner itself puts error() where a scalar subquery may give a second row.
  if (name == "error") return OkStatus();
  return refuse_undetermined_function(name, text.position(call.GetQueryLocation()));
}

Status check_node(const QueryText& text, const Expression& expression) {
  const int position = text.position(expression.GetQueryLocation());
  switch (expression.GetExpressionClass()) {
    case ExpressionClass::BOUND_CASE:
    case ExpressionClass::BOUND_CONJUNCTION:
    case ExpressionClass::BOUND_CONSTANT:
    case ExpressionClass::BOUND_OPERATOR:
    case ExpressionClass::BOUND_REF:
    case ExpressionClass::BOUND_LAMBDA:
      return OkStatus();
    case ExpressionClass::BOUND_FUNCTION:
      return check_function(text, expression.Cast<duckdb::BoundFunctionExpression>());
    case ExpressionClass::BOUND_PARAMETER:
      return refuse("parameters cannot be used in a view", "write the value itself", position);
    default:
      return refuse(
          fmt::format("expression cannot be maintained in a view: {}", expression.ToString()), "",
          position);
  }
}

Status check(const QueryText& text, const Expression& expression);

Status check_children(const QueryText& text, const Expression& expression) {
  Status status;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const Expression& child) {
    if (status.ok()) status = check(text, child);
  });
  return status;
}

Status check(const QueryText& text, const Expression& expression) {
  RETURN_IF_ERROR(check_node(text, expression));
  return check_children(text, expression);
}

// Binds references to new positions and drops their names: "#3" says more than an alias.
void rebind(ExpressionOwner& expression, const Positions& positions) {
  if (expression->GetExpressionClass() == ExpressionClass::BOUND_REF) {
    auto& reference = expression->Cast<duckdb::BoundReferenceExpression>();
    if (positions) reference.IndexMutable() = positions(reference.Index());
    reference.ClearAlias();
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression, [&](ExpressionOwner& child) { rebind(child, positions); });
}

flow::Expr shared(ExpressionOwner expression) { return flow::Expr(expression.release()); }

flow::Expr unary(duckdb::ExpressionType type, const flow::Expr& operand) {
  auto result =
      duckdb::make_uniq<duckdb::BoundOperatorExpression>(type, duckdb::LogicalType::BOOLEAN);
  result->GetChildrenMutable().push_back(operand->Copy());
  return shared(std::move(result));
}

}  // namespace

StatusOr<flow::Expr> import_expression(const QueryText& text, const Expression& expression,
                                       const Positions& positions) {
  RETURN_IF_ERROR(check(text, expression));
  ExpressionOwner copy = expression.Copy();
  rebind(copy, positions);
  return shared(std::move(copy));
}

StatusOr<std::shared_ptr<const duckdb::BoundAggregateExpression>> import_aggregate(
    const QueryText& text, const duckdb::BoundAggregateExpression& aggregate) {
  RETURN_IF_ERROR(check_children(text, aggregate));
  ExpressionOwner copy = aggregate.Copy();
  rebind(copy, nullptr);
  return std::shared_ptr<const duckdb::BoundAggregateExpression>(
      static_cast<const duckdb::BoundAggregateExpression*>(copy.release()));
}

StatusOr<std::shared_ptr<const duckdb::BoundWindowExpression>> import_window(
    const QueryText& text, const duckdb::BoundWindowExpression& window) {
  RETURN_IF_ERROR(check_children(text, window));
  ExpressionOwner copy = window.Copy();
  rebind(copy, nullptr);
  copy->Cast<duckdb::BoundWindowExpression>().PartitionsMutable().clear();
  return std::shared_ptr<const duckdb::BoundWindowExpression>(
      static_cast<const duckdb::BoundWindowExpression*>(copy.release()));
}

flow::Expr move_expression(const flow::Expr& expression, const Positions& positions) {
  ExpressionOwner copy = expression->Copy();
  rebind(copy, positions);
  return shared(std::move(copy));
}

flow::Expr reference(size_t position, const duckdb::LogicalType& type) {
  return std::make_shared<duckdb::BoundReferenceExpression>(type, position);
}

flow::Expr constant(duckdb::Value value) {
  return std::make_shared<duckdb::BoundConstantExpression>(std::move(value));
}

flow::Expr is_null(const flow::Expr& expression) {
  return unary(duckdb::ExpressionType::OPERATOR_IS_NULL, expression);
}

flow::Expr is_not_null(const flow::Expr& expression) {
  return unary(duckdb::ExpressionType::OPERATOR_IS_NOT_NULL, expression);
}

flow::Expr compare(int comparison, const flow::Expr& left, const flow::Expr& right) {
  return shared(duckdb::BoundComparisonExpression::Create(
      static_cast<duckdb::ExpressionType>(comparison), left->Copy(), right->Copy()));
}

flow::Expr all_of(const std::vector<flow::Expr>& conditions) {
  if (conditions.size() == 1) return conditions.front();
  auto result =
      std::make_shared<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND);
  for (const auto& condition : conditions) {
    result->GetChildrenMutable().push_back(condition->Copy());
  }
  return result;
}

std::vector<flow::Expr> references(const data::Types& types) {
  std::vector<flow::Expr> result;
  for (size_t i = 0; i < types.size(); ++i) result.push_back(reference(i, types[i]));
  return result;
}

std::vector<flow::Expr> references(const data::Types& types, const std::vector<size_t>& positions) {
  std::vector<flow::Expr> result;
  for (size_t position : positions) result.push_back(reference(position, types[position]));
  return result;
}

std::optional<size_t> referenced_position(const Expression& expression) {
  if (expression.GetExpressionClass() != ExpressionClass::BOUND_REF) return std::nullopt;
  return expression.Cast<duckdb::BoundReferenceExpression>().Index();
}

}  // namespace kappa::sql
