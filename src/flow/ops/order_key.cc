#include "flow/ops/order_key.h"

#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/function/create_sort_key.hpp>
#include <duckdb/planner/expression.hpp>

#include "flow/chunks.h"

namespace kappa::flow {

struct OrderKeyEncoder::State {
  duckdb::vector<duckdb::OrderModifiers> modifiers;
  duckdb::DataChunk columns;
  duckdb::DataChunk keys;  // one BLOB column
  const duckdb::string_t* rows = nullptr;
};

OrderKeyEncoder::OrderKeyEncoder(const std::vector<OrderKey>& orders)
    : state_(std::make_unique<State>()) {
  data::Types types;
  for (const OrderKey& order : orders) {
    types.push_back(order.expression->GetReturnType());
    state_->modifiers.emplace_back(
        order.is_descending ? duckdb::OrderType::DESCENDING : duckdb::OrderType::ASCENDING,
        order.nulls_first ? duckdb::OrderByNullType::NULLS_FIRST
                          : duckdb::OrderByNullType::NULLS_LAST);
  }
  make_empty(types, state_->columns);
  allocate({duckdb::LogicalType::BLOB}, state_->keys);
}

OrderKeyEncoder::~OrderKeyEncoder() = default;

void OrderKeyEncoder::encode(const duckdb::DataChunk& values, size_t first) {
  if (state_->modifiers.empty()) return;
  for (size_t i = 0; i < state_->modifiers.size(); ++i) {
    state_->columns.data[i].Reference(values.data[first + i]);
  }
  state_->columns.SetCardinalityUnsafe(values.size());
  state_->keys.Reset();
  duckdb::CreateSortKeyHelpers::CreateSortKey(state_->columns, state_->modifiers,
                                              state_->keys.data[0]);
  state_->rows = duckdb::FlatVector::GetData<duckdb::string_t>(state_->keys.data[0]);
}

std::string_view OrderKeyEncoder::operator[](size_t row) const {
  if (state_->rows == nullptr) return {};
  const duckdb::string_t& key = state_->rows[row];
  return {key.GetData(), key.GetSize()};
}

}  // namespace kappa::flow
