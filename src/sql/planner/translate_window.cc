// Window functions and the filters above them. row_number() is a top-N with numbers, cut where a
// filter allows it; an aggregate over its whole partition is a GROUP BY joined back to the rows;
// any other is a window operator, which makes a partition's results anew when one of its rows
// changes.

#include <duckdb/function/builtin_function_lookup.hpp>
#include <duckdb/function/function_binder.hpp>
#include <duckdb/function/window_function.hpp>
#include <duckdb/parser/expression/window_expression.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression/bound_conjunction_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>
#include <duckdb/planner/operator/logical_filter.hpp>
#include <duckdb/planner/operator/logical_window.hpp>

#include <algorithm>
#include <utility>

#include "sql/planner/row_number_bounds.h"
#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using duckdb::BoundWindowExpression;
using duckdb::LogicalOperatorType;
using duckdb::WindowBoundary;
using flow::NodePtr;

bool is_row_number(const BoundWindowExpression& window) {
  return window.WindowFunction() && window.WindowFunction()->GetName() == "row_number" &&
         window.ArgOrders().empty() &&
         window.WindowExclude() == duckdb::WindowExcludeMode::NO_OTHER;
}

// Every row of a partition has the same frame: all of it.
bool is_whole_partition(const BoundWindowExpression& window) {
  if (!window.AggregateFunction()) return false;
  if (window.WindowExclude() != duckdb::WindowExcludeMode::NO_OTHER) return false;
  if (window.WindowStart() != WindowBoundary::UNBOUNDED_PRECEDING) return false;
  if (window.IgnoreNulls()) return false;
  if (window.WindowEnd() == WindowBoundary::UNBOUNDED_FOLLOWING) return true;
  return window.OrderBy().empty() && window.WindowEnd() == WindowBoundary::CURRENT_ROW_RANGE;
}

// The frame counts rows, so the order of rows with equal keys matters.
bool counts_rows(const BoundWindowExpression& window) {
  constexpr const char* kFunctions[] = {"row_number", "ntile", "lag", "lead"};
  if (window.WindowFunction()) {
    for (const char* function : kFunctions) {
      if (window.WindowFunction()->GetName() == function) return true;
    }
  }
  const auto is_rows = [](WindowBoundary boundary) {
    return boundary == WindowBoundary::CURRENT_ROW_ROWS ||
           boundary == WindowBoundary::EXPR_PRECEDING_ROWS ||
           boundary == WindowBoundary::EXPR_FOLLOWING_ROWS;
  };
  return is_rows(window.WindowStart()) || is_rows(window.WindowEnd());
}

// Ties are broken by the whole row, so that the results are a function of the rows.
void add_tie_breakers(BoundWindowExpression& window, const data::Types& types) {
  for (size_t i = 0; i < types.size(); ++i) {
    window.OrderByMutable().emplace_back(duckdb::OrderType::ASCENDING,
                                         duckdb::OrderByNullType::NULLS_LAST,
                                         reference(i, types[i])->Copy());
  }
}

StatusOr<NodePtr> add_row_number(Translation& translation, const BoundWindowExpression& window,
                                 const RowNumberBounds& bounds, NodePtr input) {
  flow::TopNSpec spec;
  ASSIGN_OR_RETURN(spec.partitions, import_all(translation, window.Partitions()));
  ASSIGN_OR_RETURN(spec.orders, import_orders(translation, window.OrderBy()));
  const int64_t low = std::max<int64_t>(bounds.low, 1);
  spec.offset = low - 1;
  if (bounds.high < low) {
    spec.limit = 0;
  } else {
    spec.limit = bounds.high == INT64_MAX ? INT64_MAX : bounds.high - low + 1;
  }
  spec.has_row_number = true;
  data::Types types = input->types;
  types.push_back(duckdb::LogicalType::BIGINT);
  return translation.nodes.make(std::move(spec), {std::move(input)}, std::move(types));
}

bool same_partitions(const flow::WindowSpec& left, const flow::WindowSpec& right) {
  return std::equal(left.partitions.begin(), left.partitions.end(), right.partitions.begin(),
                    right.partitions.end(),
                    [](const flow::Expr& a, const flow::Expr& b) { return a->Equals(*b); });
}

duckdb::unique_ptr<duckdb::BoundAggregateExpression> aggregate_of(
    duckdb::ClientContext& context, const BoundWindowExpression& window) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> arguments;
  for (const auto& child : window.GetChildren()) arguments.push_back(child->Copy());
  auto filter = window.Filter() ? window.Filter()->Copy() : nullptr;
  // In windows count(*) is called count(), without an argument.
  if (arguments.empty() && window.AggregateFunction()->GetName() == "count") {
    return duckdb::FunctionBinder(context).BindAggregateFunction(
        duckdb::GetBuiltinAggregateFunction(context, "count_star", {}), std::move(arguments),
        std::move(filter));
  }
  auto aggregate = duckdb::make_uniq<duckdb::BoundAggregateExpression>(
      *window.AggregateFunction(), std::move(arguments), std::move(filter),
      window.BindInfo() ? window.BindInfo()->Copy() : nullptr,
      window.Distinct() ? duckdb::AggregateType::DISTINCT : duckdb::AggregateType::NON_DISTINCT);
  if (!window.ArgOrders().empty()) {
    auto orders = duckdb::make_uniq<duckdb::BoundOrderModifier>();
    for (const auto& order : window.ArgOrders()) orders->orders.push_back(order.Copy());
    aggregate->GetOrderBysMutable() = std::move(orders);
  }
  return aggregate;
}

