#pragma once
// The operators that keep nothing: each chunk is handed on at once, so a chain of them is one pass
// over a chunk that stays in the cache.

#include "flow/conditions.h"
#include "flow/evaluator.h"
#include "flow/operator.h"

namespace kappa::flow {

// Source and UNION ALL: whatever comes in goes out.
class PassOperator : public Operator {
 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override { return emit(chunk); }
};

class FilterOperator : public Operator {
 public:
  FilterOperator(WorkerContext& worker, const FilterSpec& spec)
      : conditions_(worker, spec.conditions) {}

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override {
    ASSIGN_OR_RETURN(const data::DeltaChunk* passed, conditions_.keep(chunk));
    return emit(*passed);
  }

 private:
  Conditions conditions_;
};

class ProjectOperator : public Operator {
 public:
  ProjectOperator(WorkerContext& worker, const ProjectSpec& spec);

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  Evaluator evaluator_;
  data::DeltaChunk out_;
};

// Constant rows, emitted in the first step by worker 0.
class ConstantOperator : public Operator {
 public:
  ConstantOperator(WorkerContext& worker, const ConstantSpec& spec)
      : spec_(spec), is_due_(worker.worker == 0) {}

  Status flush() override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t, const data::DeltaChunk&) override;

 private:
  const ConstantSpec spec_;
  bool is_due_;
};

}  // namespace kappa::flow
