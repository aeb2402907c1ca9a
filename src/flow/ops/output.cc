#include "flow/ops/output.h"

#include "flow/chunks.h"

namespace kappa::flow {

Status OutputOperator::push(size_t, const data::DeltaChunk& chunk) {
  codec_.encode(chunk.rows, encoded_);
  for (size_t i = 0; i < chunk.size(); ++i) pending_.add(encoded_[i], {}, chunk.weight(i));
  return OkStatus();
}

Status OutputOperator::flush() {
  if (pending_.is_empty()) return OkStatus();
  RunPtr run = pending_.build();
  DeltaBuilder delta(codec_);
  for (size_t i = 0; i < run->entry_count(); ++i) {
    delta.add(run->entry(i).bytes, run->entry(i).weight);
  }
  delta_ = delta.finish();
  contents_.add(std::move(run));
  return OkStatus();
}

OperatorState OutputOperator::state() const {
  return {static_cast<int64_t>(contents_.size_bytes()),
          static_cast<int64_t>(contents_.entry_count())};
}

}  // namespace kappa::flow