StatusOr<NodePtr> add_whole_partition(Translation& translation, const BoundWindowExpression& window,
                                      NodePtr input) {
  ASSIGN_OR_RETURN(auto partitions, import_all(translation, window.Partitions()));
  ASSIGN_OR_RETURN(auto aggregate,
                   import_aggregate(translation.text, *aggregate_of(translation.context, window)));
  data::Types types;
  flow::JoinSpec join;
  for (const auto& partition : partitions) {
    join.keys.push_back({partition, reference(types.size(), partition->GetReturnType()), true});
    types.push_back(partition->GetReturnType());
  }
  types.push_back(aggregate->GetReturnType());
  Nodes& nodes = translation.nodes;
  NodePtr totals =
      nodes.make(flow::AggregateSpec{partitions, {aggregate}}, {input}, std::move(types));
  const size_t width = input->types.size();
  NodePtr joined = nodes.join(std::move(join), std::move(input), std::move(totals));
  std::vector<size_t> positions;
  for (size_t i = 0; i < width; ++i) positions.push_back(i);
  positions.push_back(joined->types.size() - 1);
  return nodes.select(std::move(joined), positions);
}

// `row_types`: of the rows below all windows, to which the functions are bound.
StatusOr<NodePtr> add_window(Translation& translation, const BoundWindowExpression& window,
                             const data::Types& row_types, NodePtr input) {
  flow::WindowSpec spec;
  ASSIGN_OR_RETURN(spec.partitions, import_all(translation, window.Partitions()));
  auto copy = window.Copy();
  auto& ordered = copy->Cast<BoundWindowExpression>();
  if (counts_rows(window)) add_tie_breakers(ordered, row_types);
  ASSIGN_OR_RETURN(auto imported, import_window(translation.text, ordered));
  data::Types types = input->types;
  types.push_back(window.GetReturnType());
  spec.windows.push_back(std::move(imported));
  // Windows of the same partitions share one operator, when one follows the other and does not
  // read the other's results: when that one's input has all of the rows' columns, too.
  const auto* below = std::get_if<flow::WindowSpec>(&input->spec);
  const bool is_independent = below && input->inputs[0]->types.size() >= row_types.size();
  if (!is_independent || !same_partitions(*below, spec)) {
    return translation.nodes.make(std::move(spec), {std::move(input)}, std::move(types));
  }
  spec.windows.insert(spec.windows.begin(), below->windows.begin(), below->windows.end());
  return translation.nodes.make(std::move(spec), input->inputs, std::move(types));
}

void split_conjunction(const flow::Expr& condition, std::vector<flow::Expr>& conditions) {
  if (condition->GetExpressionType() != duckdb::ExpressionType::CONJUNCTION_AND) {
    conditions.push_back(condition);
    return;
  }
  for (const auto& child : condition->Cast<duckdb::BoundConjunctionExpression>().GetChildren()) {
    split_conjunction(flow::Expr(child->Copy().release()), conditions);
  }
}

// Conditions on the only row_number() below are taken out and returned as bounds.
RowNumberBounds take_bounds(duckdb::LogicalOperator& child, std::vector<flow::Expr>& conditions) {
  RowNumberBounds bounds;
  if (child.type != LogicalOperatorType::LOGICAL_WINDOW || child.expressions.size() != 1) {
    return bounds;
  }
  if (!is_row_number(child.expressions[0]->Cast<BoundWindowExpression>())) return bounds;
  const size_t position = child.types.size() - 1;
  std::erase_if(conditions, [&](const flow::Expr& condition) {
    return narrow_bounds(condition, position, bounds);
  });
  return bounds;
}

}  // namespace

StatusOr<NodePtr> translate_window(Translation& translation, duckdb::LogicalOperator& op,
                                   const RowNumberBounds& bounds) {
  bool needs_order = false;
  for (const auto& expression : op.expressions) {
    const auto& window = expression->Cast<BoundWindowExpression>();
    needs_order |= window.OrderBy().empty() && !is_whole_partition(window);
  }
  translation.order_sensitive_depth += needs_order ? 1 : 0;
  auto input = translate_child(translation, op);
  translation.order_sensitive_depth -= needs_order ? 1 : 0;
  RETURN_IF_ERROR(input.status());
  NodePtr node = *std::move(input);
  const data::Types row_types = node->types;
  for (const auto& expression : op.expressions) {
    const auto& window = expression->Cast<BoundWindowExpression>();
    if (is_row_number(window)) {
      ASSIGN_OR_RETURN(node, add_row_number(translation, window, bounds, std::move(node)));
    } else if (is_whole_partition(window)) {
      ASSIGN_OR_RETURN(node, add_whole_partition(translation, window, std::move(node)));
    } else {
      ASSIGN_OR_RETURN(node, add_window(translation, window, row_types, std::move(node)));
    }
  }
  return node;
}

StatusOr<NodePtr> translate_filter(Translation& translation, duckdb::LogicalOperator& op) {
  auto& filter = op.Cast<duckdb::LogicalFilter>();
  if (op.children.size() != 1) return internal_error("filter has {} inputs", op.children.size());
  ASSIGN_OR_RETURN(auto imported, import_all(translation, op.expressions));
  std::vector<flow::Expr> conditions;
  for (const auto& condition : imported) split_conjunction(condition, conditions);
  duckdb::LogicalOperator& child = *op.children[0];
  const RowNumberBounds bounds = take_bounds(child, conditions);
  auto input = child.type == LogicalOperatorType::LOGICAL_WINDOW
                   ? translate_window(translation, child, bounds)
                   : translate(translation, child);
  RETURN_IF_ERROR(input.status());
  NodePtr node = translation.nodes.filter(*std::move(input), std::move(conditions));
  if (filter.projection_map.empty()) return node;
  std::vector<size_t> positions;
  for (const auto& column : filter.projection_map) positions.push_back(column.GetIndex());
  return translation.nodes.select(std::move(node), positions);
}

}  // namespace kappa::sql
