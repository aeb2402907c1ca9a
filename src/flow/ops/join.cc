#include "flow/ops/join.h"

#include <duckdb/common/types/value.hpp>

#include "flow/chunks.h"

namespace kappa::flow {

namespace {

std::vector<Expr> side_keys(const JoinSpec& spec, bool is_left) {
  std::vector<Expr> keys;
  for (const JoinKey& key : spec.keys) keys.push_back(is_left ? key.left : key.right);
  return keys;
}

std::vector<bool> null_safe_keys(const JoinSpec& spec) {
  std::vector<bool> safe;
  for (const JoinKey& key : spec.keys) safe.push_back(key.is_null_safe);
  return safe;
}

bool emits_pairs(JoinKind kind) {
  return kind != JoinKind::kSemi && kind != JoinKind::kAnti && kind != JoinKind::kMark;
}

data::Types output_types(JoinKind kind, const data::Types& left, const data::Types& right) {
  data::Types types = left;
  if (emits_pairs(kind)) types.insert(types.end(), right.begin(), right.end());
  if (kind == JoinKind::kMark) types.push_back(duckdb::LogicalType::BOOLEAN);
  return types;
}

}  // namespace

std::unique_ptr<JoinOperator::Side> JoinOperator::make_side(WorkerContext& worker,
                                                            const JoinSpec& spec, bool is_left,
                                                            const data::Types& types) {
  Lone lone = Lone::kNever;
  if (spec.kind == JoinKind::kFull) lone = Lone::kUnmatched;
  if (is_left && spec.kind == JoinKind::kSemi) lone = Lone::kMatched;
  if (is_left && spec.kind == JoinKind::kMark) lone = Lone::kMarked;
  if (is_left && (spec.kind == JoinKind::kLeft || spec.kind == JoinKind::kAnti)) {
    lone = Lone::kUnmatched;
  }
  if (!is_left && spec.kind == JoinKind::kRight) lone = Lone::kUnmatched;
  auto side = std::unique_ptr<Side>(
      new Side{JoinSide(worker, side_keys(spec, is_left), null_safe_keys(spec), types),
               lone,
               {},
               {},
               {},
               {},
               data::RowCodec(types),
               {},
               {},
               {}});
  allocate(types, side->decoded);
  return side;
}

JoinOperator::JoinOperator(WorkerContext& worker, const JoinSpec& spec, const data::Types& left,
                           const data::Types& right)
    : kind_(spec.kind),
      emits_pairs_(emits_pairs(spec.kind)),
      counts_partners_(!spec.residual.empty()),
      left_columns_(left.size()),
      right_columns_(right.size()),
      sides_{make_side(worker, spec, true, left), make_side(worker, spec, false, right)},
      pairs_(worker, left, right, spec.residual) {
  make_empty(output_types(spec.kind, left, right), lone_.rows);
}

Status JoinOperator::push(size_t port, const data::DeltaChunk& chunk) {
  std::vector<uint32_t> null_rows;
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, sides_[port]->rows.add(chunk, &null_rows));
  if (null_rows.empty() || sides_[port]->lone != Lone::kUnmatched) return OkStatus();
  data::DeltaChunk without_key;
  select_rows(*good, null_rows, without_key);
  return emit_lone_chunk(port, without_key);
}

Status JoinOperator::flush() {
  if (!sides_[0]->rows.has_pending() && !sides_[1]->rows.has_pending()) return OkStatus();
  JoinSide& left = sides_[0]->rows;
  JoinSide& right = sides_[1]->rows;
  left.settle();
  right.settle();
  if (emits_pairs_ || counts_partners_) {
    RETURN_IF_ERROR(add_pairs(left, right.after(), true));
    RETURN_IF_ERROR(add_pairs(right, left.before(), false));
    RETURN_IF_ERROR(emit_pairs());
  }
  for (size_t side = 0; side < 2; ++side) {
    Lone lone = sides_[side]->lone;
    if (lone == Lone::kNever) continue;
    if (counts_partners_) settle_partners(*sides_[side]);
    if (lone != Lone::kUnmatched) RETURN_IF_ERROR(emit_lone(side, true));
    if (lone != Lone::kMatched) RETURN_IF_ERROR(emit_lone(side, false));
  }
  left.forget();
  right.forget();
  return OkStatus();
}

