#include "flow/ops/set_operation.h"

#include <algorithm>

namespace kappa::flow {

namespace {

// The weight of `bytes`, which must not be below what was sought before.
int64_t weight_at(TraceCursor& cursor, std::string_view bytes) {
  cursor.seek(bytes);
  return cursor.is_valid() && cursor.entry().bytes == bytes ? cursor.entry().weight : 0;
}

}  // namespace

int64_t SetOperator::weight_of(int64_t left, int64_t right) const {
  left = std::max<int64_t>(left, 0);
  right = std::max<int64_t>(right, 0);
  if (operation_ == SetOperation::kIntersectAll) return std::min(left, right);
  return std::max<int64_t>(left - right, 0);
}

Status SetOperator::push(size_t port, const data::DeltaChunk& chunk) {
  codec_.encode(chunk.rows, encoded_);
  for (size_t i = 0; i < chunk.size(); ++i) pending_[port].add(encoded_[i], {}, chunk.weight(i));
  return OkStatus();
}

Status SetOperator::flush() {
  if (pending_[0].is_empty() && pending_[1].is_empty()) return OkStatus();
  RunPtr left = pending_[0].build();
  RunPtr right = pending_[1].build();
  TraceCursor left_before(traces_[0].snapshot());
  TraceCursor right_before(traces_[1].snapshot());
  size_t i = 0;
  size_t k = 0;
  while (i < left->entry_count() || k < right->entry_count()) {
    bool has_left = i < left->entry_count();
    bool has_right = k < right->entry_count();
    std::string_view row = has_left ? left->entry(i).bytes : right->entry(k).bytes;
    if (has_right && right->entry(k).bytes < row) row = right->entry(k).bytes;
    int64_t left_change = has_left && left->entry(i).bytes == row ? left->entry(i++).weight : 0;
    int64_t right_change = has_right && right->entry(k).bytes == row ? right->entry(k++).weight : 0;
    int64_t left_weight = weight_at(left_before, row);
    int64_t right_weight = weight_at(right_before, row);
    int64_t change = weight_of(left_weight + left_change, right_weight + right_change) -
                     weight_of(left_weight, right_weight);
    if (change == 0) continue;
    out_.add(row, change);
    if (out_.is_full()) RETURN_IF_ERROR(emit(out_.take()));
  }
  if (!out_.is_empty()) RETURN_IF_ERROR(emit(out_.take()));
  traces_[0].add(std::move(left));
  traces_[1].add(std::move(right));
  return OkStatus();
}

OperatorState SetOperator::state() const {
  OperatorState total;
  for (const Trace& trace : traces_) {
    total.bytes += static_cast<int64_t>(trace.size_bytes());
    total.rows += static_cast<int64_t>(trace.entry_count());
  }
  return total;
}

void SetOperator::save(StateParts& parts) const {
  save_trace(traces_[0], "left", parts);
  save_trace(traces_[1], "right", parts);
}

Status SetOperator::load(const StateParts& parts) {
  RETURN_IF_ERROR(load_trace(parts, "left", traces_[0]));
  return load_trace(parts, "right", traces_[1]);
}

}  // namespace kappa::flow
