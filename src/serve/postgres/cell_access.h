#pragma once
// Reads cells of DuckDB vectors in unified form; shared by the text and the binary encoders.

#include <string_view>

#include <duckdb/common/types/timestamp_base.hpp>
#include <duckdb/common/types/vector.hpp>

namespace kappa::serve::postgres {

using Cells = duckdb::RecursiveUnifiedVectorFormat;

template <typename T>
const T& cell(const Cells& cells, size_t index) {
  return duckdb::UnifiedVectorFormat::GetDataUnsafe<T>(cells.unified)[index];
}

inline std::string_view string_cell(const Cells& cells, size_t index) {
  const auto& text = cell<duckdb::string_t>(cells, index);
  return {text.GetData(), text.GetSize()};
}

enum class TimestampUnit { kSeconds, kMillis, kMicros, kNanos };

// In microseconds, rounded down; what microseconds cannot hold becomes infinity.
template <TimestampUnit kUnit>
duckdb::timestamp_t timestamp_cell(const Cells& cells, size_t index) {
  const duckdb::timestamp_t raw(cell<int64_t>(cells, index));
  if (!raw.IsFinite() || kUnit == TimestampUnit::kMicros) return raw;
  if constexpr (kUnit == TimestampUnit::kNanos) {
    return duckdb::timestamp_t(raw.value / 1000 - (raw.value % 1000 < 0 ? 1 : 0));
  }
  constexpr int64_t kFactor = kUnit == TimestampUnit::kSeconds ? 1'000'000 : 1000;
  int64_t micros = 0;
  if (__builtin_mul_overflow(raw.value, kFactor, &micros)) {
    return raw.value < 0 ? duckdb::timestamp_t::ninfinity() : duckdb::timestamp_t::infinity();
  }
  return duckdb::timestamp_t(micros);
}

}  // namespace kappa::serve::postgres