Status JoinOperator::add_pairs(const JoinSide& delta_side, const TraceSnapshot& other,
                               bool delta_is_left) {
  const Run& delta = *delta_side.delta();
  if (delta.entry_count() == 0 || other.empty()) return OkStatus();
  TraceCursor cursor(other);
  std::vector<TraceEntry> partners;
  for (size_t i = 0; i < delta.entry_count();) {
    // All delta rows of one key meet the same partners.
    std::string_view key = delta.entry(i).key();
    partners.clear();
    cursor.seek(key);
    for (; cursor.is_valid() && cursor.entry().key() == key; cursor.next()) {
      partners.push_back(cursor.entry());
    }
    for (; i < delta.entry_count() && delta.entry(i).key() == key; ++i) {
      TraceEntry entry = delta.entry(i);
      for (const TraceEntry& partner : partners) {
        int64_t weight = entry.weight * partner.weight;
        pairs_.add(delta_is_left ? entry : partner, delta_is_left ? partner : entry, weight);
        if (pairs_.is_full()) RETURN_IF_ERROR(emit_pairs());
      }
    }
  }
  return OkStatus();
}

Status JoinOperator::emit_pairs() {
  if (pairs_.is_empty()) return OkStatus();
  RETURN_IF_ERROR(pairs_.filter());
  if (counts_partners_) {
    for (uint32_t pair : pairs_.passed()) {
      int64_t weight = pairs_.weight(pair);
      if (sides_[0]->lone != Lone::kNever) {
        sides_[0]->pending_partners.add(pairs_.left(pair).bytes, {}, weight);
      }
      if (sides_[1]->lone != Lone::kNever) {
        sides_[1]->pending_partners.add(pairs_.right(pair).bytes, {}, weight);
      }
    }
  }
  if (emits_pairs_) RETURN_IF_ERROR(emit(pairs_.rows()));
  pairs_.clear();
  return OkStatus();
}

void JoinOperator::settle_partners(Side& side) {
  side.partners_before = side.partners.snapshot();
  side.partners_delta = side.pending_partners.build();
  side.partners.add(side.partners_delta);
}

Status JoinOperator::emit_lone(size_t side, bool is_matched) {
  wants_match_ = is_matched;
  RETURN_IF_ERROR(counts_partners_ ? emit_lone_by_row(side) : emit_lone_by_key(side));
  return emit_lone_rows(side);
}

Status JoinOperator::emit_lone_by_key(size_t side) {
  const JoinSide& own = sides_[side]->rows;
  const JoinSide& other = sides_[1 - side]->rows;
  const Run& own_delta = *own.delta();
  const Run& other_delta = *other.delta();
  TraceCursor other_before(other.before());
  TraceCursor other_after(other.after());
  TraceCursor own_before(own.before());
  TraceCursor own_after(own.after());
  size_t i = 0;
  size_t k = 0;
  while (i < own_delta.entry_count() || k < other_delta.entry_count()) {
    bool takes_own =
        k == other_delta.entry_count() ||
        (i < own_delta.entry_count() && own_delta.entry(i).key() <= other_delta.entry(k).key());
    std::string_view key = takes_own ? own_delta.entry(i).key() : other_delta.entry(k).key();
    bool other_changed = false;
    for (; k < other_delta.entry_count() && other_delta.entry(k).key() == key; ++k) {
      other_changed = true;
    }
    other_after.seek(key);
    bool is_matched = other_after.is_valid() && other_after.entry().key() == key;
    bool was_matched = is_matched;
    if (other_changed) {
      other_before.seek(key);
      was_matched = other_before.is_valid() && other_before.entry().key() == key;
    }
    RETURN_IF_ERROR(emit_lone_of_key(side, key, was_matched == wants_match_,
                                     is_matched == wants_match_, i, own_before, own_after));
  }
  return OkStatus();
}

Status JoinOperator::emit_lone_of_key(size_t side, std::string_view key, bool was_in, bool is_in,
                                      size_t& delta_index, TraceCursor& before,
                                      TraceCursor& after) {
  const Run& delta = *sides_[side]->rows.delta();
  for (; delta_index < delta.entry_count() && delta.entry(delta_index).key() == key;
       ++delta_index) {
    TraceEntry entry = delta.entry(delta_index);
    if (was_in && is_in) RETURN_IF_ERROR(add_lone(side, entry.row(), entry.weight));
  }
  if (was_in == is_in) return OkStatus();
  TraceCursor& cursor = was_in ? before : after;
  cursor.seek(key);
  for (; cursor.is_valid() && cursor.entry().key() == key; cursor.next()) {
    int64_t weight = cursor.entry().weight;
    RETURN_IF_ERROR(add_lone(side, cursor.entry().row(), was_in ? -weight : weight));
  }
  return OkStatus();
}

