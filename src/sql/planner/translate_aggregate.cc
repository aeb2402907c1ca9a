// GROUP BY. Several grouping sets are one aggregate each over the same input, put together with
// NULL for the columns that a set leaves out and the numbers that GROUPING() gives for it.

#include <duckdb/function/aggregate_state.hpp>
#include <duckdb/function/builtin_function_lookup.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/logical_aggregate.hpp>

#include <algorithm>
#include <utility>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using duckdb::LogicalAggregate;
using flow::NodePtr;

using Aggregates = std::vector<std::shared_ptr<const duckdb::BoundAggregateExpression>>;

StatusOr<Aggregates> import_aggregates(const Translation& translation,
                                       const LogicalAggregate& aggregate) {
  Aggregates result;
  for (const auto& expression : aggregate.expressions) {
    if (expression->GetExpressionClass() != duckdb::ExpressionClass::BOUND_AGGREGATE) {
      return internal_error("not an aggregate: {}", expression->ToString());
    }
    const auto& bound = expression->Cast<duckdb::BoundAggregateExpression>();
    if (bound.StateExportMode() != duckdb::AggregateStateExportMode::NONE) {
      return refuse("aggregate states cannot be maintained in a view", "aggregate the rows",
                    translation.text.position(bound.GetQueryLocation()));
    }
    ASSIGN_OR_RETURN(auto imported, import_aggregate(translation.text, bound));
    result.push_back(std::move(imported));
  }
  return result;
}

bool reads_column(const duckdb::Expression& expression, size_t position) {
  if (referenced_position(expression) == position) return true;
  bool reads = false;
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { reads |= reads_column(child, position); });
  return reads;
}

// Text with a collation is grouped by a normalised form, and first(text) shows one of the equal
// ones: which, depends on the order of the rows.
Status refuse_collated_groups(const std::vector<flow::Expr>& groups, const Aggregates& aggregates) {
  for (const auto& aggregate : aggregates) {
    if (aggregate->Function().GetName() != "first" || aggregate->GetOrderBys()) continue;
    if (aggregate->GetReturnType().id() != duckdb::LogicalTypeId::VARCHAR) continue;
    const auto position = referenced_position(*aggregate->GetChildren()[0]);
    for (const auto& group : groups) {
      if (!position || referenced_position(*group) || !reads_column(*group, *position)) continue;
      return refuse("GROUP BY text with a collation cannot be maintained in a view",
                    "group by lower(column), or another form that is the same for equal text");
    }
  }
  return OkStatus();
}

NodePtr make_aggregate(Nodes& nodes, const NodePtr& input, std::vector<flow::Expr> groups,
                       const Aggregates& aggregates) {
  if (aggregates.empty() && !groups.empty()) {
    return nodes.distinct(nodes.project(input, std::move(groups)));
  }
  data::Types types;
  for (const auto& group : groups) types.push_back(group->GetReturnType());
  for (const auto& aggregate : aggregates) types.push_back(aggregate->GetReturnType());
  return nodes.make(flow::AggregateSpec{std::move(groups), aggregates}, {input}, std::move(types));
}

// Bit by bit, first argument highest: 1 when the set leaves the column out.
int64_t grouping_number(const duckdb::GroupingSet& set,
                        const duckdb::unsafe_vector<duckdb::ProjectionIndex>& columns) {
  int64_t number = 0;
  for (const auto& column : columns) number = number * 2 + (set.count(column) ? 0 : 1);
  return number;
}

// Output: all groups, aggregates, GROUPING() numbers.
NodePtr translate_set(Nodes& nodes, const LogicalAggregate& aggregate, const NodePtr& input,
                      const std::vector<flow::Expr>& groups, const Aggregates& aggregates,
                      const duckdb::GroupingSet& set) {
  std::vector<flow::Expr> set_groups;
  std::vector<flow::Expr> output;
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto type = groups[i]->GetReturnType();
    if (set.count(duckdb::ProjectionIndex(i))) {
      output.push_back(reference(set_groups.size(), type));
      set_groups.push_back(groups[i]);
    } else {
      output.push_back(constant(duckdb::Value(type)));
    }
  }
  for (size_t i = 0; i < aggregates.size(); ++i) {
    output.push_back(reference(set_groups.size() + i, aggregates[i]->GetReturnType()));
  }
  for (const auto& columns : aggregate.grouping_functions) {
    output.push_back(constant(duckdb::Value::BIGINT(grouping_number(set, columns))));
  }
  return nodes.project(make_aggregate(nodes, input, std::move(set_groups), aggregates),
                       std::move(output));
}

std::shared_ptr<const duckdb::BoundAggregateExpression> row_count(duckdb::ClientContext& context) {
  return std::shared_ptr<const duckdb::BoundAggregateExpression>(
      duckdb::FunctionBinder(context)
          .BindAggregateFunction(duckdb::GetBuiltinAggregateFunction(context, "count_star", {}), {})
          .release());
}

// The count stands behind the groups.
NodePtr drop_row_count(Nodes& nodes, NodePtr part, size_t position) {
  std::vector<size_t> positions;
  for (size_t i = 0; i < part->types.size(); ++i) {
    if (i != position) positions.push_back(i);
  }
  return nodes.select(std::move(part), positions);
}

}  // namespace

StatusOr<NodePtr> translate_aggregate(Translation& translation, duckdb::LogicalOperator& op) {
  auto& aggregate = op.Cast<LogicalAggregate>();
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  ASSIGN_OR_RETURN(auto groups, import_all(translation, aggregate.groups));
  ASSIGN_OR_RETURN(auto aggregates, import_aggregates(translation, aggregate));
  RETURN_IF_ERROR(refuse_collated_groups(groups, aggregates));
  duckdb::vector<duckdb::GroupingSet> sets = aggregate.grouping_sets;
  if (sets.empty()) {
    auto& all = sets.emplace_back();
    for (size_t i = 0; i < groups.size(); ++i) all.insert(duckdb::ProjectionIndex(i));
  }
  std::vector<NodePtr> parts;
  for (const auto& set : sets) {
    // One row also of no aggregates: it takes one to make it.
    const bool is_bare = set.empty() && aggregates.empty();
    const Aggregates row = is_bare ? Aggregates{row_count(translation.context)} : aggregates;
    NodePtr part = translate_set(translation.nodes, aggregate, input, groups, row, set);
    parts.push_back(is_bare ? drop_row_count(translation.nodes, std::move(part), groups.size())
                            : std::move(part));
  }
  return translation.nodes.union_all(std::move(parts));
}

}  // namespace kappa::sql
