#pragma once
// From DuckDB's logical operators to circuit nodes, one function per family of operators. Each
// looks at every field that carries meaning and refuses, by name, what it does not know: a plan
// shape that is skipped would be a view that is maintained wrongly.

#include <duckdb/planner/logical_operator.hpp>

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "flow/plan.h"
#include "sql/planner.h"
#include "sql/planner/expressions.h"
#include "sql/planner/nodes.h"
#include "sql/planner/refusal.h"

namespace duckdb {
class ClientContext;
class LogicalGet;
struct BoundOrderByNode;
}  // namespace duckdb

namespace kappa::sql {

// One relation and the columns that the whole query reads of it.
struct RelationInput {
  PlanInput read;
  data::Types types;
  bool is_append_only = true;
};

// The row numbers that a filter above a row_number() lets through; none: low > high.
struct RowNumberBounds {
  int64_t low = 1;
  int64_t high = INT64_MAX;
};

// What one translation knows.
struct Translation {
  Translation(duckdb::ClientContext& context, const QueryText& text)
      : context(context), text(text) {}

  duckdb::ClientContext& context;
  const QueryText& text;
  Nodes nodes;
  std::vector<RelationInput> inputs;               // in order of first appearance
  std::unordered_map<size_t, flow::NodePtr> ctes;  // by CTE index
  // Above zero: below an operator whose result depends on the order of its rows.
  int order_sensitive_depth = 0;
};

// Any operator, types and positions resolved.
StatusOr<flow::NodePtr> translate(Translation& translation, duckdb::LogicalOperator& op);

// Finds the relations and columns that the plan reads; before translate(). Refuses other tables.
Status collect_inputs(Translation& translation, duckdb::LogicalOperator& root);

StatusOr<flow::NodePtr> translate_get(Translation& translation, duckdb::LogicalOperator& op);

// EXPRESSION_GET, DUMMY_SCAN, EMPTY_RESULT, CHUNK_GET
StatusOr<flow::NodePtr> translate_constants(Translation& translation, duckdb::LogicalOperator& op);
// range(), generate_series() and unnest() of constants in FROM.
bool is_constant_function(duckdb::LogicalGet& get);
StatusOr<flow::NodePtr> translate_constant_function(Translation& translation,
                                                    duckdb::LogicalGet& get);

// COMPARISON_JOIN, ANY_JOIN, CROSS_PRODUCT
StatusOr<flow::NodePtr> translate_join(Translation& translation, duckdb::LogicalOperator& op);
// A mark join whose third value (NULL) the plain MARK operator does not give.
flow::NodePtr expand_mark_join(Nodes& nodes, const flow::JoinSpec& spec, const flow::NodePtr& left,
                               const flow::NodePtr& right);

StatusOr<flow::NodePtr> translate_aggregate(Translation& translation, duckdb::LogicalOperator& op);

// DISTINCT, UNION, EXCEPT, INTERSECT
StatusOr<flow::NodePtr> translate_distinct(Translation& translation, duckdb::LogicalOperator& op);
StatusOr<flow::NodePtr> translate_set_operation(Translation& translation,
                                                duckdb::LogicalOperator& op);

// LIMIT (with the ORDER_BY below it) and ORDER_BY
StatusOr<flow::NodePtr> translate_limit(Translation& translation, duckdb::LogicalOperator& op);
StatusOr<flow::NodePtr> translate_order(Translation& translation, duckdb::LogicalOperator& op);

StatusOr<std::vector<flow::OrderKey>> import_orders(
    const Translation& translation, const duckdb::vector<duckdb::BoundOrderByNode>& orders);

// FILTER and WINDOW; a filter on row_number() is a top-N.
StatusOr<flow::NodePtr> translate_filter(Translation& translation, duckdb::LogicalOperator& op);
StatusOr<flow::NodePtr> translate_window(Translation& translation, duckdb::LogicalOperator& op,
                                         const RowNumberBounds& bounds);

// The operator's only input, translated.
StatusOr<flow::NodePtr> translate_child(Translation& translation, duckdb::LogicalOperator& op);

StatusOr<std::vector<flow::Expr>> import_all(
    const Translation& translation,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& expressions);

}  // namespace kappa::sql
