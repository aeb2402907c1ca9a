#include "flow/ops/make_operator.h"

#include "flow/ops/aggregate.h"
#include "flow/ops/distinct.h"
#include "flow/ops/exchange.h"
#include "flow/ops/join.h"
#include "flow/ops/mark_join.h"
#include "flow/ops/set_operation.h"
#include "flow/ops/single_join.h"
#include "flow/ops/stateless.h"
#include "flow/ops/top_n.h"
#include "flow/ops/unnest.h"
#include "flow/ops/window.h"

namespace kappa::flow {

namespace {

using Made = StatusOr<std::unique_ptr<Operator>>;

struct Maker {
  WorkerContext& worker;
  const GraphEntry& entry;
  const std::vector<const GraphEntry*>& inputs;

  Made operator()(const InputSpec&) const { return std::make_unique<PassOperator>(); }
  Made operator()(const UnionAllSpec&) const { return std::make_unique<PassOperator>(); }
  Made operator()(const ConstantSpec& spec) const {
    return std::make_unique<ConstantOperator>(worker, spec);
  }
  Made operator()(const FilterSpec& spec) const {
    return std::make_unique<FilterOperator>(worker, spec);
  }
  Made operator()(const ProjectSpec& spec) const {
    return std::make_unique<ProjectOperator>(worker, spec);
  }
  Made operator()(const AggregateSpec& spec) const {
    bool owns_global_row = owner_of({}, worker.worker_count) == worker.worker;
    return AggregateOperator::create(worker, spec, inputs[0]->is_append_only, owns_global_row);
  }
  Made operator()(const DistinctSpec&) const {
    return std::make_unique<DistinctOperator>(entry.types);
  }
  Made operator()(const JoinSpec& spec) const {
    const data::Types& left = inputs[0]->types;
    const data::Types& right = inputs[1]->types;
    if (spec.kind == JoinKind::kMark) return MarkJoinOperator::create(worker, spec, left, right);
    if (spec.kind == JoinKind::kSingle) {
      return std::make_unique<SingleJoinOperator>(worker, spec, left, right);
    }
    return std::make_unique<JoinOperator>(worker, spec, left, right);
  }
  Made operator()(const TopNSpec& spec) const {
    return std::make_unique<TopNOperator>(worker, spec, inputs[0]->types);
  }
  Made operator()(const UnnestSpec& spec) const {
    return std::make_unique<UnnestOperator>(worker, spec, inputs[0]->types, entry.types);
  }
  Made operator()(const WindowSpec& spec) const {
    return std::make_unique<WindowOperator>(worker, spec, inputs[0]->types, entry.types);
  }
  Made operator()(const SetSpec& spec) const {
    return std::make_unique<SetOperator>(spec, entry.types);
  }
};

}  // namespace

Made make_operator(WorkerContext& worker, const GraphEntry& entry,
                   const std::vector<const GraphEntry*>& inputs) {
  return std::visit(Maker{worker, entry, inputs}, entry.node->spec);
}

}  // namespace kappa::flow
