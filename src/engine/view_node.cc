#include "engine/view_node.h"

#include <duckdb/main/connection.hpp>

#include "data/row_codec.h"

namespace kappa::engine {
namespace {

// Beside the circuit's parts, whose names begin with a number.
constexpr char kErrorsPart[] = "errors";
constexpr char kSteppedPart[] = "has stepped";

}  // namespace

StatusOr<std::unique_ptr<ViewNode>> ViewNode::create(
    DefinitionPtr definition, std::unique_ptr<sql::DatabaseConnection> connection,
    sql::PlannedView planned, std::vector<ViewInput> inputs, flow::WorkerPool& workers) {
  std::unique_ptr<ViewNode> node(new ViewNode());
  node->definition_ = std::move(definition);
  node->connection_ = std::move(connection);
  node->planned_ = std::move(planned);
  node->inputs_ = std::move(inputs);
  node->worker_count_ = workers.worker_count();
  ASSIGN_OR_RETURN(
      node->circuit_,
      flow::Circuit::create(node->planned_.plan, *node->connection_->duck().context, workers));
  return node;
}

Status ViewNode::step(std::vector<std::unique_ptr<flow::InputDelta>> inputs) {
  auto output = circuit_->step(std::move(inputs));
  if (!output.ok()) return annotate(output.status(), "view " + definition_->name);
  has_stepped_ = true;
  output_ = std::move(output->delta);
  if (!output->errors.empty()) keep_errors(output->errors);
  return OkStatus();
}

void ViewNode::set_base(Frontier base) {
  auto definition = std::make_shared<Definition>(*definition_);
  definition->base = std::move(base);
  definition_ = std::move(definition);
}

std::string ViewNode::fingerprint() const {
  std::string text = fmt::format("{} workers {}", state_format(), worker_count_);
  for (const flow::OperatorStatistics& one : circuit_->statistics())
    text += fmt::format("\n{} {} {}", one.depth, one.name, one.detail);
  return text;
}

RelationCheckpoint ViewNode::save() const {
  RelationCheckpoint saved{definition_->id, fingerprint(), circuit_->save_state()};
  saved.parts.push_back({kErrorsPart, errors_.snapshot()});
  saved.parts.push_back({kSteppedPart, std::string(has_stepped_ ? "1" : "0")});
  return saved;
}

Status ViewNode::load(const RelationCheckpoint& saved) {
  if (saved.fingerprint != fingerprint())
    return failed_precondition("its state is of another version, plan or number of workers");
  for (const flow::StatePart& part : saved.parts) {
    const auto* runs = std::get_if<flow::TraceSnapshot>(&part.value);
    const auto* bytes = std::get_if<std::string>(&part.value);
    if (part.name == kErrorsPart && runs != nullptr) errors_ = flow::Trace(*runs);
    if (part.name == kSteppedPart && bytes != nullptr) has_stepped_ = *bytes == "1";
  }
  return circuit_->load_state(saved.parts);
}

void ViewNode::keep_errors(const std::vector<flow::ErrorRow>& errors) {
  data::Types types{duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR};
  data::RowCodec codec(types);
  data::EncodedRows encoded;
  duckdb::DataChunk row;
  row.Initialize(duckdb::Allocator::DefaultAllocator(),
                 duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()));
  flow::RunBuilder builder;
  for (const flow::ErrorRow& error : errors) {
    row.Reset();
    row.data[0].Append(duckdb::Value(error.reason));
    row.data[1].Append(duckdb::Value(error.row));
    row.SetCardinalityUnsafe(1);
    codec.encode(row, encoded);
    builder.add(encoded[0], {}, error.weight);
  }
  errors_.add(builder.build());
}

}  // namespace kappa::engine
