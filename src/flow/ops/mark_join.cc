#include "flow/ops/mark_join.h"

#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression.hpp>
#include <set>

#include "base/bytes.h"
#include "flow/chunks.h"
#include "flow/ops/join.h"
#include "flow/ops/pair_batch.h"

namespace kappa::flow {

namespace {

constexpr size_t kSizeBytes = 4;
constexpr char kNullKey = 2;  // the encoding of NULL, which sorts behind all values

std::string_view key_of(const TraceEntry& entry) {
  std::string_view row = entry.row();
  return row.substr(0, load_big_endian<uint32_t>(row.data() + row.size() - kSizeBytes));
}

std::string_view row_of(const TraceEntry& entry) {
  std::string_view row = entry.row();
  return row.substr(load_big_endian<uint32_t>(row.data() + row.size() - kSizeBytes));
}

bool is_null(std::string_view key) { return key[0] == kNullKey; }

bool is_at(const TraceCursor& cursor, std::string_view prefix) {
  return cursor.is_valid() && cursor.entry().bytes.substr(0, prefix.size()) == prefix;
}

std::vector<Expr> groups_and_key(std::vector<Expr> groups, const Expr& key) {
  groups.push_back(key);
  return groups;
}

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const Expr& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

}  // namespace

class MarkJoinOperator::RightView {
 public:
  explicit RightView(const TraceSnapshot& snapshot)
      : any_(snapshot), null_(snapshot), match_(snapshot) {}

  void enter(std::string_view group) {
    any_.seek(group);
    has_any_ = is_at(any_, group);
    sought_.assign(group);
    sought_.push_back(kNullKey);
    null_.seek(sought_);
    has_null_ = is_at(null_, sought_);
    group_ = group;
  }
  bool has_any() const { return has_any_; }
  bool has_null() const { return has_null_; }

  std::optional<bool> mark(std::string_view key) {
    if (!has_any_) return false;
    if (is_null(key)) return std::nullopt;
    sought_.assign(group_);
    sought_.append(key);
    match_.seek(sought_);
    if (is_at(match_, sought_)) return true;
    return has_null_ ? std::nullopt : std::optional<bool>(false);
  }

 private:
  TraceCursor any_;
  TraceCursor null_;
  TraceCursor match_;
  std::string_view group_;
  std::string sought_;
  bool has_any_ = false;
  bool has_null_ = false;
};

StatusOr<std::unique_ptr<Operator>> MarkJoinOperator::create(WorkerContext& worker,
                                                             const JoinSpec& spec,
                                                             const data::Types& left,
                                                             const data::Types& right) {
  size_t ordinary = 0;
  for (const JoinKey& key : spec.keys) ordinary += key.is_null_safe ? 0 : 1;
  if (ordinary == 0) return std::make_unique<JoinOperator>(worker, spec, left, right);
  if (ordinary > 1) return unimplemented("IN over several columns whose comparison may be NULL");
  if (!spec.residual.empty()) return unimplemented("IN with further conditions on both sides");
  return std::unique_ptr<Operator>(new MarkJoinOperator(worker, spec, left, right));
}

MarkJoinOperator::Side::Side(WorkerContext& worker, std::vector<Expr> group_keys, Expr key,
                             const data::Types& types)
    : evaluator(worker, groups_and_key(group_keys, key)),
      group_codec(types_of(group_keys)),
      key_codec({key->GetReturnType()}),
      row_codec(types) {
  make_empty(group_codec.types(), group_columns);
  make_empty(key_codec.types(), key_column);
}

MarkJoinOperator::MarkJoinOperator(WorkerContext& worker, const JoinSpec& spec,
                                   const data::Types& left, const data::Types& right) {
  for (size_t side = 0; side < 2; ++side) {
    std::vector<Expr> groups;
    Expr ordinary;
    for (const JoinKey& key : spec.keys) {
      Expr own = side == 0 ? key.left : key.right;
      if (key.is_null_safe) {
        groups.push_back(own);
      } else {
        ordinary = own;
      }
    }
    sides_[side] = std::make_unique<Side>(worker, groups, ordinary, side == 0 ? left : right);
  }
  allocate(left, decoded_);
  allocate({duckdb::LogicalType::BOOLEAN}, marks_);
  data::Types types = left;
  types.push_back(duckdb::LogicalType::BOOLEAN);
  make_empty(types, out_.rows);
}

Status MarkJoinOperator::push(size_t port, const data::DeltaChunk& chunk) {
  Side& side = *sides_[port];
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, side.evaluator.evaluate(chunk));
  if (good->size() == 0) return OkStatus();
  const duckdb::DataChunk& values = side.evaluator.values();
  size_t group_count = side.group_columns.ColumnCount();
  for (size_t i = 0; i < group_count; ++i) side.group_columns.data[i].Reference(values.data[i]);
  side.group_columns.SetCardinalityUnsafe(good->size());
  side.key_column.data[0].Reference(values.data[group_count]);
  side.key_column.SetCardinalityUnsafe(good->size());
  side.group_codec.encode(side.group_columns, side.groups);
  side.key_codec.encode(side.key_column, side.keys);
  side.row_codec.encode(good->rows, side.rows);
  std::string bytes;
  for (size_t i = 0; i < good->size(); ++i) {
    bytes.assign(side.keys[i]);
    bytes.append(side.rows[i]);
    Writer(bytes).u32(static_cast<uint32_t>(side.keys[i].size()));
    side.pending.add(side.groups[i], bytes, good->weight(i));
  }
  return OkStatus();
}

