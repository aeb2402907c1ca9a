#pragma once
// Pairs of left and right rows on their way out of a join: collected as encoded rows, decoded 2,048
// at a time into left ++ right, and filtered by the residual conditions.

#include "data/row_codec.h"
#include "flow/conditions.h"
#include "flow/operator.h"

namespace kappa::flow {

class PairBatch {
 public:
  PairBatch(WorkerContext& worker, const data::Types& left, const data::Types& right,
            const std::vector<Expr>& residual);

  void add(const TraceEntry& left, const TraceEntry& right, int64_t weight) {
    left_.push_back(left);
    right_.push_back(right);
    weights_.push_back(weight);
  }
  bool is_full() const { return weights_.size() == STANDARD_VECTOR_SIZE; }
  bool is_empty() const { return weights_.empty(); }

  // Decodes and filters the pairs.
  Status filter();
  // The pairs that passed, as left ++ right, and their numbers. Valid until clear().
  const data::DeltaChunk& rows() const { return out_; }
  const std::vector<uint32_t>& passed() const { return passed_; }
  const TraceEntry& left(size_t pair) const { return left_[pair]; }
  const TraceEntry& right(size_t pair) const { return right_[pair]; }
  int64_t weight(size_t pair) const { return weights_[pair]; }
  void clear();

 private:
  Conditions conditions_;
  data::RowCodec left_codec_;
  data::RowCodec right_codec_;
  duckdb::DataChunk left_rows_;
  duckdb::DataChunk right_rows_;
  duckdb::DataChunk numbers_;

  std::vector<TraceEntry> left_;
  std::vector<TraceEntry> right_;
  std::vector<int64_t> weights_;

  data::DeltaChunk all_;  // left ++ right ++ the pair's number, which survives filtering
  data::DeltaChunk out_;
  std::vector<uint32_t> passed_;
};

// The chunk's columns from `first` on become references to those of `in`.
void reference_columns(const duckdb::DataChunk& in, duckdb::DataChunk& out, size_t first);
// `columns` columns of `out` from `first` on become NULL in `count` rows.
void null_columns(duckdb::DataChunk& out, size_t first, size_t columns, size_t count);

}  // namespace kappa::flow
