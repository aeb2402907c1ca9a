#include "flow/ops/aggregate.h"

#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "flow/chunks.h"
#include "flow/ops/distinct_aggregate.h"
#include "flow/ops/exchange.h"
#include "flow/ops/linear_aggregates.h"
#include "flow/ops/min_max.h"
#include "flow/ops/recomputed_aggregate.h"

namespace kappa::flow {

namespace {

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const Expr& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

bool has_order(const duckdb::BoundAggregateExpression& aggregate) {
  return aggregate.GetOrderBys() && !aggregate.GetOrderBys()->orders.empty();
}

// The result of these is the same whether equal arguments count once or more often.
bool ignores_duplicates(const duckdb::BoundAggregateExpression& aggregate) {
  const std::string& name = aggregate.Function().GetName().GetIdentifierName();
  return name == "min" || name == "max" || name == "bool_and" || name == "bool_or";
}

}  // namespace

StatusOr<std::unique_ptr<AggregateOperator>> AggregateOperator::create(WorkerContext& worker,
                                                                       const AggregateSpec& spec,
                                                                       bool is_append_only,
                                                                       bool owns_global_row) {
  std::unique_ptr<AggregateOperator> made(new AggregateOperator(worker, spec, owns_global_row));
  for (const auto& aggregate : spec.aggregates) {
    RETURN_IF_ERROR(made->add_aggregate(*aggregate, is_append_only));
  }
  made->finish_creation();
  return made;
}

bool AggregateOperator::can_gather(const AggregateSpec& spec, bool is_append_only) {
  for (const auto& aggregate : spec.aggregates) {
    if (has_order(*aggregate)) return false;
    if (aggregate->IsDistinct() && !ignores_duplicates(*aggregate)) return false;
    AggregateArguments arguments;
    for (const auto& child : aggregate->GetChildren()) {
      arguments.columns.push_back(0);
      arguments.types.push_back(child->GetReturnType());
    }
    AggregateStatePtr state = make_linear_aggregate(*aggregate, arguments);
    if (!state) state = make_min_max(*aggregate, arguments, is_append_only);
    if (!state || !state->can_combine()) return false;
  }
  return true;
}

AggregateOperator::AggregateOperator(WorkerContext& worker, const AggregateSpec& spec,
                                     bool owns_global_row)
    : worker_(worker),
      group_count_(spec.groups.size()),
      is_global_(spec.groups.empty()),
      owes_first_row_(is_global_ && owns_global_row),
      types_(types_of(spec.groups)),
      expressions_(spec.groups),
      key_codec_(types_of(spec.groups)) {
  make_empty(types_, key_columns_);
}

size_t AggregateOperator::add_expression(Expr expression) {
  for (size_t i = 0; i < expressions_.size(); ++i) {
    if (expressions_[i]->Equals(*expression)) return i;
  }
  expressions_.push_back(std::move(expression));
  return expressions_.size() - 1;
}

AggregateArguments AggregateOperator::add_arguments(
    std::shared_ptr<const duckdb::Expression> owner,
    const duckdb::BoundAggregateExpression& aggregate) {
  AggregateArguments arguments;
  for (const auto& child : aggregate.GetChildren()) {
    arguments.columns.push_back(add_expression(Expr(owner, child.get())));
    arguments.types.push_back(child->GetReturnType());
  }
  return arguments;
}

Status AggregateOperator::add_aggregate(const duckdb::BoundAggregateExpression& aggregate,
                                        bool is_append_only) {
  std::shared_ptr<const duckdb::Expression> copy(aggregate.Copy().release());
  const auto& plain = copy->Cast<duckdb::BoundAggregateExpression>();
  bool is_distinct = aggregate.IsDistinct() && !ignores_duplicates(aggregate);
  Column column;
  if (plain.GetFilter()) column.filter = add_expression(Expr(copy, plain.GetFilter().get()));

  // Behind DISTINCT the arguments are columns 0, 1, … of chunks of their own.
  auto inner_arguments = [&](AggregateArguments arguments) {
    for (size_t i = 0; is_distinct && i < arguments.columns.size(); ++i) arguments.columns[i] = i;
    return arguments;
  };
  AggregateArguments arguments;
  if (!has_order(aggregate)) {
    arguments = add_arguments(copy, plain);
    bool is_row_count = plain.GetChildren().empty() && !column.filter.has_value() &&
                        plain.Function().GetName() == "count_star";
    if (is_row_count) column.state = make_row_count();
    if (!column.state) column.state = make_linear_aggregate(plain, inner_arguments(arguments));
    if (!column.state) {
      column.state = make_min_max(plain, inner_arguments(arguments), is_append_only);
    }
  }
  if (!column.state) {
    ASSIGN_OR_RETURN(BoundAggregate bound, bind_for_recompute(worker_, aggregate));
    arguments = add_arguments(bound, *bound);
    column.state = make_recomputed_aggregate(bound, inner_arguments(arguments));
  }
  if (is_distinct) column.state = make_distinct_aggregate(std::move(column.state), arguments);
  types_.push_back(aggregate.GetReturnType());
  columns_.push_back(std::move(column));
  return OkStatus();
}

void AggregateOperator::finish_creation() {
  size_t offset = sizeof(GroupHeader);
  for (Column& column : columns_) {
    column.state->set_offset(offset);
    offset += column.state->state_size();
  }
  table_ = std::make_unique<GroupTable>(offset - sizeof(GroupHeader));
  evaluator_ = std::make_unique<Evaluator>(worker_, expressions_);
  allocate(types_, old_side_.rows);
  allocate(types_, new_side_.rows);
}

void AggregateOperator::encode_keys(const duckdb::DataChunk& values) {
  size_t count = values.size();
  for (size_t i = 0; i < group_count_; ++i) key_columns_.data[i].Reference(values.data[i]);
  key_columns_.SetCardinalityUnsafe(count);
  key_codec_.encode(key_columns_, encoded_keys_);
  keys_.resize(count);
  for (size_t i = 0; i < count; ++i) keys_[i] = encoded_keys_[i];
}

void AggregateOperator::filter_rows(const duckdb::Vector& condition, size_t count) {
  filtered_.clear();
  duckdb::UnifiedVectorFormat format;
  condition.ToUnifiedFormat(format);
  const bool* truth = format.GetData<bool>();
  for (uint32_t row = 0; row < count; ++row) {
    auto i = format.sel->get_index(row);
    if (format.validity.RowIsValid(i) && truth[i]) filtered_.push_back(row);
  }
}

Status AggregateOperator::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_->evaluate(chunk));
  const duckdb::DataChunk& values = evaluator_->values();
  size_t count = good->size();
  if (count == 0) return OkStatus();
  encode_keys(values);
  slots_.resize(count);
  table_->find_or_add(keys_.data(), count, slots_.data());
  for (size_t i = 0; i < count; ++i) GroupTable::header(slots_[i]).row_count += good->weight(i);

  UpdateBatch batch{values, keys_.data(), slots_.data(),
                    good->is_append_only() ? nullptr : good->weights.data(), nullptr};
  for (Column& column : columns_) {
    batch.rows = nullptr;
    if (column.filter.has_value()) {
      filter_rows(values.data[*column.filter], count);
      batch.rows = &filtered_;
    }
    column.state->update(batch);
  }
  return OkStatus();
}

