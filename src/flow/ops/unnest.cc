#include "flow/ops/unnest.h"

#include <algorithm>
#include <duckdb/common/vector/list_vector.hpp>

#include "flow/chunks.h"

namespace kappa::flow {

UnnestOperator::UnnestOperator(WorkerContext& worker, const UnnestSpec& spec,
                               const data::Types& input, const data::Types& output)
    : width_(input.size()),
      types_(output),
      evaluator_(worker, spec.lists),
      lists_(spec.lists.size()),
      elements_(spec.lists.size()) {
  make_empty(types_, out_.rows);
}

Status UnnestOperator::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  for (size_t i = 0; i < lists_.size(); ++i) {
    evaluator_.values().data[i].ToUnifiedFormat(lists_[i]);
  }
  for (uint32_t row = 0; row < good->size(); ++row) RETURN_IF_ERROR(add_row(*good, row));
  return emit_rows(*good);
}

Status UnnestOperator::add_row(const data::DeltaChunk& in, uint32_t row) {
  std::vector<duckdb::list_entry_t> entries(lists_.size(), duckdb::list_entry_t(0, 0));
  uint64_t length = 0;
  for (size_t i = 0; i < lists_.size(); ++i) {
    const auto index = lists_[i].sel->get_index(row);
    if (!lists_[i].validity.RowIsValid(index)) continue;
    entries[i] = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists_[i])[index];
    length = std::max(length, entries[i].length);
  }
  for (uint64_t n = 0; n < length; ++n) {
    rows_.push_back(row);
    for (size_t i = 0; i < lists_.size(); ++i) {
      const bool has_element = n < entries[i].length;
      elements_[i].push_back(has_element ? static_cast<uint32_t>(entries[i].offset + n) : kNone);
    }
    if (rows_.size() == STANDARD_VECTOR_SIZE) RETURN_IF_ERROR(emit_rows(in));
  }
  return OkStatus();
}

Status UnnestOperator::emit_rows(const data::DeltaChunk& in) {
  if (rows_.empty()) return OkStatus();
  for (size_t i = 0; i < width_; ++i) select_column(in.rows.data[i], rows_, out_.rows, i);
  for (size_t i = 0; i < elements_.size(); ++i) set_elements(i, elements_[i]);
  out_.rows.SetCardinalityUnsafe(rows_.size());
  std::vector<int64_t> weights;
  for (uint32_t row : rows_) weights.push_back(in.weight(row));
  set_weights(weights, out_);
  rows_.clear();
  for (Elements& elements : elements_) elements.clear();
  return emit(out_);
}

void UnnestOperator::set_elements(size_t list, const Elements& elements) {
  const duckdb::Vector& child = duckdb::ListVector::GetChild(evaluator_.values().data[list]);
  if (std::find(elements.begin(), elements.end(), kNone) == elements.end()) {
    select_column(child, elements, out_.rows, width_ + list);
    return;
  }
  duckdb::DataChunk padded;
  allocate({types_[width_ + list]}, padded);
  for (uint32_t element : elements) {
    padded.data[0].Append(element == kNone ? duckdb::Value(types_[width_ + list])
                                           : child.GetValue(element));
  }
  out_.rows.data[width_ + list].Reference(padded.data[0]);
}

}  // namespace kappa::flow
