#pragma once
// Window functions, run by DuckDB itself: the rows of all partitions that a step touches are
// windowed anew in one query, and the difference to what stood there is emitted. State: a trace of
// (partition, row) and one of (partition, result row), so that exactly what was emitted is
// retracted. A partition whose functions fail has no result rows but an error row.
//
// In: rows, exchanged by partition. Cost: per step one query, and all rows of the touched
// partitions.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/row_codec.h"
#include "flow/evaluator.h"
#include "flow/operator.h"

namespace duckdb {
class ColumnDataCollection;
class Connection;
class QueryResult;
}  // namespace duckdb

namespace kappa::flow {

class WindowOperator : public Operator {
 public:
  WindowOperator(WorkerContext& worker, const WindowSpec& spec, const data::Types& input,
                 const data::Types& output);
  ~WindowOperator() override;

  Status flush() override;
  OperatorState state() const override;
  void save(StateParts& parts) const override;
  Status load(const StateParts& parts) override;

 protected:
  Status push(size_t, const data::DeltaChunk& chunk) override;

 private:
  using Partitions = std::vector<std::string>;

  // Adds the result rows of the partitions to changes_, with weight +1.
  Status add_results(const Partitions& partitions);
  Status add_failed(const std::string& partition, const std::string& reason);
  std::string partition_text(const std::string& partition);
  // The partitions' rows, with the partition's index as last column.
  std::unique_ptr<duckdb::ColumnDataCollection> collect(const Partitions& partitions);
  duckdb::unique_ptr<duckdb::QueryResult> run(
      std::unique_ptr<duckdb::ColumnDataCollection> collection);
  void encode_results(const Partitions& partitions, duckdb::DataChunk& chunk);
  // Takes back what the partitions showed before.
  void retract(const Partitions& partitions);
  Status emit_run(const Run& run);

  WorkerContext& worker_;
  const WindowSpec spec_;
  const data::Types collected_types_;  // input, then the partition's index
  std::unique_ptr<duckdb::Connection> connection_;
  Evaluator evaluator_;  // partitions
  data::RowCodec partition_codec_;
  data::RowCodec row_codec_;
  data::RowCodec result_codec_;
  data::EncodedRows partitions_;
  data::EncodedRows rows_;
  RunBuilder pending_;
  RunBuilder changes_;
  Trace trace_;
  Trace results_;
  std::map<std::string, std::string> failed_;  // partition -> reason
};

}  // namespace kappa::flow
