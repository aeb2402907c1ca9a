#include "flow/plan_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>

namespace kappa::flow {

namespace {

std::string list_of(const std::vector<Expr>& expressions) {
  std::vector<std::string> texts;
  for (const Expr& expression : expressions) texts.push_back(expression->ToString());
  return fmt::format("{}", fmt::join(texts, ", "));
}

struct Detail {
  std::string operator()(const InputSpec& spec) const {
    return fmt::format("input {}{}", spec.input, spec.is_append_only ? ", append-only" : "");
  }
  std::string operator()(const ConstantSpec&) const { return ""; }
  std::string operator()(const FilterSpec& spec) const { return list_of(spec.conditions); }
  std::string operator()(const ProjectSpec& spec) const { return list_of(spec.expressions); }
  std::string operator()(const UnionAllSpec&) const { return ""; }
  std::string operator()(const DistinctSpec&) const { return ""; }
  std::string operator()(const SetSpec&) const { return ""; }
  std::string operator()(const AggregateSpec& spec) const {
    std::vector<std::string> texts;
    for (const auto& aggregate : spec.aggregates) texts.push_back(aggregate->ToString());
    std::string aggregates = fmt::format("{}", fmt::join(texts, ", "));
    if (spec.groups.empty()) return aggregates;
    return fmt::format("group by {}; {}", list_of(spec.groups), aggregates);
  }
  std::string operator()(const JoinSpec& spec) const {
    std::vector<std::string> texts;
    for (const JoinKey& key : spec.keys) {
      texts.push_back(fmt::format("{} {} {}", key.left->ToString(),
                                  key.is_null_safe ? "is not distinct from" : "=",
                                  key.right->ToString()));
    }
    for (const Expr& condition : spec.residual) texts.push_back(condition->ToString());
    return fmt::format("{}", fmt::join(texts, " and "));
  }
  std::string operator()(const UnnestSpec& spec) const { return list_of(spec.lists); }
  std::string operator()(const WindowSpec& spec) const {
    std::vector<std::string> texts;
    for (const auto& window : spec.windows) texts.push_back(window->ToString());
    std::string windows = fmt::format("{}", fmt::join(texts, ", "));
    if (spec.partitions.empty()) return windows;
    return fmt::format("per {}; {}", list_of(spec.partitions), windows);
  }
  std::string operator()(const TopNSpec& spec) const {
    std::vector<std::string> orders;
    for (const OrderKey& order : spec.orders) {
      orders.push_back(order.expression->ToString() + (order.is_descending ? " desc" : ""));
    }
    std::string text = fmt::format("order by {}", fmt::join(orders, ", "));
    if (spec.limit != INT64_MAX) text += fmt::format(" limit {}", spec.limit);
    if (spec.offset != 0) text += fmt::format(" offset {}", spec.offset);
    if (spec.partitions.empty()) return text;
    return fmt::format("per {}; {}", list_of(spec.partitions), text);
  }
};

}  // namespace

std::string detail_of(const Spec& spec) { return std::visit(Detail{}, spec); }

bool is_bounded(const Spec& spec) {
  return std::holds_alternative<InputSpec>(spec) || std::holds_alternative<ConstantSpec>(spec) ||
         std::holds_alternative<FilterSpec>(spec) || std::holds_alternative<ProjectSpec>(spec) ||
         std::holds_alternative<UnionAllSpec>(spec) || std::holds_alternative<UnnestSpec>(spec);
}

}  // namespace kappa::flow
