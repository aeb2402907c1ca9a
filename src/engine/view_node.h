#pragma once
// One version of a view at work: its circuit, the DuckDB connection its expressions run in, and
// what it holds. Confined to the thread of the pipeline that it is in; moves between pipelines
// whole.

#include <memory>
#include <vector>

#include "engine/checkpoint_store.h"
#include "engine/definition.h"
#include "engine/snapshot.h"
#include "flow/circuit.h"
#include "sql/database.h"
#include "sql/planner.h"

namespace kappa::engine {

struct ViewInput {
  int64_t relation_id = 0;
  std::vector<size_t> columns;
};

class ViewNode {
 public:
  // `connection` is the one that the plan was made in. Errors: kUnimplemented.
  static StatusOr<std::unique_ptr<ViewNode>> create(
      DefinitionPtr definition, std::unique_ptr<sql::DatabaseConnection> connection,
      sql::PlannedView planned, std::vector<ViewInput> inputs, flow::WorkerPool& workers);

  const Definition& definition() const { return *definition_; }
  const DefinitionPtr& definition_ptr() const { return definition_; }
  const std::vector<ViewInput>& inputs() const { return inputs_; }

  // One step; output() is then what changed.
  Status step(std::vector<std::unique_ptr<flow::InputDelta>> inputs);
  const data::Delta& output() const { return output_; }

  RelationState state() const { return {circuit_->contents(), errors_.snapshot(), OkStatus()}; }
  flow::Circuit& circuit() { return *circuit_; }
  RelationCheckpoint save() const;
  // Into a fresh node. Errors: kFailedPrecondition when the state is not this plan's, kDataLoss.
  Status load(const RelationCheckpoint& saved);
  // Where its history begins, known once that is held.
  void set_base(Frontier base);
  const flow::Plan& plan() const { return planned_.plan; }
  bool has_stepped() const { return has_stepped_; }

 private:
  ViewNode() = default;

  void keep_errors(const std::vector<flow::ErrorRow>& errors);
  // Who can read its state: the same format, plan and number of workers only.
  std::string fingerprint() const;

  DefinitionPtr definition_;
  std::unique_ptr<sql::DatabaseConnection> connection_;
  sql::PlannedView planned_;
  std::vector<ViewInput> inputs_;
  size_t worker_count_ = 1;
  std::unique_ptr<flow::Circuit> circuit_;
  flow::Trace errors_;
  data::Delta output_;
  bool has_stepped_ = false;
};

}  // namespace kappa::engine
