#pragma once
// DuckDB's bound expressions made ours: copied out of the plan (which dies with the planner),
// checked for classes and functions that a view cannot have, and bound to other positions where a
// join or a projection map asks for it.

#include <duckdb/common/types/value.hpp>

#include <functional>
#include <optional>
#include <vector>

#include "flow/plan.h"
#include "sql/planner/refusal.h"

namespace kappa::sql {

// Old position -> new position.
using Positions = std::function<size_t(size_t)>;

// Errors: refusals, with the expression's place.
StatusOr<flow::Expr> import_expression(const QueryText& text, const duckdb::Expression& expression,
                                       const Positions& positions = nullptr);
// Children, filter and orders are imported as above.
StatusOr<std::shared_ptr<const duckdb::BoundAggregateExpression>> import_aggregate(
    const QueryText& text, const duckdb::BoundAggregateExpression& aggregate);

// Without its PARTITION BY, which is the operator's.
StatusOr<std::shared_ptr<const duckdb::BoundWindowExpression>> import_window(
    const QueryText& text, const duckdb::BoundWindowExpression& window);

// An expression that was imported already, bound elsewhere.
flow::Expr move_expression(const flow::Expr& expression, const Positions& positions);

flow::Expr reference(size_t position, const duckdb::LogicalType& type);
flow::Expr constant(duckdb::Value value);
flow::Expr is_null(const flow::Expr& expression);
flow::Expr is_not_null(const flow::Expr& expression);
// NULL-safe where the comparison is: `comparison` is one of DuckDB's COMPARE_ expression types.
flow::Expr compare(int comparison, const flow::Expr& left, const flow::Expr& right);
flow::Expr all_of(const std::vector<flow::Expr>& conditions);  // at least one

// References to all columns, or to some.
std::vector<flow::Expr> references(const data::Types& types);
std::vector<flow::Expr> references(const data::Types& types, const std::vector<size_t>& positions);

// The position of a plain column reference.
std::optional<size_t> referenced_position(const duckdb::Expression& expression);

}  // namespace kappa::sql