bool AggregateOperator::has_row(const char* slot) const {
  // The row of a global aggregate is there from the first step on.
  if (is_global_ && GroupTable::header(slot).touched_in != 0) return true;
  return GroupTable::header(slot).row_count > 0;
}

void AggregateOperator::absorb(const AggregateOperator& half) {
  keys_.clear();
  std::vector<const char*> from;
  for (const char* slot : half.table_->touched()) {
    std::string_view key = GroupTable::header(slot).key_bytes();
    if (owner_of(key, worker_.worker_count) != worker_.worker) continue;
    keys_.push_back(key);
    from.push_back(slot);
  }
  if (keys_.empty()) return;
  slots_.resize(keys_.size());
  table_->find_or_add(keys_.data(), keys_.size(), slots_.data());
  for (size_t i = 0; i < from.size(); ++i) {
    GroupTable::header(slots_[i]).row_count += GroupTable::header(from[i]).row_count;
    for (size_t c = 0; c < columns_.size(); ++c) {
      columns_[c].state->combine(slots_[i], *half.columns_[c].state, from[i]);
    }
  }
}

void AggregateOperator::clear() {
  if (table_->touched().empty()) return;
  for (char* slot : table_->touched()) {
    for (Column& column : columns_) column.state->release(slot);
  }
  for (Column& column : columns_) column.state->end_step();
  table_->clear();
}

