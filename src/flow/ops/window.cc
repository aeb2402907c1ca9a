#include "flow/ops/window.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/types/column/column_data_collection.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/query_result.hpp>
#include <duckdb/parser/statement/logical_plan_statement.hpp>
#include <duckdb/planner/expression/bound_columnref_expression.hpp>
#include <duckdb/planner/expression/bound_reference_expression.hpp>
#include <duckdb/planner/expression/bound_window_expression.hpp>
#include <duckdb/planner/expression_iterator.hpp>
#include <duckdb/planner/operator/logical_column_data_get.hpp>
#include <duckdb/planner/operator/logical_window.hpp>

#include "base/bytes.h"
#include "flow/chunks.h"

namespace kappa::flow {

namespace {

constexpr size_t kRowsTable = 0;
constexpr size_t kWindowTable = 1;

data::Types types_of(const std::vector<Expr>& expressions) {
  data::Types types;
  for (const Expr& expression : expressions) types.push_back(expression->GetReturnType());
  return types;
}

data::Types with_index(data::Types types) {
  types.push_back(duckdb::LogicalType::BIGINT);
  return types;
}

duckdb::vector<duckdb::LogicalType> duck_types(const data::Types& types) {
  return duckdb::vector<duckdb::LogicalType>(types.begin(), types.end());
}

duckdb::unique_ptr<duckdb::Expression> column(const duckdb::LogicalType& type, size_t position) {
  return duckdb::make_uniq<duckdb::BoundColumnRefExpression>(
      type,
      duckdb::ColumnBinding(duckdb::TableIndex(kRowsTable), duckdb::ProjectionIndex(position)));
}

// Positions become columns of the collected rows, as in a plan that is not resolved yet.
void bind_to_rows(duckdb::unique_ptr<duckdb::Expression>& expression) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_REF) {
    const auto& reference = expression->Cast<duckdb::BoundReferenceExpression>();
    expression = column(reference.GetReturnType(), reference.Index());
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression, [](duckdb::unique_ptr<duckdb::Expression>& child) { bind_to_rows(child); });
}

duckdb::unique_ptr<duckdb::Expression> window_over(const duckdb::BoundWindowExpression& window,
                                                   size_t partition_position) {
  auto copy = window.Copy();
  bind_to_rows(copy);
  auto& partitions = copy->Cast<duckdb::BoundWindowExpression>().PartitionsMutable();
  partitions.clear();
  partitions.push_back(column(duckdb::LogicalType::BIGINT, partition_position));
  return copy;
}

// Whether a query failed because of its rows.
bool is_row_error(const duckdb::ErrorData& error) {
  return duckdb::Exception::IsExecutionError(error.Type());
}

}  // namespace

WindowOperator::WindowOperator(WorkerContext& worker, const WindowSpec& spec,
                               const data::Types& input, const data::Types& output)
    : worker_(worker),
      spec_(spec),
      collected_types_(with_index(input)),
      connection_(std::make_unique<duckdb::Connection>(*worker.context.db)),
      evaluator_(worker, spec.partitions),
      partition_codec_(types_of(spec.partitions)),
      row_codec_(input),
      result_codec_(output) {}

WindowOperator::~WindowOperator() = default;

Status WindowOperator::push(size_t, const data::DeltaChunk& chunk) {
  ASSIGN_OR_RETURN(const data::DeltaChunk* good, evaluator_.evaluate(chunk));
  if (good->size() == 0) return OkStatus();
  // Without PARTITION BY there is nothing to encode, and one partition.
  const bool has_partitions = !spec_.partitions.empty();
  if (has_partitions) partition_codec_.encode(evaluator_.values(), partitions_);
  row_codec_.encode(good->rows, rows_);
  for (size_t i = 0; i < good->size(); ++i) {
    std::string_view partition = has_partitions ? partitions_[i] : std::string_view();
    pending_.add(partition, rows_[i], good->weight(i));
  }
  return OkStatus();
}

Status WindowOperator::flush() {
  if (pending_.is_empty()) return OkStatus();
  RunPtr delta = pending_.build();
  Partitions touched;
  for (size_t i = 0; i < delta->entry_count(); ++i) {
    std::string_view partition = delta->entry(i).key();
    if (touched.empty() || touched.back() != partition) touched.emplace_back(partition);
  }
  if (touched.empty()) return OkStatus();
  trace_.add(delta);
  retract(touched);
  RETURN_IF_ERROR(add_results(touched));
  RunPtr changed = changes_.build();
  results_.add(changed);
  return emit_run(*changed);
}

void WindowOperator::retract(const Partitions& partitions) {
  TraceCursor cursor(results_.snapshot());
  for (const std::string& partition : partitions) {
    for (cursor.seek(partition); cursor.is_valid() && cursor.entry().key() == partition;
         cursor.next()) {
      changes_.add(partition, cursor.entry().row(), -cursor.entry().weight);
    }
    auto failed = failed_.find(partition);
    if (failed == failed_.end()) continue;
    worker_.errors.push_back({failed->second, partition_text(partition), -1});
    failed_.erase(failed);
  }
}

Status WindowOperator::add_results(const Partitions& partitions) {
  auto result = run(collect(partitions));
  if (!result->HasError()) {
    while (auto chunk = result->Fetch()) encode_results(partitions, *chunk);
    return OkStatus();
  }
  const duckdb::ErrorData& error = result->GetErrorObject();
  if (!is_row_error(error)) return internal_error("window query failed: {}", error.RawMessage());
  if (partitions.size() == 1) return add_failed(partitions[0], error.RawMessage());
  // Which of them fail is found one by one.
  for (const std::string& partition : partitions) RETURN_IF_ERROR(add_results({partition}));
  return OkStatus();
}

