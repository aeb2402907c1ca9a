// DISTINCT, DISTINCT ON, UNION, EXCEPT and INTERSECT.

#include <duckdb/common/type_visitor.hpp>
#include <duckdb/planner/operator/logical_distinct.hpp>
#include <duckdb/planner/operator/logical_set_operation.hpp>

#include <algorithm>
#include <utility>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using flow::NodePtr;

// All columns and nothing else: whole rows.
bool covers_whole_row(const std::vector<flow::Expr>& targets, size_t width) {
  std::vector<bool> is_covered(width);
  for (const auto& target : targets) {
    const auto position = referenced_position(*target);
    if (!position) return false;
    is_covered[*position] = true;
  }
  return std::all_of(is_covered.begin(), is_covered.end(), [](bool covered) { return covered; });
}

// Types whose values may be equal in SQL and yet be different bytes.
bool has_several_forms(const duckdb::LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, [](const duckdb::LogicalType& part) {
    switch (part.id()) {
      case duckdb::LogicalTypeId::INTERVAL:
      case duckdb::LogicalTypeId::TIME_TZ:
      case duckdb::LogicalTypeId::BIT:
      case duckdb::LogicalTypeId::VARIANT:
        return true;
      case duckdb::LogicalTypeId::VARCHAR:
        return !duckdb::StringType::GetCollation(part).empty();
      default:
        return false;
    }
  });
}

// Of text that a collation calls equal, which one is shown depends on the order of the rows. (Equal
// intervals are equal in whatever form.)
Status check_normalised(const std::vector<flow::Expr>& targets) {
  for (const auto& target : targets) {
    const bool is_text = target->GetReturnType().id() == duckdb::LogicalTypeId::VARCHAR;
    if (!is_text || referenced_position(*target)) continue;
    return refuse("DISTINCT over text with a collation cannot be maintained in a view",
                  "select lower(column), or another form that is the same for equal text");
  }
  return OkStatus();
}

Status check_comparable(const std::string& operation, const data::Types& types) {
  for (const auto& type : types) {
    if (!has_several_forms(type)) continue;
    return refuse(fmt::format("{} over columns of type {} cannot be maintained in a view",
                              operation, type.ToString()),
                  "cast the column to VARCHAR, or write it as NOT EXISTS or EXISTS");
  }
  return OkStatus();
}

}  // namespace

StatusOr<NodePtr> translate_distinct(Translation& translation, duckdb::LogicalOperator& op) {
  auto& distinct = op.Cast<duckdb::LogicalDistinct>();
  const bool has_order = distinct.order_by && !distinct.order_by->orders.empty();
  const bool is_distinct_on = distinct.distinct_type == duckdb::DistinctType::DISTINCT_ON;
  const int sensitive = is_distinct_on && !has_order ? 1 : 0;
  translation.order_sensitive_depth += sensitive;
  auto input = translate_child(translation, op);
  translation.order_sensitive_depth -= sensitive;
  RETURN_IF_ERROR(input.status());
  ASSIGN_OR_RETURN(auto targets, import_all(translation, distinct.distinct_targets));
  const data::Types types = (*input)->types;
  if (covers_whole_row(targets, types.size())) return translation.nodes.distinct(*input);
  // The first row per target; for DISTINCT without ON the targets are normalised forms of the
  // columns.
  if (!is_distinct_on) RETURN_IF_ERROR(check_normalised(targets));
  flow::TopNSpec spec;
  spec.partitions = std::move(targets);
  spec.limit = 1;
  if (has_order) {
    ASSIGN_OR_RETURN(spec.orders, import_orders(translation, distinct.order_by->orders));
  }
  return translation.nodes.make(std::move(spec), {*input}, types);
}

StatusOr<NodePtr> translate_set_operation(Translation& translation, duckdb::LogicalOperator& op) {
  auto& operation = op.Cast<duckdb::LogicalSetOperation>();
  std::vector<NodePtr> inputs;
  for (auto& child : op.children) {
    ASSIGN_OR_RETURN(auto input, translate(translation, *child));
    inputs.push_back(std::move(input));
  }
  if (inputs.empty()) return internal_error("set operation without inputs");
  Nodes& nodes = translation.nodes;
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_UNION) {
    NodePtr all = nodes.union_all(std::move(inputs));
    return operation.setop_all ? all : nodes.distinct(std::move(all));
  }
  const bool is_except = op.type == duckdb::LogicalOperatorType::LOGICAL_EXCEPT;
  const data::Types types = inputs.front()->types;
  RETURN_IF_ERROR(check_comparable(is_except ? "EXCEPT" : "INTERSECT", types));
  flow::SetSpec spec;
  spec.operation = is_except ? flow::SetOperation::kExceptAll : flow::SetOperation::kIntersectAll;
  NodePtr result;
  for (auto& input : inputs) {
    // Over distinct rows the ALL form gives the plain one.
    NodePtr rows = operation.setop_all ? input : nodes.distinct(input);
    result = result ? nodes.make(spec, {std::move(result), std::move(rows)}, types) : rows;
  }
  return result;
}

}  // namespace kappa::sql
