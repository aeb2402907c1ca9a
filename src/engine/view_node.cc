#include "engine/view_node.h"

#include <duckdb/main/connection.hpp>

#include "data/row_codec.h"

namespace kappa::engine {

StatusOr<std::unique_ptr<ViewNode>> ViewNode::create(
    DefinitionPtr definition, std::unique_ptr<sql::DatabaseConnection> connection,
    sql::PlannedView planned, std::vector<ViewInput> inputs, flow::WorkerPool& workers) {
  std::unique_ptr<ViewNode> node(new ViewNode());
  node->definition_ = std::move(definition);
  node->connection_ = std::move(connection);
  node->planned_ = std::move(planned);
  node->inputs_ = std::move(inputs);
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
