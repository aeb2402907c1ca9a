#pragma once
// The first rows of each partition in an order: a trace of partition -> (order key, row), in whose
// order the answer is a window [offset, offset + limit). For touched partitions the window before
// and after is compared.
//
// In: rows, exchanged by partition.

#include "data/row_codec.h"
#include "flow/chunks.h"
#include "flow/evaluator.h"
#include "flow/operator.h"
#include "flow/ops/order_key.h"

namespace kappa::flow {

class TopNOperator : public Operator {
 public:
  TopNOperator(WorkerContext& worker, const TopNSpec& spec, const data::Types& input);

  Status flush() override;
  OperatorState state() const override {
    return {static_cast<int64_t>(trace_.size_bytes()), static_cast<int64_t>(trace_.entry_count())};
  }
  void save(StateParts& parts) const override { save_trace(trace_, "rows", parts); }
  Status load(const StateParts& parts) override { return load_trace(parts, "rows", trace_); }

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  // Equal rows in a window, with their numbers [first, first + count) counted from 0.
  struct WindowRow {
    std::string_view bytes;  // of the entry behind its partition
    int64_t first;
    int64_t count;
  };
  using Window = std::vector<WindowRow>;

  void read_window(TraceCursor& cursor, std::string_view partition, Window& window) const;
  bool is_full(const Window& window) const;
  Status emit_changes(const Window& before, const Window& after);
  Status emit_change(const WindowRow* before, const WindowRow* after);
  Status add(std::string_view bytes, int64_t number, int64_t weight);
  Status emit_rows();

  const size_t partition_count_;
  const int64_t begin_;  // the window, numbered from 0
  const int64_t end_;
  const bool has_row_number_;
  Evaluator evaluator_;  // partitions, then order keys
  data::RowCodec partition_codec_;
  OrderKeyEncoder order_encoder_;
  data::RowCodec row_codec_;
  data::EncodedRows partitions_;
  data::EncodedRows rows_;
  duckdb::DataChunk partition_columns_;
  RunBuilder pending_;
  Trace trace_;

  std::vector<std::string_view> out_rows_;
  std::vector<int64_t> out_numbers_;
  std::vector<int64_t> out_weights_;
  duckdb::DataChunk decoded_;
  duckdb::DataChunk numbers_;
  data::DeltaChunk out_;
};

}  // namespace kappa::flow
