#include "sql/planner/nodes.h"

#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>

#include <algorithm>
#include <utility>

#include "sql/planner/expressions.h"
#include "sql/planner/plan_text.h"

namespace kappa::sql {
namespace {

using flow::Expr;
using flow::NodePtr;

template <typename Pointer>
bool equal(const std::vector<Pointer>& left, const std::vector<Pointer>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& a, const auto& b) { return a->Equals(*b); });
}

bool equal(const flow::JoinKey& left, const flow::JoinKey& right) {
  return left.is_null_safe == right.is_null_safe && left.left->Equals(*right.left) &&
         left.right->Equals(*right.right);
}

bool equal(const flow::OrderKey& left, const flow::OrderKey& right) {
  return left.is_descending == right.is_descending && left.nulls_first == right.nulls_first &&
         left.expression->Equals(*right.expression);
}

template <typename Part>
bool equal_parts(const std::vector<Part>& left, const std::vector<Part>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Part& a, const Part& b) { return equal(a, b); });
}

// Specs with equal text: what the text leaves open (a function's bind data) is compared here.
bool same_expressions(const flow::Spec& left, const flow::Spec& right) {
  if (left.index() != right.index()) return false;
  if (const auto* filter = std::get_if<flow::FilterSpec>(&left)) {
    return equal(filter->conditions, std::get<flow::FilterSpec>(right).conditions);
  }
  if (const auto* project = std::get_if<flow::ProjectSpec>(&left)) {
    return equal(project->expressions, std::get<flow::ProjectSpec>(right).expressions);
  }
  if (const auto* aggregate = std::get_if<flow::AggregateSpec>(&left)) {
    const auto& other = std::get<flow::AggregateSpec>(right);
    return equal(aggregate->groups, other.groups) && equal(aggregate->aggregates, other.aggregates);
  }
  if (const auto* join = std::get_if<flow::JoinSpec>(&left)) {
    const auto& other = std::get<flow::JoinSpec>(right);
    return equal_parts(join->keys, other.keys) && equal(join->residual, other.residual);
  }
  if (const auto* unnest = std::get_if<flow::UnnestSpec>(&left)) {
    return equal(unnest->lists, std::get<flow::UnnestSpec>(right).lists);
  }
  if (const auto* window = std::get_if<flow::WindowSpec>(&left)) {
    const auto& other = std::get<flow::WindowSpec>(right);
    return equal(window->partitions, other.partitions) && equal(window->windows, other.windows);
  }
  if (const auto* top = std::get_if<flow::TopNSpec>(&left)) {
    const auto& other = std::get<flow::TopNSpec>(right);
    return equal(top->partitions, other.partitions) && equal_parts(top->orders, other.orders);
  }
  return true;
}

bool is_identity(const std::vector<Expr>& expressions, const data::Types& types) {
  if (expressions.size() != types.size()) return false;
  for (size_t i = 0; i < expressions.size(); ++i) {
    if (referenced_position(*expressions[i]) != i) return false;
  }
  return true;
}

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const auto& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

data::Types join_types(flow::JoinKind kind, const data::Types& left, const data::Types& right) {
  data::Types types = left;
  switch (kind) {
    case flow::JoinKind::kSemi:
    case flow::JoinKind::kAnti:
      break;
    case flow::JoinKind::kMark:
      types.push_back(duckdb::LogicalType::BOOLEAN);
      break;
    default:
      types.insert(types.end(), right.begin(), right.end());
  }
  return types;
}

}  // namespace

NodePtr Nodes::make(flow::Spec spec, std::vector<NodePtr> inputs, data::Types types) {
  std::string key = flow::name_of(spec) + " " + to_text(spec);
  for (const auto& input : inputs) {
    key += fmt::format(" {}", static_cast<const void*>(input.get()));
  }
  for (const auto& type : types) key += " " + type.ToString();
  auto& candidates = nodes_[key];
  for (const auto& candidate : candidates) {
    if (same_expressions(candidate->spec, spec)) return candidate;
  }
  auto node = std::make_shared<flow::Node>();
  node->spec = std::move(spec);
  node->inputs = std::move(inputs);
  node->types = std::move(types);
  candidates.push_back(node);
  return node;
}

NodePtr Nodes::filter(NodePtr input, std::vector<Expr> conditions) {
  if (conditions.empty()) return input;
  data::Types types = input->types;
  return make(flow::FilterSpec{std::move(conditions)}, {std::move(input)}, std::move(types));
}

NodePtr Nodes::project(NodePtr input, std::vector<Expr> expressions) {
  if (is_identity(expressions, input->types)) return input;
  data::Types types = types_of(expressions);
  return make(flow::ProjectSpec{std::move(expressions)}, {std::move(input)}, std::move(types));
}

NodePtr Nodes::select(NodePtr input, const std::vector<size_t>& positions) {
  auto columns = references(input->types, positions);
  return project(std::move(input), std::move(columns));
}

NodePtr Nodes::distinct(NodePtr input) {
  if (has_distinct_rows(*input)) return input;
  data::Types types = input->types;
  return make(flow::DistinctSpec{}, {std::move(input)}, std::move(types));
}

NodePtr Nodes::union_all(std::vector<NodePtr> inputs) {
  if (inputs.size() == 1) return inputs.front();
  data::Types types = inputs.front()->types;
  return make(flow::UnionAllSpec{}, std::move(inputs), std::move(types));
}

NodePtr Nodes::join(flow::JoinSpec spec, NodePtr left, NodePtr right) {
  data::Types types = join_types(spec.kind, left->types, right->types);
  return make(std::move(spec), {std::move(left), std::move(right)}, std::move(types));
}

bool has_distinct_rows(const flow::Node& node) {
  if (std::holds_alternative<flow::DistinctSpec>(node.spec)) return true;
  if (std::holds_alternative<flow::AggregateSpec>(node.spec)) return true;
  if (std::holds_alternative<flow::FilterSpec>(node.spec)) {
    return has_distinct_rows(*node.inputs[0]);
  }
  if (std::holds_alternative<flow::SetSpec>(node.spec)) return has_distinct_rows(*node.inputs[0]);
  if (const auto* join = std::get_if<flow::JoinSpec>(&node.spec)) {
    const bool keeps_left = join->kind == flow::JoinKind::kSemi ||
                            join->kind == flow::JoinKind::kAnti ||
                            join->kind == flow::JoinKind::kMark;
    return keeps_left && has_distinct_rows(*node.inputs[0]);
  }
  return false;
}

}  // namespace kappa::sql
