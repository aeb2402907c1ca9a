#include "flow/graph.h"

#include <algorithm>
#include <duckdb/planner/expression.hpp>
#include <map>

#include "flow/evaluator.h"
#include "flow/ops/aggregate.h"

namespace kappa::flow {

namespace {

std::vector<Expr> whole_row(const data::Types& types) {
  std::vector<Expr> columns;
  for (size_t i = 0; i < types.size(); ++i) columns.push_back(make_reference(types[i], i));
  return columns;
}

std::vector<Expr> join_keys(const JoinSpec& spec, size_t port) {
  std::vector<Expr> keys;
  for (const JoinKey& key : spec.keys) {
    // For a mark every left row must see all right rows of its null-safe keys.
    if (spec.kind == JoinKind::kMark && !key.is_null_safe) continue;
    keys.push_back(port == 0 ? key.left : key.right);
  }
  return keys;
}

bool is_stateless(const Spec& spec) {
  return std::holds_alternative<InputSpec>(spec) || std::holds_alternative<ConstantSpec>(spec) ||
         std::holds_alternative<FilterSpec>(spec) || std::holds_alternative<ProjectSpec>(spec) ||
         std::holds_alternative<UnionAllSpec>(spec) || std::holds_alternative<UnnestSpec>(spec);
}

// By what a stateful node wants its input partitioned.
std::vector<Expr> partition_keys(const Spec& spec, size_t port, const data::Types& input) {
  if (auto* aggregate = std::get_if<AggregateSpec>(&spec)) return aggregate->groups;
  if (auto* join = std::get_if<JoinSpec>(&spec)) return join_keys(*join, port);
  if (auto* top = std::get_if<TopNSpec>(&spec)) return top->partitions;
  if (auto* window = std::get_if<WindowSpec>(&spec)) return window->partitions;
  return whole_row(input);
}

// Whether append-only inputs make the node's output append-only.
bool keeps_append_only(const Spec& spec) {
  if (auto* join = std::get_if<JoinSpec>(&spec)) {
    return join->kind == JoinKind::kInner || join->kind == JoinKind::kSemi;
  }
  if (auto* set = std::get_if<SetSpec>(&spec)) return set->operation == SetOperation::kIntersectAll;
  return is_stateless(spec) || std::holds_alternative<DistinctSpec>(spec);
}

bool can_gather(const Spec& spec, const GraphEntry& input) {
  auto* aggregate = std::get_if<AggregateSpec>(&spec);
  return aggregate != nullptr && AggregateOperator::can_gather(*aggregate, input.is_append_only);
}

class Builder {
 public:
  explicit Builder(size_t worker_count) : worker_count_(worker_count) {}

  Graph build(const Plan& plan) {
    size_t root = add(*plan.root, 0);
    if (worker_count_ > 1 && !entry(root).is_placed) {
      root = add_exchange(root, whole_row(entry(root).types));
    }
    graph_.root = root;
    for (const GraphEntry& e : graph_.entries) {
      graph_.phase_count = std::max(graph_.phase_count, e.phase + 1);
    }
    return std::move(graph_);
  }

 private:
  GraphEntry& entry(size_t i) { return graph_.entries[i]; }

  size_t add(const Node& node, int depth) {
    auto known = positions_.find(&node);
    if (known != positions_.end()) return known->second;
    GraphEntry made;
    made.node = &node;
    made.types = node.types;
    made.depth = depth;
    for (size_t port = 0; port < node.inputs.size(); ++port) {
      size_t input = add(*node.inputs[port], depth + 1);
      made.has_local_half = worker_count_ > 1 && can_gather(node.spec, entry(input));
      if (worker_count_ > 1 && !is_stateless(node.spec) && !made.has_local_half) {
        input = add_exchange(input, partition_keys(node.spec, port, entry(input).types));
      }
      made.inputs.push_back(input);
    }
    describe(made);
    graph_.entries.push_back(std::move(made));
    positions_[&node] = graph_.entries.size() - 1;
    return graph_.entries.size() - 1;
  }

  size_t add_exchange(size_t input, std::vector<Expr> keys) {
    GraphEntry made;
    made.exchange_keys = std::move(keys);
    made.inputs = {input};
    made.types = entry(input).types;
    made.depth = entry(input).depth;
    made.phase = entry(input).phase + 1;
    made.is_append_only = entry(input).is_append_only;
    made.is_placed = true;
    graph_.entries.push_back(std::move(made));
    return graph_.entries.size() - 1;
  }

  void describe(GraphEntry& made) {
    const Spec& spec = made.node->spec;
    bool inputs_append_only = true;
    bool inputs_placed = true;
    for (size_t input : made.inputs) {
      made.phase = std::max(made.phase, entry(input).phase);
      inputs_append_only = inputs_append_only && entry(input).is_append_only;
      inputs_placed = inputs_placed && entry(input).is_placed;
    }
    if (auto* input = std::get_if<InputSpec>(&spec)) {
      inputs_append_only = input->is_append_only;
      inputs_placed = input->is_append_only;
    }
    if (made.has_local_half) {
      ++made.phase;
      inputs_placed = true;
    }
    made.is_append_only = inputs_append_only && keeps_append_only(spec);
    made.is_placed = inputs_placed || worker_count_ == 1;
  }

  const size_t worker_count_;
  Graph graph_;
  std::map<const Node*, size_t> positions_;
};

}  // namespace

Graph make_graph(const Plan& plan, size_t worker_count) {
  return Builder(worker_count).build(plan);
}

}  // namespace kappa::flow
