// ORDER BY and LIMIT. The rows of a view have no order, so ORDER BY counts only below a LIMIT. A
// LIMIT without ORDER BY takes the first rows in the order of the whole row: some rows, as SQL
// says, but always the same ones.

#include <duckdb/planner/operator/logical_limit.hpp>
#include <duckdb/planner/operator/logical_order.hpp>

#include <algorithm>
#include <utility>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using duckdb::LogicalLimit;
using duckdb::LogicalOperatorType;
using duckdb::LogicalOrder;
using flow::NodePtr;

StatusOr<int64_t> constant_of(const duckdb::BoundLimitNode& node, int64_t if_unset) {
  switch (node.Type()) {
    case duckdb::LimitNodeType::UNSET:
      return if_unset;
    case duckdb::LimitNodeType::CONSTANT_VALUE:
      return static_cast<int64_t>(std::min<duckdb::idx_t>(node.GetConstantValue(), INT64_MAX));
    case duckdb::LimitNodeType::CONSTANT_PERCENTAGE:
    case duckdb::LimitNodeType::EXPRESSION_PERCENTAGE:
      return refuse("LIMIT with a percentage cannot be maintained in a view",
                    "use a number of rows");
    default:
      return refuse("LIMIT with an expression cannot be maintained in a view",
                    "use a constant number of rows");
  }
}

NodePtr select_mapped(Nodes& nodes, NodePtr input,
                      const duckdb::vector<duckdb::ProjectionIndex>& map) {
  if (map.empty()) return input;
  std::vector<size_t> positions;
  for (const auto& column : map) positions.push_back(column.GetIndex());
  return nodes.select(std::move(input), positions);
}

NodePtr make_top_n(Nodes& nodes, NodePtr input, flow::TopNSpec spec) {
  data::Types types = input->types;
  return nodes.make(std::move(spec), {std::move(input)}, std::move(types));
}

// The rows of `op` cut by `spec`, which takes its order from the ORDER BY found below projections.
StatusOr<NodePtr> translate_limited(Translation& translation, duckdb::LogicalOperator& op,
                                    flow::TopNSpec spec) {
  if (op.type == LogicalOperatorType::LOGICAL_PROJECTION) {
    ASSIGN_OR_RETURN(auto input, translate_limited(translation, *op.children[0], std::move(spec)));
    ASSIGN_OR_RETURN(auto expressions, import_all(translation, op.expressions));
    return translation.nodes.project(std::move(input), std::move(expressions));
  }
  auto& order = op.Cast<LogicalOrder>();
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  ASSIGN_OR_RETURN(spec.orders, import_orders(translation, order.orders));
  NodePtr top = make_top_n(translation.nodes, std::move(input), std::move(spec));
  return select_mapped(translation.nodes, std::move(top), order.projection_map);
}

bool is_ordered(const duckdb::LogicalOperator& op) {
  if (op.type == LogicalOperatorType::LOGICAL_PROJECTION) return is_ordered(*op.children[0]);
  return op.type == LogicalOperatorType::LOGICAL_ORDER_BY;
}

}  // namespace

StatusOr<std::vector<flow::OrderKey>> import_orders(
    const Translation& translation, const duckdb::vector<duckdb::BoundOrderByNode>& orders) {
  std::vector<flow::OrderKey> keys;
  for (const auto& order : orders) {
    flow::OrderKey key;
    ASSIGN_OR_RETURN(key.expression, import_expression(translation.text, *order.expression));
    key.is_descending = order.type == duckdb::OrderType::DESCENDING;
    key.nulls_first = order.null_order == duckdb::OrderByNullType::NULLS_FIRST;
    keys.push_back(std::move(key));
  }
  return keys;
}

StatusOr<NodePtr> translate_limit(Translation& translation, duckdb::LogicalOperator& op) {
  auto& limit = op.Cast<LogicalLimit>();
  flow::TopNSpec spec;
  ASSIGN_OR_RETURN(spec.limit, constant_of(limit.limit_val, INT64_MAX));
  ASSIGN_OR_RETURN(spec.offset, constant_of(limit.offset_val, 0));
  if (is_ordered(*op.children[0])) {
    return translate_limited(translation, *op.children[0], std::move(spec));
  }
  ++translation.order_sensitive_depth;
  auto input = translate_child(translation, op);
  --translation.order_sensitive_depth;
  RETURN_IF_ERROR(input.status());
  return make_top_n(translation.nodes, *std::move(input), std::move(spec));
}

StatusOr<NodePtr> translate_order(Translation& translation, duckdb::LogicalOperator& op) {
  auto& order = op.Cast<LogicalOrder>();
  if (translation.order_sensitive_depth > 0) {
    return refuse(
        "ORDER BY in a subquery has no effect in a view",
        "put the ORDER BY where the order is used: beside LIMIT, in OVER (…), in DISTINCT ON");
  }
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  return select_mapped(translation.nodes, std::move(input), order.projection_map);
}

}  // namespace kappa::sql
