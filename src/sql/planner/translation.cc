#include "sql/planner/translation.h"

#include <duckdb/planner/expression/bound_unnest_expression.hpp>
#include <duckdb/planner/operator/logical_cteref.hpp>
#include <duckdb/planner/operator/logical_materialized_cte.hpp>
#include <duckdb/planner/operator/logical_projection.hpp>

#include <utility>

namespace kappa::sql {
namespace {

using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;

Status refuse_operator(const LogicalOperator& op) {
  switch (op.type) {
    case LogicalOperatorType::LOGICAL_RECURSIVE_CTE:
      return refuse("WITH RECURSIVE cannot be maintained in a view yet",
                    "write the levels out as joins if their number is bounded");
    case LogicalOperatorType::LOGICAL_ASOF_JOIN:
      return refuse("ASOF JOIN cannot be maintained in a view yet",
                    "join on the time condition and keep the latest match with row_number() = 1");
    case LogicalOperatorType::LOGICAL_POSITIONAL_JOIN:
      return refuse("POSITIONAL JOIN cannot be maintained in a view: rows have no position",
                    "join on a column");
    case LogicalOperatorType::LOGICAL_SAMPLE:
      return refuse("sampling cannot be maintained in a view: its rows are random",
                    "filter on a hash of the key, as in WHERE hash(id) % 100 < 5");
    case LogicalOperatorType::LOGICAL_PIVOT:
      return refuse(
          "PIVOT without IN cannot be maintained in a view: its columns depend on the data",
          "name the values: PIVOT … ON column IN (…)");
    default:
      return refuse(op.GetName() + " cannot be maintained in a view");
  }
}

StatusOr<flow::NodePtr> translate_projection(Translation& translation, LogicalOperator& op) {
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  ASSIGN_OR_RETURN(auto expressions, import_all(translation, op.expressions));
  return translation.nodes.project(std::move(input), std::move(expressions));
}

StatusOr<flow::NodePtr> translate_unnest(Translation& translation, LogicalOperator& op) {
  ASSIGN_OR_RETURN(auto input, translate_child(translation, op));
  flow::UnnestSpec spec;
  data::Types types = input->types;
  for (const auto& expression : op.expressions) {
    const auto& unnest = expression->Cast<duckdb::BoundUnnestExpression>();
    ASSIGN_OR_RETURN(auto list, import_expression(translation.text, *unnest.Child()));
    if (list->GetReturnType().id() != duckdb::LogicalTypeId::LIST) {
      return refuse("UNNEST of something that is not a list cannot be maintained in a view", "",
                    translation.text.position(unnest.GetQueryLocation()));
    }
    types.push_back(unnest.GetReturnType());
    spec.lists.push_back(std::move(list));
  }
  return translation.nodes.make(std::move(spec), {std::move(input)}, std::move(types));
}

StatusOr<flow::NodePtr> translate_cte(Translation& translation, LogicalOperator& op) {
  auto& cte = op.Cast<duckdb::LogicalMaterializedCTE>();
  ASSIGN_OR_RETURN(auto definition, translate(translation, *cte.children[0]));
  translation.ctes[cte.table_index.index] = std::move(definition);
  return translate(translation, *cte.children[1]);
}

StatusOr<flow::NodePtr> translate_cte_scan(Translation& translation, LogicalOperator& op) {
  auto& scan = op.Cast<duckdb::LogicalCTERef>();
  auto definition = translation.ctes.find(scan.cte_index.index);
  if (scan.is_recurring || definition == translation.ctes.end()) {
    return refuse("WITH RECURSIVE cannot be maintained in a view yet");
  }
  if (definition->second->types.size() != scan.chunk_types.size()) {
    return internal_error(
        "common table expression has other columns than its scan: {} instead of {}",
        definition->second->types.size(), scan.chunk_types.size());
  }
  return definition->second;
}

}  // namespace

StatusOr<flow::NodePtr> translate_child(Translation& translation, LogicalOperator& op) {
  if (op.children.size() != 1) {
    return internal_error("operator has {} inputs: {}", op.children.size(), op.GetName());
  }
  return translate(translation, *op.children[0]);
}

StatusOr<std::vector<flow::Expr>> import_all(
    const Translation& translation,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& expressions) {
  std::vector<flow::Expr> result;
  for (const auto& expression : expressions) {
    ASSIGN_OR_RETURN(auto imported, import_expression(translation.text, *expression));
    result.push_back(std::move(imported));
  }
  return result;
}

StatusOr<flow::NodePtr> translate(Translation& translation, LogicalOperator& op) {
  switch (op.type) {
    case LogicalOperatorType::LOGICAL_GET:
      return translate_get(translation, op);
    case LogicalOperatorType::LOGICAL_EXPRESSION_GET:
    case LogicalOperatorType::LOGICAL_DUMMY_SCAN:
    case LogicalOperatorType::LOGICAL_EMPTY_RESULT:
    case LogicalOperatorType::LOGICAL_CHUNK_GET:
      return translate_constants(translation, op);
    case LogicalOperatorType::LOGICAL_PROJECTION:
      return translate_projection(translation, op);
    case LogicalOperatorType::LOGICAL_FILTER:
      return translate_filter(translation, op);
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
      return translate_aggregate(translation, op);
    case LogicalOperatorType::LOGICAL_DISTINCT:
      return translate_distinct(translation, op);
    case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case LogicalOperatorType::LOGICAL_ANY_JOIN:
    case LogicalOperatorType::LOGICAL_CROSS_PRODUCT:
      return translate_join(translation, op);
    case LogicalOperatorType::LOGICAL_UNION:
    case LogicalOperatorType::LOGICAL_EXCEPT:
    case LogicalOperatorType::LOGICAL_INTERSECT:
      return translate_set_operation(translation, op);
    case LogicalOperatorType::LOGICAL_LIMIT:
      return translate_limit(translation, op);
    case LogicalOperatorType::LOGICAL_ORDER_BY:
      return translate_order(translation, op);
    case LogicalOperatorType::LOGICAL_WINDOW:
      return translate_window(translation, op, RowNumberBounds{});
    case LogicalOperatorType::LOGICAL_UNNEST:
      return translate_unnest(translation, op);
    case LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
      return translate_cte(translation, op);
    case LogicalOperatorType::LOGICAL_CTE_REF:
      return translate_cte_scan(translation, op);
    default:
      return refuse_operator(op);
  }
}

}  // namespace kappa::sql