Status AggregateOperator::flush() {
  for (const AggregateOperator* half : local_halves_) absorb(*half);
  if (owes_first_row_) {
    owes_first_row_ = false;
    std::string_view key;
    char* slot;
    table_->find_or_add(&key, 1, &slot);
  }
  if (table_->touched().empty()) return OkStatus();
  for (Column& column : columns_) RETURN_IF_ERROR(column.state->settle(*table_));

  Batch batch;
  const auto& touched = table_->touched();
  for (size_t i = 0; i < touched.size(); ++i) {
    const char* before = table_->before(i);
    bool is_same =
        GroupTable::header(before).touched_in != 0 && GroupTable::header(before).row_count > 0 &&
        GroupTable::header(before).row_count == GroupTable::header(touched[i]).row_count &&
        std::memcmp(before + sizeof(GroupHeader), touched[i] + sizeof(GroupHeader),
                    table_->slot_size() - sizeof(GroupHeader)) == 0;
    if (is_same) continue;
    batch.slots.push_back(touched[i]);
    batch.before.push_back(before);
    if (batch.slots.size() == STANDARD_VECTOR_SIZE) RETURN_IF_ERROR(emit_batch(batch));
  }
  RETURN_IF_ERROR(emit_batch(batch));
  for (Column& column : columns_) column.state->end_step();
  remove_dead_groups();
  table_->forget_touched();
  return OkStatus();
}

void AggregateOperator::output_side(const std::vector<const char*>& slots, int64_t weight,
                                    data::DeltaChunk& out, std::vector<bool>& is_there) {
  is_there.assign(slots.size(), false);
  for (size_t i = 0; i < slots.size(); ++i) is_there[i] = has_row(slots[i]);
  std::vector<OutputFailure> failures;
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].state->output(slots.data(), slots.size(), out.rows.data[group_count_ + i],
                              failures);
  }
  for (const OutputFailure& failure : failures) {
    if (!is_there[failure.index]) continue;
    is_there[failure.index] = false;
    std::string group;
    for (size_t g = 0; g < group_count_; ++g) {
      if (g > 0) group += ", ";
      group += out.rows.data[g].GetValue(failure.index).ToString();
    }
    worker_.errors.push_back({failure.reason, group, weight});
  }
  out.rows.SetChildCardinality(slots.size());
}

std::vector<bool> AggregateOperator::rows_equal(const data::DeltaChunk& a,
                                                const data::DeltaChunk& b) const {
  size_t count = a.size();
  std::vector<bool> equal(count, true);
  duckdb::Vector differs(duckdb::LogicalType::BOOLEAN);
  for (size_t c = group_count_; c < a.rows.ColumnCount(); ++c) {
    duckdb::VectorOperations::DistinctFrom(a.rows.data[c], b.rows.data[c], differs);
    duckdb::UnifiedVectorFormat format;
    differs.ToUnifiedFormat(format);
    const bool* values = format.GetData<bool>();
    for (size_t i = 0; i < count; ++i) {
      if (values[format.sel->get_index(i)]) equal[i] = false;
    }
  }
  return equal;
}

Status AggregateOperator::emit_side(const data::DeltaChunk& side, const std::vector<bool>& is_there,
                                    const std::vector<bool>& is_equal, int64_t weight) {
  std::vector<uint32_t> rows;
  for (uint32_t i = 0; i < is_there.size(); ++i) {
    if (is_there[i] && !is_equal[i]) rows.push_back(i);
  }
  if (rows.empty()) return OkStatus();
  data::DeltaChunk out;
  select_rows(side.rows, rows, out.rows);
  if (weight != 1) out.weights.assign(rows.size(), weight);
  return emit(out);
}

