#include "flow/chunks.h"

#include <algorithm>

namespace kappa::flow {

namespace {

duckdb::SelectionVector selection_of(const std::vector<uint32_t>& rows) {
  duckdb::SelectionVector selection(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) selection.set_index(i, rows[i]);
  return selection;
}

}  // namespace

void select_rows(const duckdb::DataChunk& in, const std::vector<uint32_t>& rows,
                 duckdb::DataChunk& out) {
  make_empty(in.GetTypes(), out);
  if (in.ColumnCount() == 0) {
    out.SetCardinalityUnsafe(rows.size());
    return;
  }
  out.Slice(in, selection_of(rows), rows.size());
}

void select_rows(const data::DeltaChunk& in, const std::vector<uint32_t>& rows,
                 data::DeltaChunk& out) {
  select_rows(in.rows, rows, out.rows);
  out.weights.clear();
  if (in.is_append_only()) return;
  for (uint32_t row : rows) out.weights.push_back(in.weights[row]);
}

void select_column(const duckdb::Vector& in, const std::vector<uint32_t>& rows,
                   duckdb::DataChunk& out, size_t column) {
  out.data[column].Slice(in, selection_of(rows), rows.size());
}

void allocate(const data::Types& types, duckdb::DataChunk& out, size_t capacity) {
  duckdb::vector<duckdb::LogicalType> all(types.begin(), types.end());
  out.Destroy();
  out.Initialize(duckdb::Allocator::DefaultAllocator(), all, capacity);
}

void make_empty(const data::Types& types, duckdb::DataChunk& out) {
  out.Destroy();
  duckdb::vector<duckdb::LogicalType> all(types.begin(), types.end());
  out.InitializeEmpty(all);
}

std::string row_text(const duckdb::DataChunk& rows, size_t row) {
  std::string text;
  for (const auto& column : rows.data) {
    if (!text.empty()) text += ", ";
    text += column.GetValue(row).ToString();
  }
  return text;
}

void set_weights(const std::vector<int64_t>& weights, data::DeltaChunk& chunk) {
  chunk.weights.clear();
  bool all_one = std::all_of(weights.begin(), weights.end(), [](int64_t w) { return w == 1; });
  if (!all_one) chunk.weights = weights;
}

void DeltaBuilder::cut() {
  auto chunk = std::make_shared<data::DeltaChunk>();
  allocate(codec_.types(), chunk->rows, rows_.size());
  codec_.decode(rows_, chunk->rows);
  set_weights(weights_, *chunk);
  delta_.chunks.push_back(std::move(chunk));
  rows_.clear();
  weights_.clear();
}

data::Delta DeltaBuilder::finish() {
  if (!rows_.empty()) cut();
  return std::exchange(delta_, {});
}

RowBatch::RowBatch(data::Types types) : codec_(std::move(types)) {
  allocate(codec_.types(), chunk_.rows);
}

const data::DeltaChunk& RowBatch::take() {
  codec_.decode(rows_, chunk_.rows);
  set_weights(weights_, chunk_);
  rows_.clear();
  weights_.clear();
  return chunk_;
}

}  // namespace kappa::flow
