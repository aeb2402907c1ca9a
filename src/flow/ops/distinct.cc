#include "flow/ops/distinct.h"

namespace kappa::flow {

Status DistinctOperator::push(size_t, const data::DeltaChunk& chunk) {
  codec_.encode(chunk.rows, encoded_);
  for (size_t i = 0; i < chunk.size(); ++i) pending_.add(encoded_[i], {}, chunk.weight(i));
  return OkStatus();
}

Status DistinctOperator::flush() {
  if (pending_.is_empty()) return OkStatus();
  RunPtr delta = pending_.build();
  TraceCursor before(trace_.snapshot());
  for (size_t i = 0; i < delta->entry_count(); ++i) {
    TraceEntry entry = delta->entry(i);
    before.seek(entry.bytes);
    bool is_same = before.is_valid() && before.entry().bytes == entry.bytes;
    int64_t weight = is_same ? before.entry().weight : 0;
    bool was_there = weight > 0;
    bool is_there = weight + entry.weight > 0;
    if (was_there == is_there) continue;
    out_.add(entry.bytes, is_there ? 1 : -1);
    if (out_.is_full()) RETURN_IF_ERROR(emit(out_.take()));
  }
  if (!out_.is_empty()) RETURN_IF_ERROR(emit(out_.take()));
  trace_.add(std::move(delta));
  return OkStatus();
}

}  // namespace kappa::flow