Status JoinOperator::emit_lone_by_row(size_t side) {
  Side& own = *sides_[side];
  const Run& delta = *own.rows.delta();
  const Run& partners = *own.partners_delta;
  TraceCursor before(own.rows.before());
  TraceCursor matched_before(own.partners_before);
  TraceCursor after(own.rows.after());
  TraceCursor matched_after(own.partners.snapshot());
  size_t i = 0;
  size_t k = 0;
  while (i < delta.entry_count() || k < partners.entry_count()) {
    TraceEntry entry{};
    bool has_delta = i < delta.entry_count();
    bool has_partner = k < partners.entry_count();
    if (has_delta) entry = delta.entry(i);
    if (has_partner && (!has_delta || partners.entry(k).bytes < entry.bytes)) {
      entry = partners.entry(k);
    }
    if (has_delta && delta.entry(i).bytes == entry.bytes) ++i;
    if (has_partner && partners.entry(k).bytes == entry.bytes) ++k;

    int64_t old_weight = entry_weight(before, entry.bytes);
    if ((entry_weight(matched_before, entry.bytes) != 0) != wants_match_) old_weight = 0;
    int64_t new_weight = entry_weight(after, entry.bytes);
    std::string_view row = after.is_valid() && after.entry().bytes == entry.bytes
                               ? after.entry().row()
                               : std::string_view();
    if (new_weight == 0 && old_weight != 0) row = before.entry().row();
    if ((entry_weight(matched_after, entry.bytes) != 0) != wants_match_) new_weight = 0;
    RETURN_IF_ERROR(add_lone(side, row, new_weight - old_weight));
  }
  return OkStatus();
}

Status JoinOperator::add_lone(size_t side, std::string_view row, int64_t weight) {
  if (weight == 0) return OkStatus();
  sides_[side]->out_rows.push_back(row);
  sides_[side]->out_weights.push_back(weight);
  if (sides_[side]->out_rows.size() < STANDARD_VECTOR_SIZE) return OkStatus();
  return emit_lone_rows(side);
}

Status JoinOperator::emit_lone_rows(size_t side) {
  Side& own = *sides_[side];
  if (own.out_rows.empty()) return OkStatus();
  data::DeltaChunk rows;
  make_empty(own.codec.types(), rows.rows);
  own.codec.decode(own.out_rows, own.decoded);
  reference_columns(own.decoded, rows.rows, 0);
  rows.rows.SetCardinalityUnsafe(own.out_rows.size());
  set_weights(own.out_weights, rows);
  own.out_rows.clear();
  own.out_weights.clear();
  return emit_lone_chunk(side, rows);
}

// Gives the rows of one side the output's shape: with NULLs in place of the other side.
Status JoinOperator::emit_lone_chunk(size_t side, const data::DeltaChunk& rows) {
  reference_columns(rows.rows, lone_.rows, side == 0 ? 0 : left_columns_);
  if (emits_pairs_) {
    null_columns(lone_.rows, side == 0 ? left_columns_ : 0,
                 side == 0 ? right_columns_ : left_columns_, rows.size());
  }
  if (kind_ == JoinKind::kMark) {
    lone_.rows.data[left_columns_].Reference(duckdb::Value::BOOLEAN(wants_match_),
                                             duckdb::count_t(rows.size()));
  }
  lone_.rows.SetCardinalityUnsafe(rows.size());
  lone_.weights = rows.weights;
  return emit(lone_);
}

OperatorState JoinOperator::state() const {
  OperatorState total;
  for (const auto& side : sides_) {
    total.bytes +=
        static_cast<int64_t>(side->rows.trace().size_bytes() + side->partners.size_bytes());
    total.rows += static_cast<int64_t>(side->rows.trace().entry_count());
  }
  return total;
}

void JoinOperator::save(StateParts& parts) const {
  save_trace(sides_[0]->rows.trace(), "left", parts);
  save_trace(sides_[1]->rows.trace(), "right", parts);
  save_trace(sides_[0]->partners, "left partners", parts);
  save_trace(sides_[1]->partners, "right partners", parts);
}

Status JoinOperator::load(const StateParts& parts) {
  RETURN_IF_ERROR(load_trace(parts, "left", sides_[0]->rows.trace()));
  RETURN_IF_ERROR(load_trace(parts, "right", sides_[1]->rows.trace()));
  RETURN_IF_ERROR(load_trace(parts, "left partners", sides_[0]->partners));
  return load_trace(parts, "right partners", sides_[1]->partners);
}

}  // namespace kappa::flow
