#include "flow/plan.h"

namespace kappa::flow {

namespace {

std::string name_of_join(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return "inner join";
    case JoinKind::kLeft:
      return "left join";
    case JoinKind::kRight:
      return "right join";
    case JoinKind::kFull:
      return "full join";
    case JoinKind::kSemi:
      return "semi join";
    case JoinKind::kAnti:
      return "anti join";
    case JoinKind::kMark:
      return "mark join";
    case JoinKind::kSingle:
      return "single join";
  }
  return "join";
}

struct Name {
  std::string operator()(const InputSpec&) const { return "input"; }
  std::string operator()(const ConstantSpec&) const { return "constants"; }
  std::string operator()(const FilterSpec&) const { return "filter"; }
  std::string operator()(const ProjectSpec&) const { return "project"; }
  std::string operator()(const UnionAllSpec&) const { return "union all"; }
  std::string operator()(const AggregateSpec&) const { return "aggregate"; }
  std::string operator()(const DistinctSpec&) const { return "distinct"; }
  std::string operator()(const JoinSpec& spec) const { return name_of_join(spec.kind); }
  std::string operator()(const TopNSpec&) const { return "top n"; }
  std::string operator()(const WindowSpec&) const { return "window"; }
  std::string operator()(const UnnestSpec&) const { return "unnest"; }
  std::string operator()(const SetSpec& spec) const {
    return spec.operation == SetOperation::kExceptAll ? "except all" : "intersect all";
  }
};

}  // namespace

std::string name_of(const Spec& spec) { return std::visit(Name{}, spec); }

}  // namespace kappa::flow
