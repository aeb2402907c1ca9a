#include "flow/ops/top_n.h"

#include <algorithm>
#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression.hpp>

#include "base/bytes.h"
#include "flow/ops/pair_batch.h"

namespace kappa::flow {

namespace {

// An entry is partition | order key | row | size of the order key (4 bytes), so that the row can be
// found; the size follows from the bytes before it and so changes nothing in the order.
constexpr size_t kSizeBytes = 4;

std::string_view row_of(std::string_view bytes) {
  auto order_size = load_big_endian<uint32_t>(bytes.data() + bytes.size() - kSizeBytes);
  return bytes.substr(order_size);
}

std::vector<Expr> evaluated(const TopNSpec& spec) {
  std::vector<Expr> expressions = spec.partitions;
  for (const OrderKey& order : spec.orders) expressions.push_back(order.expression);
  return expressions;
}

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const Expr& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

int64_t window_end(const TopNSpec& spec) {
  int64_t end;
  return __builtin_add_overflow(spec.offset, spec.limit, &end) ? INT64_MAX : end;
}

data::Types output_types(const data::Types& input, bool has_row_number) {
  data::Types types = input;
  if (has_row_number) types.push_back(duckdb::LogicalType::BIGINT);
  return types;
}

}  // namespace

TopNOperator::TopNOperator(WorkerContext& worker, const TopNSpec& spec, const data::Types& input)
    : partition_count_(spec.partitions.size()),
      begin_(spec.offset),
      end_(window_end(spec)),
      has_row_number_(spec.has_row_number),
      evaluator_(worker, evaluated(spec)),
      partition_codec_(types_of(spec.partitions)),
      order_encoder_(spec.orders),
      row_codec_(input) {
  make_empty(partition_codec_.types(), partition_columns_);
  allocate(input, decoded_);
  allocate({duckdb::LogicalType::BIGINT}, numbers_);
  make_empty(output_types(input, has_row_number_), out_.rows);
}

Status TopNOperator::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  if (good->size() == 0) return OkStatus();
  const duckdb::DataChunk& values = evaluator_.values();
  for (size_t i = 0; i < partition_count_; ++i) {
    partition_columns_.data[i].Reference(values.data[i]);
  }
  partition_columns_.SetCardinalityUnsafe(good->size());
  partition_codec_.encode(partition_columns_, partitions_);
  order_encoder_.encode(values, partition_count_);
  row_codec_.encode(good->rows, rows_);
  std::string bytes;
  for (size_t i = 0; i < good->size(); ++i) {
    std::string_view order = order_encoder_[i];
    bytes.assign(order);
    bytes.append(rows_[i]);
    Writer(bytes).u32(static_cast<uint32_t>(order.size()));
    pending_.add(partitions_[i], bytes, good->weight(i));
  }
  return OkStatus();
}

Status TopNOperator::flush() {
  if (pending_.is_empty()) return OkStatus();
  RunPtr delta = pending_.build();
  TraceSnapshot before = trace_.snapshot();
  trace_.add(delta);
  TraceCursor before_cursor(before);
  TraceCursor after_cursor(trace_.snapshot());
  Window before_window;
  Window after_window;
  for (size_t i = 0; i < delta->entry_count();) {
    TraceEntry first = delta->entry(i);
    std::string_view partition = first.key();
    while (i < delta->entry_count() && delta->entry(i).key() == partition) ++i;
    read_window(before_cursor, partition, before_window);
    // Nothing changes when all changes lie behind a full window.
    if (is_full(before_window) && first.row() > before_window.back().bytes) continue;
    read_window(after_cursor, partition, after_window);
    RETURN_IF_ERROR(emit_changes(before_window, after_window));
  }
  return emit_rows();
}

void TopNOperator::read_window(TraceCursor& cursor, std::string_view partition,
                               Window& window) const {
  window.clear();
  int64_t position = 0;
  cursor.seek(partition);
  for (; position < end_ && cursor.is_valid() && cursor.entry().key() == partition; cursor.next()) {
    int64_t weight = cursor.entry().weight;
    if (weight <= 0) continue;
    int64_t from = std::max(position, begin_);
    int64_t to = std::min(position + weight, end_);
    if (from < to) window.push_back({cursor.entry().row(), from, to - from});
    position += weight;
  }
}

bool TopNOperator::is_full(const Window& window) const {
  return !window.empty() && window.back().first + window.back().count == end_;
}

Status TopNOperator::emit_changes(const Window& before, const Window& after) {
  size_t i = 0;
  size_t k = 0;
  while (i < before.size() || k < after.size()) {
    int order = 0;
    if (i == before.size()) {
      order = 1;
    } else if (k == after.size()) {
      order = -1;
    } else {
      order = before[i].bytes.compare(after[k].bytes);
    }
    const WindowRow* old_row = order <= 0 ? &before[i++] : nullptr;
    const WindowRow* new_row = order >= 0 ? &after[k++] : nullptr;
    RETURN_IF_ERROR(emit_change(old_row, new_row));
  }
  return OkStatus();
}

Status TopNOperator::emit_change(const WindowRow* before, const WindowRow* after) {
  std::string_view bytes = before != nullptr ? before->bytes : after->bytes;
  int64_t old_count = before != nullptr ? before->count : 0;
  int64_t new_count = after != nullptr ? after->count : 0;
  if (!has_row_number_) return add(bytes, 0, new_count - old_count);
  int64_t old_first = before != nullptr ? before->first : 0;
  int64_t new_first = after != nullptr ? after->first : 0;
  for (int64_t n = old_first; n < old_first + old_count; ++n) {
    bool stays = n >= new_first && n < new_first + new_count;
    if (!stays) RETURN_IF_ERROR(add(bytes, n + 1, -1));
  }
  for (int64_t n = new_first; n < new_first + new_count; ++n) {
    bool was_there = n >= old_first && n < old_first + old_count;
    if (!was_there) RETURN_IF_ERROR(add(bytes, n + 1, 1));
  }
  return OkStatus();
}

Status TopNOperator::add(std::string_view bytes, int64_t number, int64_t weight) {
  if (weight == 0) return OkStatus();
  out_rows_.push_back(row_of(bytes));
  out_numbers_.push_back(number);
  out_weights_.push_back(weight);
  return out_rows_.size() == STANDARD_VECTOR_SIZE ? emit_rows() : OkStatus();
}

Status TopNOperator::emit_rows() {
  if (out_rows_.empty()) return OkStatus();
  size_t count = out_rows_.size();
  row_codec_.decode(out_rows_, decoded_);
  reference_columns(decoded_, out_.rows, 0);
  if (has_row_number_) {
    numbers_.Reset();
    std::copy(out_numbers_.begin(), out_numbers_.end(),
              duckdb::FlatVector::GetDataMutable<int64_t>(numbers_.data[0]));
    numbers_.SetChildCardinality(count);
    reference_columns(numbers_, out_.rows, decoded_.ColumnCount());
  }
  out_.rows.SetCardinalityUnsafe(count);
  set_weights(out_weights_, out_);
  out_rows_.clear();
  out_numbers_.clear();
  out_weights_.clear();
  return emit(out_);
}

}  // namespace kappa::flow
