#pragma once
// The inner loop of accumulators: calls f(row, value) for each valid value of a column.

#include <duckdb/common/types/vector.hpp>

#include "flow/ops/aggregate_state.h"

namespace kappa::flow {

template <typename T, typename F>
void for_each_value(const UpdateBatch& batch, size_t column, F&& f) {
  duckdb::UnifiedVectorFormat format;
  batch.values.data[column].ToUnifiedFormat(format);
  const T* values = duckdb::UnifiedVectorFormat::GetDataUnsafe<T>(format);
  size_t count = batch.count();
  if (batch.rows == nullptr && format.validity.CannotHaveNull() && !format.sel->IsSet()) {
    for (size_t row = 0; row < count; ++row) f(row, values[row]);
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    size_t row = batch.row(i);
    size_t index = format.sel->get_index(row);
    if (format.validity.RowIsValid(index)) f(row, values[index]);
  }
}

}  // namespace kappa::flow
