#include "sql/planner/plan_text.h"

#include <duckdb/planner/expression/bound_aggregate_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>

#include <fmt/format.h>

#include <unordered_map>

namespace kappa::sql {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

// With its type: `1` may be any integer.
std::string text_of(const flow::Expr& expression) {
  return expression->ToString() + "::" + expression->GetReturnType().ToString();
}

std::string text_of(const std::vector<flow::Expr>& expressions) {
  std::vector<std::string> parts;
  for (const auto& expression : expressions) parts.push_back(text_of(expression));
  return joined(parts);
}

std::string text_of(const data::Types& types) {
  std::vector<std::string> parts;
  for (const auto& type : types) parts.push_back(type.ToString());
  return "(" + joined(parts) + ")";
}

std::string text_of(const duckdb::DataChunk& chunk, duckdb::idx_t row) {
  std::vector<std::string> values;
  for (duckdb::idx_t column = 0; column < chunk.ColumnCount(); ++column) {
    values.push_back(chunk.GetValue(column, row).ToSQLString());
  }
  return "(" + joined(values) + ")";
}

struct SpecText {
  std::string operator()(const flow::InputSpec& spec) const {
    return fmt::format("{}{}", spec.input, spec.is_append_only ? " append-only" : "");
  }

  std::string operator()(const flow::ConstantSpec& spec) const {
    constexpr size_t kRowsMax = 100;  // the others are in the hash
    std::vector<std::string> rows;
    for (const auto& chunk : spec.rows) {
      for (duckdb::idx_t row = 0; row < chunk->size(); ++row) rows.push_back(text_of(*chunk, row));
    }
    if (rows.size() <= kRowsMax) return joined(rows);
    const std::string hash = fingerprint_of(joined(rows));
    const size_t count = rows.size();
    rows.resize(kRowsMax);
    return fmt::format("{}, … ({} rows, {})", joined(rows), count, hash);
  }

  std::string operator()(const flow::FilterSpec& spec) const { return text_of(spec.conditions); }
  std::string operator()(const flow::ProjectSpec& spec) const { return text_of(spec.expressions); }
  std::string operator()(const flow::UnionAllSpec&) const { return ""; }
  std::string operator()(const flow::DistinctSpec&) const { return ""; }
  std::string operator()(const flow::SetSpec&) const { return ""; }

  std::string operator()(const flow::AggregateSpec& spec) const {
    std::vector<std::string> aggregates;
    for (const auto& aggregate : spec.aggregates) {
      aggregates.push_back(aggregate->ToString() + "::" + aggregate->GetReturnType().ToString());
    }
    if (spec.groups.empty()) return joined(aggregates);
    return fmt::format("{} by {}", joined(aggregates), text_of(spec.groups));
  }

  std::string operator()(const flow::JoinSpec& spec) const {
    std::vector<std::string> conditions;
    for (const auto& key : spec.keys) {
      conditions.push_back(fmt::format("left {} {} right {}", text_of(key.left),
                                       key.is_null_safe ? "is not distinct from" : "=",
                                       text_of(key.right)));
    }
    for (const auto& condition : spec.residual) conditions.push_back(text_of(condition));
    return joined(conditions);
  }

  std::string operator()(const flow::UnnestSpec& spec) const { return text_of(spec.lists); }

  std::string operator()(const flow::WindowSpec& spec) const {
    std::vector<std::string> windows;
    for (const auto& window : spec.windows) {
      windows.push_back(window->ToString() + "::" + window->GetReturnType().ToString());
    }
    if (spec.partitions.empty()) return joined(windows);
    return fmt::format("{} per {}", joined(windows), text_of(spec.partitions));
  }

  std::string operator()(const flow::TopNSpec& spec) const {
    std::vector<std::string> orders;
    for (const auto& order : spec.orders) {
      orders.push_back(fmt::format("{}{}{}", text_of(order.expression),
                                   order.is_descending ? " desc" : "",
                                   order.nulls_first ? " nulls first" : ""));
    }
    std::string text = spec.limit == INT64_MAX ? "all" : fmt::format("{}", spec.limit);
    if (spec.offset > 0) text += fmt::format(" after {}", spec.offset);
    if (!spec.partitions.empty()) text += " per " + text_of(spec.partitions);
    if (!orders.empty()) text += " by " + joined(orders);
    return text + (spec.has_row_number ? " with row number" : "");
  }
};

class Writer {
 public:
  explicit Writer(const std::vector<PlanInput>* inputs) : inputs_(inputs) {}

  std::string write(const flow::Node& root) {
    node(root, 0);
    return std::move(text_);
  }

 private:
  void node(const flow::Node& node, size_t depth) {
    auto [entry, is_new] = numbers_.emplace(&node, numbers_.size() + 1);
    text_.append(2 * depth, ' ');
    if (!is_new) {
      text_ += fmt::format("{}: see above\n", entry->second);
      return;
    }
    const std::string detail = to_text(node.spec);
    text_ += fmt::format("{}: {}{}{} -> {}\n", entry->second, flow::name_of(node.spec),
                         detail.empty() ? "" : " ", detail + relation(node), text_of(node.types));
    for (const auto& input : node.inputs) this->node(*input, depth + 1);
  }

  std::string relation(const flow::Node& node) const {
    const auto* input = std::get_if<flow::InputSpec>(&node.spec);
    if (!input || !inputs_) return "";
    const PlanInput& read = (*inputs_)[input->input];
    return fmt::format(" {}({})", read.relation, fmt::join(read.columns, ", "));
  }

  const std::vector<PlanInput>* inputs_;
  std::unordered_map<const flow::Node*, size_t> numbers_;
  std::string text_;
};

}  // namespace

std::string to_text(const flow::Spec& spec) { return std::visit(SpecText{}, spec); }

std::string to_text(const flow::Plan& plan) { return Writer(nullptr).write(*plan.root); }

std::string to_text(const PlannedView& view) { return Writer(&view.inputs).write(*view.plan.root); }

std::string fingerprint_of(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

}  // namespace kappa::sql
