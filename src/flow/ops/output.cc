#include "flow/ops/output.h"

#include "flow/chunks.h"

namespace kappa::flow {

data::Delta delta_of(const Run& run, data::RowCodec& codec) {
  data::Delta delta;
  std::vector<std::string_view> rows;
  std::vector<int64_t> weights;
  for (size_t i = 0; i < run.entry_count(); ++i) {
    TraceEntry entry = run.entry(i);
    rows.push_back(entry.bytes);
    weights.push_back(entry.weight);
    if (rows.size() < STANDARD_VECTOR_SIZE && i + 1 < run.entry_count()) continue;
    auto chunk = std::make_shared<data::DeltaChunk>();
    allocate(codec.types(), chunk->rows);
    codec.decode(rows, chunk->rows);
    set_weights(weights, *chunk);
    delta.chunks.push_back(std::move(chunk));
    rows.clear();
    weights.clear();
  }
  return delta;
}

Status OutputOperator::push(size_t, const data::DeltaChunk& chunk) {
  codec_.encode(chunk.rows, encoded_);
  for (size_t i = 0; i < chunk.size(); ++i) pending_.add(encoded_[i], {}, chunk.weight(i));
  return OkStatus();
}

Status OutputOperator::flush() {
  if (pending_.is_empty()) return OkStatus();
  RunPtr run = pending_.build();
  delta_ = delta_of(*run, codec_);
  contents_.add(std::move(run));
  return OkStatus();
}

OperatorState OutputOperator::state() const {
  return {static_cast<int64_t>(contents_.size_bytes()),
          static_cast<int64_t>(contents_.entry_count())};
}

}  // namespace kappa::flow
