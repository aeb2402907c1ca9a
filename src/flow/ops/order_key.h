#pragma once
// Order keys as bytes that compare with memcmp in the requested order (direction, place of NULLs).

#include <memory>
#include <string_view>
#include <vector>

#include "data/delta.h"
#include "flow/plan.h"

namespace kappa::flow {

class OrderKeyEncoder {
 public:
  explicit OrderKeyEncoder(const std::vector<OrderKey>& orders);
  ~OrderKeyEncoder();

  // Encodes the columns of `values` from `first` on, one per order key. The bytes are valid until
  // the next call.
  void encode(const duckdb::DataChunk& values, size_t first);
  std::string_view operator[](size_t row) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kappa::flow