Status AggregateOperator::emit_batch(Batch& batch) {
  if (batch.slots.empty()) return OkStatus();
  size_t count = batch.slots.size();
  // Both sides have the same groups: decode them once.
  keys_.clear();
  for (char* slot : batch.slots) keys_.push_back(GroupTable::header(slot).key_bytes());
  old_side_.rows.Reset();
  new_side_.rows.Reset();
  duckdb::DataChunk groups;
  allocate(key_codec_.types(), groups);
  key_codec_.decode(keys_, groups);
  for (size_t g = 0; g < group_count_; ++g) {
    old_side_.rows.data[g].Reference(groups.data[g]);
    new_side_.rows.data[g].Reference(groups.data[g]);
  }
  std::vector<const char*> after(batch.slots.begin(), batch.slots.end());
  std::vector<bool> was_there;
  std::vector<bool> is_there;
  output_side(batch.before, -1, old_side_, was_there);
  output_side(after, 1, new_side_, is_there);

  std::vector<bool> equal = rows_equal(old_side_, new_side_);
  for (size_t i = 0; i < count; ++i) equal[i] = equal[i] && was_there[i] && is_there[i];
  batch.slots.clear();
  batch.before.clear();
  RETURN_IF_ERROR(emit_side(old_side_, was_there, equal, -1));
  return emit_side(new_side_, is_there, equal, 1);
}

void AggregateOperator::remove_dead_groups() {
  if (is_global_) return;
  for (char* slot : table_->touched()) {
    if (GroupTable::header(slot).row_count != 0) continue;
    for (Column& column : columns_) column.state->release(slot);
    table_->remove(slot);
  }
}

OperatorState AggregateOperator::state() const {
  OperatorState total{static_cast<int64_t>(table_->size_bytes()),
                      static_cast<int64_t>(table_->size())};
  for (const Column& column : columns_) {
    OperatorState own = column.state->own_state();
    total.bytes += own.bytes;
    total.rows += own.rows;
  }
  return total;
}

// Part "groups": owes first row, count, then per group key, row count, states.
void AggregateOperator::save(StateParts& parts) const {
  std::string& out = add_part(parts, "groups");
  Writer writer(out);
  writer.i8(owes_first_row_ ? 1 : 0);
  writer.integer<uint64_t>(table_->size());
  for (char* slot : table_->slots()) {
    const GroupHeader& group = GroupTable::header(slot);
    writer.uvarint(group.key_size);
    writer.raw(group.key_bytes());
    writer.i64(group.row_count);
    for (const Column& column : columns_) column.state->save_group(slot, out);
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].state->save("aggregate " + std::to_string(i), parts);
  }
}

Status AggregateOperator::load(const StateParts& parts) {
  ASSIGN_OR_RETURN(std::string_view bytes, find_part(parts, "groups"));
  Reader reader(bytes);
  owes_first_row_ = reader.i8() != 0;
  uint64_t count = reader.integer<uint64_t>();
  for (uint64_t i = 0; i < count; ++i) {
    std::string_view key = reader.view(reader.uvarint());
    int64_t row_count = reader.i64();
    if (!reader.ok()) return data_loss("aggregate: groups are cut short");
    char* slot;
    table_->find_or_add(&key, 1, &slot);
    GroupTable::header(slot).row_count = row_count;
    for (Column& column : columns_) RETURN_IF_ERROR(column.state->load_group(reader, slot));
  }
  if (!reader.ok() || reader.remaining() != 0) return data_loss("aggregate: bad groups");
  table_->forget_touched();
  for (size_t i = 0; i < columns_.size(); ++i) {
    RETURN_IF_ERROR(columns_[i].state->load("aggregate " + std::to_string(i), parts));
  }
  return OkStatus();
}

}  // namespace kappa::flow
