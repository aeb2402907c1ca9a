#include "flow/ops/single_join.h"

#include <duckdb/planner/expression.hpp>

namespace kappa::flow {

namespace {

constexpr const char* kTooMany = "More than one row returned by a subquery used as an expression";

std::unique_ptr<JoinSide> make_side(WorkerContext& worker, const JoinSpec& spec, bool is_left,
                                    const data::Types& types) {
  std::vector<Expr> keys;
  std::vector<bool> null_safe;
  for (const JoinKey& key : spec.keys) {
    keys.push_back(is_left ? key.left : key.right);
    null_safe.push_back(key.is_null_safe);
  }
  return std::make_unique<JoinSide>(worker, std::move(keys), std::move(null_safe), types);
}

}  // namespace

SingleJoinOperator::SingleJoinOperator(WorkerContext& worker, const JoinSpec& spec,
                                       const data::Types& left, const data::Types& right)
    : worker_(worker),
      sides_{make_side(worker, spec, true, left), make_side(worker, spec, false, right)},
      candidates_(worker, left, right, spec.residual),
      joined_(worker, left, right, {}),
      alone_(left),
      left_codec_(left) {
  data::Types types = left;
  types.insert(types.end(), right.begin(), right.end());
  make_empty(types, alone_out_.rows);
}

Status SingleJoinOperator::push(size_t port, const data::DeltaChunk& chunk) {
  std::vector<uint32_t> null_rows;
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, sides_[port]->add(chunk, &null_rows));
  if (null_rows.empty() || port == 1) return OkStatus();
  data::DeltaChunk without_key;
  select_rows(*good, null_rows, without_key);
  return emit_alone_chunk(without_key);
}

Status SingleJoinOperator::flush() {
  if (!sides_[0]->has_pending() && !sides_[1]->has_pending()) return OkStatus();
  sides_[0]->settle();
  sides_[1]->settle();
  const Run& left = *sides_[0]->delta();
  const Run& right = *sides_[1]->delta();
  TraceCursor left_before(sides_[0]->before());
  TraceCursor left_after(sides_[0]->after());
  TraceCursor right_before(sides_[1]->before());
  TraceCursor right_after(sides_[1]->after());
  std::vector<LeftRow> rows;
  auto take_all = [&](TraceCursor& cursor, std::string_view key, int64_t sign) {
    rows.clear();
    cursor.seek(key);
    for (; cursor.is_valid() && cursor.entry().key() == key; cursor.next()) {
      rows.push_back({cursor.entry(), sign * cursor.entry().weight});
    }
  };
  size_t i = 0;
  size_t k = 0;
  while (i < left.entry_count() || k < right.entry_count()) {
    std::string_view key = i < left.entry_count() ? left.entry(i).key() : right.entry(k).key();
    if (k < right.entry_count() && right.entry(k).key() < key) key = right.entry(k).key();
    bool right_changed = k < right.entry_count() && right.entry(k).key() == key;
    while (k < right.entry_count() && right.entry(k).key() == key) ++k;
    if (right_changed) {
      while (i < left.entry_count() && left.entry(i).key() == key) ++i;
      take_all(left_before, key, -1);
      RETURN_IF_ERROR(join_key(rows, key, right_before));
      take_all(left_after, key, 1);
    } else {
      rows.clear();
      for (; i < left.entry_count() && left.entry(i).key() == key; ++i) {
        rows.push_back({left.entry(i), left.entry(i).weight});
      }
    }
    RETURN_IF_ERROR(join_key(rows, key, right_after));
  }
  RETURN_IF_ERROR(emit_joined());
  RETURN_IF_ERROR(emit_alone());
  sides_[0]->forget();
  sides_[1]->forget();
  return OkStatus();
}

Status SingleJoinOperator::join_key(std::vector<LeftRow>& left, std::string_view key,
                                    TraceCursor& right) {
  if (left.empty()) return OkStatus();
  right.seek(key);
  for (; right.is_valid() && right.entry().key() == key; right.next()) {
    for (uint32_t row = 0; row < left.size(); ++row) {
      candidates_.add(left[row].entry, right.entry(), right.entry().weight);
      candidate_of_.push_back(row);
      if (candidates_.is_full()) RETURN_IF_ERROR(count_partners(left));
    }
  }
  RETURN_IF_ERROR(count_partners(left));
  for (const LeftRow& row : left) RETURN_IF_ERROR(put_out(row));
  return OkStatus();
}

Status SingleJoinOperator::count_partners(std::vector<LeftRow>& left) {
  if (candidates_.is_empty()) return OkStatus();
  RETURN_IF_ERROR(candidates_.filter());
  for (uint32_t pair : candidates_.passed()) {
    LeftRow& row = left[candidate_of_[pair]];
    row.partner_count += candidates_.weight(pair);
    row.partner = candidates_.right(pair);
  }
  candidates_.clear();
  candidate_of_.clear();
  return OkStatus();
}

Status SingleJoinOperator::put_out(const LeftRow& row) {
  if (row.partner_count == 0) {
    alone_.add(row.entry.row(), row.weight);
    return alone_.is_full() ? emit_alone() : OkStatus();
  }
  if (row.partner_count == 1) {
    joined_.add(row.entry, row.partner, row.weight);
    return joined_.is_full() ? emit_joined() : OkStatus();
  }
  duckdb::DataChunk decoded;
  allocate(left_codec_.types(), decoded);
  left_codec_.decode({row.entry.row()}, decoded);
  worker_.errors.push_back({kTooMany, row_text(decoded, 0), row.weight});
  return OkStatus();
}

Status SingleJoinOperator::emit_joined() {
  if (joined_.is_empty()) return OkStatus();
  RETURN_IF_ERROR(joined_.filter());
  RETURN_IF_ERROR(emit(joined_.rows()));
  joined_.clear();
  return OkStatus();
}

Status SingleJoinOperator::emit_alone() {
  return alone_.is_empty() ? OkStatus() : emit_alone_chunk(alone_.take());
}

Status SingleJoinOperator::emit_alone_chunk(const data::DeltaChunk& rows) {
  size_t left_columns = rows.rows.ColumnCount();
  reference_columns(rows.rows, alone_out_.rows, 0);
  null_columns(alone_out_.rows, left_columns, alone_out_.rows.ColumnCount() - left_columns,
               rows.size());
  alone_out_.rows.SetCardinalityUnsafe(rows.size());
  alone_out_.weights = rows.weights;
  return emit(alone_out_);
}

OperatorState SingleJoinOperator::state() const {
  OperatorState total;
  for (const auto& side : sides_) {
    total.bytes += static_cast<int64_t>(side->trace().size_bytes());
    total.rows += static_cast<int64_t>(side->trace().entry_count());
  }
  return total;
}

void SingleJoinOperator::save(StateParts& parts) const {
  save_trace(sides_[0]->trace(), "left", parts);
  save_trace(sides_[1]->trace(), "right", parts);
}

Status SingleJoinOperator::load(const StateParts& parts) {
  RETURN_IF_ERROR(load_trace(parts, "left", sides_[0]->trace()));
  return load_trace(parts, "right", sides_[1]->trace());
}

}  // namespace kappa::flow
