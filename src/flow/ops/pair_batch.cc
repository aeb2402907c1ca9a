#include "flow/ops/pair_batch.h"

#include <duckdb/common/types/value.hpp>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression.hpp>
#include <numeric>

#include "flow/chunks.h"

namespace kappa::flow {

namespace {

data::Types joined(const data::Types& left, const data::Types& right) {
  data::Types types = left;
  types.insert(types.end(), right.begin(), right.end());
  return types;
}

std::vector<std::string_view> rows_of(const std::vector<TraceEntry>& entries) {
  std::vector<std::string_view> rows;
  for (const TraceEntry& entry : entries) rows.push_back(entry.row());
  return rows;
}

}  // namespace

void reference_columns(const duckdb::DataChunk& in, duckdb::DataChunk& out, size_t first) {
  for (size_t i = 0; i < in.ColumnCount(); ++i) out.data[first + i].Reference(in.data[i]);
}

void null_columns(duckdb::DataChunk& out, size_t first, size_t columns, size_t count) {
  for (size_t i = first; i < first + columns; ++i) {
    out.data[i].Reference(duckdb::Value(out.data[i].GetType()), duckdb::count_t(count));
  }
}

PairBatch::PairBatch(WorkerContext& worker, const data::Types& left, const data::Types& right,
                     const std::vector<Expr>& residual)
    : conditions_(worker, residual), left_codec_(left), right_codec_(right) {
  allocate(left, left_rows_);
  allocate(right, right_rows_);
  data::Types types = joined(left, right);
  make_empty(types, out_.rows);
  if (conditions_.is_empty()) return;
  allocate({duckdb::LogicalType::UINTEGER}, numbers_);
  auto* numbers = duckdb::FlatVector::GetDataMutable<uint32_t>(numbers_.data[0]);
  std::iota(numbers, numbers + STANDARD_VECTOR_SIZE, 0u);
  types.push_back(duckdb::LogicalType::UINTEGER);
  make_empty(types, all_.rows);
}

Status PairBatch::filter() {
  size_t count = weights_.size();
  left_codec_.decode(rows_of(left_), left_rows_);
  right_codec_.decode(rows_of(right_), right_rows_);
  size_t left_columns = left_rows_.ColumnCount();
  passed_.clear();
  if (conditions_.is_empty()) {
    reference_columns(left_rows_, out_.rows, 0);
    reference_columns(right_rows_, out_.rows, left_columns);
    out_.rows.SetCardinalityUnsafe(count);
    set_weights(weights_, out_);
    for (uint32_t i = 0; i < count; ++i) passed_.push_back(i);
    return OkStatus();
  }
  numbers_.SetChildCardinality(count);
  reference_columns(left_rows_, all_.rows, 0);
  reference_columns(right_rows_, all_.rows, left_columns);
  reference_columns(numbers_, all_.rows, out_.rows.ColumnCount());
  all_.rows.SetCardinalityUnsafe(count);
  set_weights(weights_, all_);

  ASSIGN_OR_RETURN(const data::DeltaChunk* kept, conditions_.keep(all_));
  for (size_t i = 0; i < out_.rows.ColumnCount(); ++i) {
    out_.rows.data[i].Reference(kept->rows.data[i]);
  }
  out_.rows.SetCardinalityUnsafe(kept->size());
  out_.weights = kept->weights;
  duckdb::UnifiedVectorFormat format;
  kept->rows.data.back().ToUnifiedFormat(format);
  const auto* numbers = format.GetData<uint32_t>();
  for (size_t i = 0; i < kept->size(); ++i) passed_.push_back(numbers[format.sel->get_index(i)]);
  return OkStatus();
}

void PairBatch::clear() {
  left_.clear();
  right_.clear();
  weights_.clear();
}

}  // namespace kappa::flow