Status WindowOperator::add_failed(const std::string& partition, const std::string& reason) {
  failed_[partition] = reason;
  worker_.errors.push_back({reason, partition_text(partition), 1});
  return OkStatus();
}

std::string WindowOperator::partition_text(const std::string& partition) {
  if (spec_.partitions.empty()) return "all rows";
  duckdb::DataChunk values;
  allocate(partition_codec_.types(), values);
  partition_codec_.decode({partition}, values);
  return row_text(values, 0);
}

std::unique_ptr<duckdb::ColumnDataCollection> WindowOperator::collect(
    const Partitions& partitions) {
  auto collection = std::make_unique<duckdb::ColumnDataCollection>(
      duckdb::Allocator::DefaultAllocator(), duck_types(collected_types_));
  RowBatch batch(row_codec_.types());
  duckdb::DataChunk chunk;
  make_empty(collected_types_, chunk);
  const size_t width = row_codec_.types().size();
  const auto append = [&](size_t partition) {
    if (batch.is_empty()) return;
    const data::DeltaChunk& rows = batch.take();
    for (size_t i = 0; i < width; ++i) chunk.data[i].Reference(rows.rows.data[i]);
    chunk.data[width].Reference(duckdb::Value::BIGINT(static_cast<int64_t>(partition)),
                                duckdb::count_t(rows.size()));
    chunk.SetCardinalityUnsafe(rows.size());
    collection->Append(chunk);
  };
  TraceCursor cursor(trace_.snapshot());
  for (size_t i = 0; i < partitions.size(); ++i) {
    for (cursor.seek(partitions[i]); cursor.is_valid() && cursor.entry().key() == partitions[i];
         cursor.next()) {
      for (int64_t n = 0; n < cursor.entry().weight; ++n) {
        batch.add(cursor.entry().row(), 1);
        if (batch.is_full()) append(i);
      }
    }
    append(i);
  }
  return collection;
}

duckdb::unique_ptr<duckdb::QueryResult> WindowOperator::run(
    std::unique_ptr<duckdb::ColumnDataCollection> collection) {
  auto plan = duckdb::make_uniq<duckdb::LogicalWindow>(duckdb::TableIndex(kWindowTable));
  const size_t partition_position = collected_types_.size() - 1;
  for (const auto& window : spec_.windows) {
    plan->expressions.push_back(window_over(*window, partition_position));
  }
  plan->children.push_back(duckdb::make_uniq<duckdb::LogicalColumnDataGet>(
      duckdb::TableIndex(kRowsTable), duck_types(collected_types_),
      duckdb::unique_ptr<duckdb::ColumnDataCollection>(collection.release())));
  plan->ResolveOperatorTypes();
  return connection_->Query(duckdb::make_uniq<duckdb::LogicalPlanStatement>(std::move(plan)));
}

void WindowOperator::encode_results(const Partitions& partitions, duckdb::DataChunk& chunk) {
  const size_t partition_position = collected_types_.size() - 1;
  duckdb::DataChunk output;
  make_empty(result_codec_.types(), output);
  for (size_t i = 0; i < output.ColumnCount(); ++i) {
    output.data[i].Reference(chunk.data[i < partition_position ? i : i + 1]);
  }
  output.SetCardinalityUnsafe(chunk.size());
  result_codec_.encode(output, rows_);
  for (size_t row = 0; row < chunk.size(); ++row) {
    const auto index = chunk.GetValue(partition_position, row).GetValue<int64_t>();
    changes_.add(partitions[static_cast<size_t>(index)], rows_[row], 1);
  }
}

Status WindowOperator::emit_run(const Run& run) {
  RowBatch batch(result_codec_.types());
  for (size_t i = 0; i < run.entry_count(); ++i) {
    batch.add(run.entry(i).row(), run.entry(i).weight);
    if (batch.is_full()) RETURN_IF_ERROR(emit(batch.take()));
  }
  return batch.is_empty() ? OkStatus() : emit(batch.take());
}

OperatorState WindowOperator::state() const {
  return {static_cast<int64_t>(trace_.size_bytes() + results_.size_bytes()),
          static_cast<int64_t>(trace_.entry_count() + results_.entry_count())};
}

void WindowOperator::save(StateParts& parts) const {
  save_trace(trace_, "rows", parts);
  save_trace(results_, "results", parts);
  Writer writer(add_part(parts, "failed"));
  writer.uvarlong(failed_.size());
  for (const auto& [partition, reason] : failed_) {
    for (const std::string& text : {partition, reason}) {
      writer.uvarlong(text.size());
      writer.raw(text);
    }
  }
}

Status WindowOperator::load(const StateParts& parts) {
  RETURN_IF_ERROR(load_trace(parts, "rows", trace_));
  RETURN_IF_ERROR(load_trace(parts, "results", results_));
  ASSIGN_OR_RETURN(std::string_view bytes, find_part(parts, "failed"));
  Reader reader(bytes);
  for (uint64_t count = reader.uvarlong(); count > 0 && reader.ok(); --count) {
    std::string partition(reader.view(reader.uvarlong()));
    failed_[std::move(partition)] = reader.view(reader.uvarlong());
  }
  return reader.ok() ? OkStatus() : data_loss("failed partitions of a window do not decode");
}

}  // namespace kappa::flow
