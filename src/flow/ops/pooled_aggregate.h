#pragma once
// An aggregate whose result for a group is an encoded value in a pool; the slot holds its handle.

#include "data/row_codec.h"
#include "flow/chunks.h"
#include "flow/ops/aggregate_state.h"
#include "flow/ops/value_pool.h"

namespace kappa::flow {

class PooledAggregate : public AggregateState {
 public:
  explicit PooledAggregate(duckdb::LogicalType type);

  size_t state_size() const override { return sizeof(uint64_t); }
  void output(const char* const* slots, size_t count, duckdb::Vector& out,
              std::vector<OutputFailure>& failures) override;
  void release(char* slot) override { pool_.give_up(handle_of(slot)); }
  void end_step() override { pool_.end_step(); }
  OperatorState own_state() const override { return {static_cast<int64_t>(pool_.size_bytes()), 0}; }

  void save_group(const char* slot, std::string& out) const override;
  Status load_group(Reader& reader, char* slot) override;

 protected:
  // Values in the pool: a tag, then the encoded result or the reason why there is none.
  static constexpr char kResult = 'r';
  static constexpr char kFailure = 'f';

  uint64_t& handle_of(char* slot) const { return state_of<uint64_t>(slot); }
  // The group's encoded result; empty: none (NULL).
  std::string_view result_of(const char* slot) const;
  void set_result(char* slot, std::string_view encoded) { set(slot, kResult, encoded); }
  void set_failure(char* slot, std::string_view reason) { set(slot, kFailure, reason); }
  void set_none(char* slot) {
    pool_.give_up(handle_of(slot));
    handle_of(slot) = 0;
  }
  // What a group has whose slot holds no handle; NULL at first.
  void set_result_of_none(std::string_view encoded) { result_of_none_.assign(encoded); }
  data::RowCodec& result_codec() { return codec_; }

 private:
  void set(char* slot, char tag, std::string_view bytes);

  ValuePool pool_;
  std::string result_of_none_;
  data::RowCodec codec_;
  duckdb::DataChunk decoded_;
  std::vector<std::string_view> encoded_;
  std::string scratch_;
};

}  // namespace kappa::flow
