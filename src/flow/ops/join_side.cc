#include "flow/ops/join_side.h"

#include <duckdb/planner/expression.hpp>

namespace kappa::flow {

JoinSide::JoinSide(WorkerContext& worker, std::vector<Expr> keys, std::vector<bool> null_safe,
                   data::Types row_types)
    : evaluator_(worker, std::move(keys)),
      null_safe_(std::move(null_safe)),
      key_codec_(evaluator_.types()),
      row_codec_(std::move(row_types)),
      delta_(RunBuilder().build()) {}

void JoinSide::find_null_keys(size_t count) {
  has_null_key_.assign(count, false);
  for (size_t k = 0; k < null_safe_.size(); ++k) {
    if (null_safe_[k]) continue;
    duckdb::UnifiedVectorFormat format;
    evaluator_.values().data[k].ToUnifiedFormat(format);
    if (format.validity.CannotHaveNull()) continue;
    for (size_t i = 0; i < count; ++i) {
      if (!format.validity.RowIsValid(format.sel->get_index(i))) has_null_key_[i] = true;
    }
  }
}

StatusOr<const data::DeltaChunk*> JoinSide::add(const data::DeltaChunk& chunk,
                                                std::vector<uint32_t>* null_rows) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  size_t count = good->size();
  key_codec_.encode(evaluator_.values(), encoded_keys_);
  row_codec_.encode(good->rows, encoded_rows_);
  if (null_rows != nullptr) find_null_keys(count);
  for (uint32_t i = 0; i < count; ++i) {
    if (null_rows != nullptr && has_null_key_[i]) {
      null_rows->push_back(i);
    } else {
      pending_.add(encoded_keys_[i], encoded_rows_[i], good->weight(i));
    }
  }
  return good;
}

void JoinSide::settle() {
  before_ = trace_.snapshot();
  if (pending_.is_empty()) return;
  delta_ = pending_.build();
  trace_.add(delta_);
}

void JoinSide::forget() {
  before_.clear();
  if (delta_->entry_count() > 0) delta_ = RunBuilder().build();
}

int64_t key_weight(TraceCursor& cursor, std::string_view key) {
  int64_t weight = 0;
  cursor.seek(key);
  for (; cursor.is_valid() && cursor.entry().key() == key; cursor.next()) {
    weight += cursor.entry().weight;
  }
  return weight;
}

int64_t entry_weight(TraceCursor& cursor, std::string_view bytes) {
  cursor.seek(bytes);
  if (!cursor.is_valid() || cursor.entry().bytes != bytes) return 0;
  return cursor.entry().weight;
}

}  // namespace kappa::flow
