#pragma once
// Cutting, building and printing delta chunks.

#include <string>
#include <vector>

#include "data/delta.h"
#include "data/row_codec.h"

namespace kappa::flow {

// `out` becomes the given rows of `in`, in that order, without copying values (dictionary vectors).
void select_rows(const data::DeltaChunk& in, const std::vector<uint32_t>& rows,
                 data::DeltaChunk& out);
void select_rows(const duckdb::DataChunk& in, const std::vector<uint32_t>& rows,
                 duckdb::DataChunk& out);
// As select_rows for single vectors: out column `column` becomes rows of `in`.
void select_column(const duckdb::Vector& in, const std::vector<uint32_t>& rows,
                   duckdb::DataChunk& out, size_t column);

// A chunk of the given types with memory of its own, empty.
void allocate(const data::Types& types, duckdb::DataChunk& out,
              size_t capacity = STANDARD_VECTOR_SIZE);
// A chunk of the given types whose vectors will reference others.
void make_empty(const data::Types& types, duckdb::DataChunk& out);

// A row as text, for people: "1, abc, NULL".
std::string row_text(const duckdb::DataChunk& rows, size_t row);

// Collects encoded rows with weights, and decodes them 2,048 at a time. The bytes are borrowed
// until the next call of take().
class RowBatch {
 public:
  explicit RowBatch(data::Types types);

  void add(std::string_view row, int64_t weight) {
    rows_.push_back(row);
    weights_.push_back(weight);
  }
  bool is_full() const { return rows_.size() == STANDARD_VECTOR_SIZE; }
  bool is_empty() const { return rows_.empty(); }
  // The rows as a chunk, valid until the next call. Leaves the batch empty.
  const data::DeltaChunk& take();

 private:
  data::RowCodec codec_;
  std::vector<std::string_view> rows_;
  std::vector<int64_t> weights_;
  data::DeltaChunk chunk_;
};

// Collects encoded rows with weights into a delta that owns its chunks.
class DeltaBuilder {
 public:
  // `codec` outlives the builder.
  explicit DeltaBuilder(data::RowCodec& codec) : codec_(codec) {}
  // The bytes are borrowed until finish().
  void add(std::string_view row, int64_t weight) {
    rows_.push_back(row);
    weights_.push_back(weight);
    if (rows_.size() == STANDARD_VECTOR_SIZE) cut();
  }
  data::Delta finish();

 private:
  void cut();

  data::RowCodec& codec_;
  data::Delta delta_;
  std::vector<std::string_view> rows_;
  std::vector<int64_t> weights_;
};

// Weights as a DeltaChunk wants them: none when all are +1.
void set_weights(const std::vector<int64_t>& weights, data::DeltaChunk& chunk);

}  // namespace kappa::flow
