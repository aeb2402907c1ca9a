// Joins. Equalities and IS NOT DISTINCT FROM are keys; every other condition is residual.

#include <duckdb/planner/operator/logical_any_join.hpp>
#include <duckdb/planner/operator/logical_comparison_join.hpp>

#include <optional>
#include <utility>

#include "sql/planner/translation.h"

namespace kappa::sql {
namespace {

using duckdb::ExpressionType;
using duckdb::JoinType;
using duckdb::LogicalJoin;
using flow::JoinKind;
using flow::NodePtr;

struct Sides {
  NodePtr left;
  NodePtr right;
};

StatusOr<Sides> translate_sides(Translation& translation, duckdb::LogicalOperator& op) {
  if (op.children.size() != 2) return internal_error("join has {} inputs", op.children.size());
  Sides sides;
  ASSIGN_OR_RETURN(sides.left, translate(translation, *op.children[0]));
  ASSIGN_OR_RETURN(sides.right, translate(translation, *op.children[1]));
  return sides;
}

std::optional<JoinKind> kind_of(JoinType type) {
  switch (type) {
    case JoinType::INNER:
      return JoinKind::kInner;
    case JoinType::LEFT:
      return JoinKind::kLeft;
    case JoinType::RIGHT:
      return JoinKind::kRight;
    case JoinType::OUTER:
      return JoinKind::kFull;
    case JoinType::SEMI:
    case JoinType::RIGHT_SEMI:
      return JoinKind::kSemi;
    case JoinType::ANTI:
    case JoinType::RIGHT_ANTI:
      return JoinKind::kAnti;
    case JoinType::MARK:
      return JoinKind::kMark;
    case JoinType::SINGLE:
      return JoinKind::kSingle;
    default:
      return std::nullopt;
  }
}

bool is_mirrored(JoinType type) {
  return type == JoinType::RIGHT_SEMI || type == JoinType::RIGHT_ANTI;
}

Positions shifted_by(size_t offset) {
  return [offset](size_t position) { return position + offset; };
}

Status add_condition(const Translation& translation, const duckdb::JoinCondition& condition,
                     size_t left_width, flow::JoinSpec& spec) {
  if (!condition.IsComparison()) {
    ASSIGN_OR_RETURN(auto residual,
                     import_expression(translation.text, condition.GetJoinExpression()));
    spec.residual.push_back(std::move(residual));
    return OkStatus();
  }
  ASSIGN_OR_RETURN(auto left, import_expression(translation.text, condition.GetLHS()));
  ASSIGN_OR_RETURN(auto right, import_expression(translation.text, condition.GetRHS()));
  const ExpressionType comparison = condition.GetComparisonType();
  const bool is_null_safe = comparison == ExpressionType::COMPARE_NOT_DISTINCT_FROM;
  if (comparison == ExpressionType::COMPARE_EQUAL || is_null_safe) {
    spec.keys.push_back({std::move(left), std::move(right), is_null_safe});
  } else {
    spec.residual.push_back(compare(static_cast<int>(comparison), left,
                                    move_expression(right, shifted_by(left_width))));
  }
  return OkStatus();
}

StatusOr<flow::JoinSpec> spec_of_comparison(const Translation& translation,
                                            duckdb::LogicalComparisonJoin& join,
                                            size_t left_width) {
  // What decorrelation leaves in duplicate_eliminated_columns and mark_types says how DELIM joins
  // and hash joins would run; in a comparison join the conditions alone carry the meaning.
  if (join.delim_flipped || join.filter_pushdown) {
    return internal_error("join has fields that are not understood: {}", join.GetName());
  }
  flow::JoinSpec spec;
  for (const auto& condition : join.conditions) {
    RETURN_IF_ERROR(add_condition(translation, condition, left_width, spec));
  }
  return spec;
}

// Where each column of an ANY join's output (to which its condition is bound) comes from in
// left ++ right.
std::vector<size_t> any_join_layout(const LogicalJoin& join, size_t left_width,
                                    size_t right_width) {
  std::vector<size_t> layout;
  const auto add = [&](const auto& map, size_t width, size_t offset) {
    for (size_t i = 0; i < (map.empty() ? width : map.size()); ++i) {
      layout.push_back(offset + (map.empty() ? i : map[i].GetIndex()));
    }
  };
  add(join.left_projection_map, left_width, 0);
  const bool is_filtering = join.join_type == JoinType::SEMI || join.join_type == JoinType::ANTI;
  add(is_filtering ? decltype(join.right_projection_map){} : join.right_projection_map, right_width,
      left_width);
  return layout;
}

StatusOr<flow::JoinSpec> spec_of_any(const Translation& translation, duckdb::LogicalAnyJoin& join,
                                     const Sides& sides) {
  if (join.join_type == JoinType::MARK || is_mirrored(join.join_type)) {
    return refuse("this form of subquery cannot be maintained in a view yet",
                  "write it as a join or with EXISTS");
  }
  const auto layout = any_join_layout(join, sides.left->types.size(), sides.right->types.size());
  flow::JoinSpec spec;
  ASSIGN_OR_RETURN(auto condition,
                   import_expression(translation.text, *join.condition,
                                     [&](size_t position) { return layout.at(position); }));
  spec.residual.push_back(std::move(condition));
  return spec;
}

// left ++ right with sides exchanged.
flow::JoinSpec mirrored(flow::JoinSpec spec, size_t left_width, size_t right_width) {
  for (auto& key : spec.keys) std::swap(key.left, key.right);
  for (auto& residual : spec.residual) {
    residual = move_expression(residual, [&](size_t position) {
      return position < left_width ? position + right_width : position - left_width;
    });
  }
  return spec;
}

// The plain MARK operator is exact for two-valued comparisons and for one ordinary key.
bool is_plain_mark(const flow::JoinSpec& spec) {
  if (!spec.residual.empty()) return false;
  size_t three_valued = 0;
  for (const auto& key : spec.keys) three_valued += key.is_null_safe ? 0 : 1;
  return three_valued == 0 || spec.keys.size() == 1;
}

void append_mapped(const duckdb::vector<duckdb::ProjectionIndex>& map, size_t width, size_t offset,
                   std::vector<size_t>& positions) {
  for (size_t i = 0; i < (map.empty() ? width : map.size()); ++i) {
    positions.push_back(offset + (map.empty() ? i : map[i].GetIndex()));
  }
}

NodePtr select_output(Nodes& nodes, const LogicalJoin& join, const Sides& sides, NodePtr node) {
  const size_t left_width = sides.left->types.size();
  std::vector<size_t> positions;
  if (is_mirrored(join.join_type)) {
    append_mapped(join.right_projection_map, node->types.size(), 0, positions);
    return nodes.select(std::move(node), positions);
  }
  append_mapped(join.left_projection_map, left_width, 0, positions);
  if (join.join_type == JoinType::MARK) {
    positions.push_back(left_width);
  } else if (node->types.size() > left_width) {
    append_mapped(join.right_projection_map, sides.right->types.size(), left_width, positions);
  }
  return nodes.select(std::move(node), positions);
}

}  // namespace

StatusOr<NodePtr> translate_join(Translation& translation, duckdb::LogicalOperator& op) {
  ASSIGN_OR_RETURN(Sides sides, translate_sides(translation, op));
  const size_t left_width = sides.left->types.size();
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_CROSS_PRODUCT) {
    return translation.nodes.join(flow::JoinSpec{}, sides.left, sides.right);
  }
  auto& join = reinterpret_cast<LogicalJoin&>(op);
  const auto kind = kind_of(join.join_type);
  if (!kind) return internal_error("join type is not known: {}", static_cast<int>(join.join_type));
  flow::JoinSpec spec;
  if (op.type == duckdb::LogicalOperatorType::LOGICAL_ANY_JOIN) {
    ASSIGN_OR_RETURN(spec, spec_of_any(translation, op.Cast<duckdb::LogicalAnyJoin>(), sides));
  } else {
    ASSIGN_OR_RETURN(spec, spec_of_comparison(translation, op.Cast<duckdb::LogicalComparisonJoin>(),
                                              left_width));
  }
  spec.kind = *kind;
  NodePtr node;
  if (is_mirrored(join.join_type)) {
    spec = mirrored(std::move(spec), left_width, sides.right->types.size());
    node = translation.nodes.join(std::move(spec), sides.right, sides.left);
  } else if (spec.kind == JoinKind::kMark && !is_plain_mark(spec)) {
    node = expand_mark_join(translation.nodes, spec, sides.left, sides.right);
  } else {
    node = translation.nodes.join(std::move(spec), sides.left, sides.right);
  }
  return select_output(translation.nodes, join, sides, std::move(node));
}

}  // namespace kappa::sql
