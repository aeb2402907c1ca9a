#pragma once
// Delta: rows with integer weights (a Z-set) over DuckDB vectors, in chunks of at most
// STANDARD_VECTOR_SIZE (2,048) rows. +1 inserts a row, -1 retracts it. A chunk whose rows all have
// weight +1 carries no weights at all: the append-only fast path.
//
// Ownership: a DeltaChunk owns its vectors (which may share buffers with others, DuckDB counts
// references). A chunk that was handed on is never changed again, so several readers, also in
// several threads, may use it.

#include <cstdint>
#include <memory>
#include <vector>

#include <duckdb/common/types/data_chunk.hpp>

namespace kappa::data {

using Types = std::vector<duckdb::LogicalType>;

struct DeltaChunk {
  duckdb::DataChunk rows;
  std::vector<int64_t> weights;  // empty: every weight is +1; else one per row, never 0

  size_t size() const { return rows.size(); }
  int64_t weight(size_t row) const { return weights.empty() ? 1 : weights[row]; }
  bool is_append_only() const { return weights.empty(); }
};

// One step's changes of one relation. Not consolidated: the same row may occur more than once.
struct Delta {
  std::vector<std::shared_ptr<const DeltaChunk>> chunks;

  bool is_empty() const { return chunks.empty(); }
  size_t row_count() const {
    size_t count = 0;
    for (const auto& chunk : chunks) count += chunk->size();
    return count;
  }
};

}  // namespace kappa::data
