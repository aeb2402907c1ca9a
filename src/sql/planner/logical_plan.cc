#include "sql/planner/logical_plan.h"

#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/execution/column_binding_resolver.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/optimizer/aggregate_function_rewriter.hpp>
#include <duckdb/optimizer/common_aggregate_optimizer.hpp>
#include <duckdb/optimizer/common_subplan_optimizer.hpp>
#include <duckdb/optimizer/cse_optimizer.hpp>
#include <duckdb/optimizer/cte_filter_pusher.hpp>
#include <duckdb/optimizer/cte_inlining.hpp>
#include <duckdb/optimizer/deliminator.hpp>
#include <duckdb/optimizer/empty_result_pullup.hpp>
#include <duckdb/optimizer/filter_pullup.hpp>
#include <duckdb/optimizer/filter_pushdown.hpp>
#include <duckdb/optimizer/join_order/join_order_optimizer.hpp>
#include <duckdb/optimizer/optimizer.hpp>
#include <duckdb/optimizer/outer_join_simplification.hpp>
#include <duckdb/optimizer/remove_duplicate_groups.hpp>
#include <duckdb/optimizer/remove_unused_columns.hpp>
#include <duckdb/optimizer/unnest_rewriter.hpp>
#include <duckdb/parser/sql_statement.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/logical_operator_visitor.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <duckdb/planner/planner.hpp>

#include <utility>

#include "sql/catalog.h"

namespace kappa::sql {
namespace {

using Root = duckdb::unique_ptr<duckdb::LogicalOperator>;

// The order is DuckDB's own. Left out: whatever reads statistics or estimates (statistics
// propagation, compressed materialisation, partial aggregates, build side), rewrites top-N windows
// or grouping sets into forms that are dearer to maintain, or moves a LIMIT to other rows.
Root run_passes(duckdb::Optimizer& optimizer, Root root) {
  root = optimizer.LowerMandatoryAggregateRewrites(std::move(root));
  optimizer.rewriter.VisitOperator(*root);
  root = duckdb::CTEInlining(optimizer).Optimize(std::move(root));
  duckdb::AggregateFunctionRewriter(optimizer).Optimize(root);
  root = duckdb::FilterPullup().Rewrite(std::move(root));
  duckdb::FilterPushdown pushdown(optimizer);
  duckdb::unordered_set<duckdb::TableIndex> top_bindings;
  pushdown.CheckMarkToSemi(*root, top_bindings);
  root = pushdown.Rewrite(std::move(root));
  duckdb::CTEFilterPusher::ClearDependencies(*root);
  root = duckdb::Deliminator(optimizer.context).Optimize(std::move(root));
  root = duckdb::CTEInlining(optimizer).Optimize(std::move(root));
  root = duckdb::EmptyResultPullup().Optimize(std::move(root));
  duckdb::OuterJoinSimplification().VisitOperator(*root);
  root = duckdb::JoinOrderOptimizer(optimizer.context).Optimize(std::move(root));
  root = duckdb::UnnestRewriter(optimizer.context).Optimize(std::move(root));
  duckdb::RemoveUnusedColumns(optimizer).VisitOperator(root);
  duckdb::RemoveDuplicateGroups(optimizer).VisitOperator(*root);
  duckdb::CommonSubExpressionOptimizer(optimizer.binder).VisitOperator(*root);
  root = duckdb::CommonSubplanOptimizer(optimizer).Optimize(std::move(root));
  duckdb::CommonAggregateOptimizer().VisitOperator(*root);
  return root;
}

// Before any pass: what the optimiser finds to be empty is not read, but the text still names it.
void collect_relations(duckdb::LogicalOperator& op, std::set<std::string>& relations) {
  for (auto& child : op.children) collect_relations(*child, relations);
  if (op.type != duckdb::LogicalOperatorType::LOGICAL_GET) return;
  auto table = op.Cast<duckdb::LogicalGet>().GetTable();
  const RelationPtr relation = table ? relation_of(*table) : nullptr;
  if (relation) relations.insert(relation->name());
}

using Bindings = duckdb::column_binding_set_t;

// count(*) asks its scan for a row number that nobody looks at.
void collect_row_numbers(duckdb::LogicalOperator& op, Bindings& row_numbers) {
  for (auto& child : op.children) collect_row_numbers(*child, row_numbers);
  if (op.type != duckdb::LogicalOperatorType::LOGICAL_GET) return;
  auto& get = op.Cast<duckdb::LogicalGet>();
  const auto& columns = get.GetColumnIds();
  for (duckdb::idx_t i = 0; i < columns.size(); ++i) {
    if (columns[i].IsVirtualColumn()) {
      row_numbers.insert(duckdb::ColumnBinding(get.table_index, duckdb::ProjectionIndex(i)));
    }
  }
}

Status refuse_row_numbers(duckdb::LogicalOperator& op, const Bindings& row_numbers,
                          const QueryText& text) {
  Status status;
  duckdb::LogicalOperatorVisitor::EnumerateExpressions(
      op, [&](duckdb::unique_ptr<duckdb::Expression>* expression) {
        duckdb::ExpressionIterator::VisitExpression<duckdb::BoundColumnRefExpression>(
            **expression, [&](const duckdb::BoundColumnRefExpression& reference) {
              if (!row_numbers.count(reference.Binding())) return;
              status = refuse("rowid cannot be used in a view: rows have no number",
                              "use the columns that identify the row",
                              text.position(reference.GetQueryLocation()));
            });
      });
  RETURN_IF_ERROR(status);
  for (auto& child : op.children) RETURN_IF_ERROR(refuse_row_numbers(*child, row_numbers, text));
  return OkStatus();
}

// The resolver does not go below a table function with an input (FROM t, UNNEST(t.list)).
void resolve_inputs_of_scans(duckdb::LogicalOperator& op) {
  for (auto& child : op.children) {
    resolve_inputs_of_scans(*child);
    if (op.type != duckdb::LogicalOperatorType::LOGICAL_GET) continue;
    duckdb::ColumnBindingResolver().VisitOperator(*child);
  }
}

}  // namespace

StatusOr<LogicalPlan> make_logical_plan(duckdb::ClientContext& context, const QueryText& text,
                                        duckdb::unique_ptr<duckdb::SQLStatement> statement) {
  duckdb::Planner planner(context);
  planner.CreatePlan(std::move(statement));
  if (planner.properties.parameter_count > 0) {
    return refuse("parameters cannot be used in a view", "write the value itself");
  }
  duckdb::Optimizer optimizer(*planner.binder, context);
  LogicalPlan plan;
  collect_relations(*planner.plan, plan.relations);
  plan.root = run_passes(optimizer, std::move(planner.plan));
  Bindings row_numbers;
  collect_row_numbers(*plan.root, row_numbers);
  RETURN_IF_ERROR(refuse_row_numbers(*plan.root, row_numbers, text));
  // Types first, then positions.
  plan.root->ResolveOperatorTypes();
  resolve_inputs_of_scans(*plan.root);
  duckdb::ColumnBindingResolver().VisitOperator(*plan.root);
  for (const auto& name : planner.names) plan.names.push_back(name.GetIdentifierName());
  plan.types.assign(planner.types.begin(), planner.types.end());
  return plan;
}

}  // namespace kappa::sql