Status MarkJoinOperator::flush() {
  if (sides_[0]->pending.is_empty() && sides_[1]->pending.is_empty()) return OkStatus();
  TraceSnapshot before[2];
  // Touched keys: group -> ordinary keys.
  std::map<std::string, std::set<std::string>> touched;
  for (size_t side = 0; side < 2; ++side) {
    before[side] = sides_[side]->trace.snapshot();
    RunPtr delta = sides_[side]->pending.build();
    for (size_t i = 0; i < delta->entry_count(); ++i) {
      TraceEntry entry = delta->entry(i);
      touched[std::string(entry.key())].emplace(key_of(entry));
    }
    sides_[side]->trace.add(std::move(delta));
  }
  left_before_ = std::make_unique<TraceCursor>(before[0]);
  left_after_ = std::make_unique<TraceCursor>(sides_[0]->trace.snapshot());
  right_before_ = std::make_unique<RightView>(before[1]);
  right_after_ = std::make_unique<RightView>(sides_[1]->trace.snapshot());
  for (const auto& [group, keys] : touched) {
    RETURN_IF_ERROR(flush_group(group, std::vector<std::string>(keys.begin(), keys.end())));
  }
  return emit_rows();
}

Status MarkJoinOperator::flush_group(std::string_view group, const std::vector<std::string>& keys) {
  right_before_->enter(group);
  right_after_->enter(group);
  // A first or last NULL among the right keys turns the false marks of the whole group around.
  if (right_before_->has_null() != right_after_->has_null()) return emit_range(group);
  bool null_is_due = right_before_->has_any() != right_after_->has_any();
  for (const std::string& key : keys) {
    null_is_due = null_is_due || is_null(key);
    if (!is_null(key)) RETURN_IF_ERROR(emit_range(std::string(group) + key));
  }
  if (!null_is_due) return OkStatus();
  return emit_range(std::string(group) + kNullKey);
}

// Compares the left rows whose entries begin with `prefix`, with their marks, before and after.
Status MarkJoinOperator::emit_range(std::string_view prefix) {
  TraceCursor& before = *left_before_;
  TraceCursor& after = *left_after_;
  before.seek(prefix);
  after.seek(prefix);
  while (is_at(before, prefix) || is_at(after, prefix)) {
    int order = 0;
    if (!is_at(before, prefix)) {
      order = 1;
    } else if (!is_at(after, prefix)) {
      order = -1;
    } else {
      order = before.entry().bytes.compare(after.entry().bytes);
    }
    int64_t old_weight = order <= 0 ? before.entry().weight : 0;
    int64_t new_weight = order >= 0 ? after.entry().weight : 0;
    TraceEntry entry = order <= 0 ? before.entry() : after.entry();
    std::optional<bool> old_mark = right_before_->mark(key_of(entry));
    std::optional<bool> new_mark = right_after_->mark(key_of(entry));
    if (old_mark == new_mark) {
      RETURN_IF_ERROR(add(entry, new_mark, new_weight - old_weight));
    } else {
      RETURN_IF_ERROR(add(entry, old_mark, -old_weight));
      RETURN_IF_ERROR(add(entry, new_mark, new_weight));
    }
    if (order <= 0) before.next();
    if (order >= 0) after.next();
  }
  return OkStatus();
}

Status MarkJoinOperator::add(const TraceEntry& entry, std::optional<bool> mark, int64_t weight) {
  if (weight == 0) return OkStatus();
  out_rows_.push_back(row_of(entry));
  out_marks_.push_back(mark);
  out_weights_.push_back(weight);
  return out_rows_.size() == STANDARD_VECTOR_SIZE ? emit_rows() : OkStatus();
}

Status MarkJoinOperator::emit_rows() {
  if (out_rows_.empty()) return OkStatus();
  size_t count = out_rows_.size();
  sides_[0]->row_codec.decode(out_rows_, decoded_);
  reference_columns(decoded_, out_.rows, 0);
  marks_.Reset();
  bool* marks = duckdb::FlatVector::GetDataMutable<bool>(marks_.data[0]);
  for (size_t i = 0; i < count; ++i) {
    marks[i] = out_marks_[i].value_or(false);
    if (!out_marks_[i].has_value()) duckdb::FlatVector::SetNull(marks_.data[0], i, true);
  }
  marks_.SetChildCardinality(count);
  reference_columns(marks_, out_.rows, decoded_.ColumnCount());
  out_.rows.SetCardinalityUnsafe(count);
  set_weights(out_weights_, out_);
  out_rows_.clear();
  out_marks_.clear();
  out_weights_.clear();
  return emit(out_);
}

OperatorState MarkJoinOperator::state() const {
  OperatorState total;
  for (const auto& side : sides_) {
    total.bytes += static_cast<int64_t>(side->trace.size_bytes());
    total.rows += static_cast<int64_t>(side->trace.entry_count());
  }
  return total;
}

void MarkJoinOperator::save(StateParts& parts) const {
  save_trace(sides_[0]->trace, "left", parts);
  save_trace(sides_[1]->trace, "right", parts);
}

Status MarkJoinOperator::load(const StateParts& parts) {
  RETURN_IF_ERROR(load_trace(parts, "left", sides_[0]->trace));
  return load_trace(parts, "right", sides_[1]->trace);
}

}  // namespace kappa::flow
