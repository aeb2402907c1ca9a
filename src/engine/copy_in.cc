#include "engine/copy_in.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>

#include "sql/error.h"

namespace kappa::engine {
namespace {

constexpr size_t kRowsPerChunk = 2048;

class CopyInWriter : public CopyWriter {
 public:
  CopyInWriter(sql::DatabaseConnection& connection, std::unique_ptr<TableWriter> writer,
               std::vector<size_t> columns, int64_t now_ms,
               std::function<Status(std::unique_ptr<TableWriter>)> on_finish)
      : connection_(connection),
        writer_(std::move(writer)),
        columns_(std::move(columns)),
        now_ms_(now_ms),
        on_finish_(std::move(on_finish)) {
    duckdb::vector<duckdb::LogicalType> texts(columns_.size(), duckdb::LogicalType::VARCHAR);
    text_.Initialize(duckdb::Allocator::DefaultAllocator(), texts);
  }

  Status row(const std::vector<const std::string*>& values) override {
    if (values.size() != columns_.size())
      return sql::make_error(
          {"22P04", fmt::format("row {} has {} columns, expected {}", row_count_ + 1, values.size(),
                                columns_.size())});
    for (size_t i = 0; i < values.size(); i++) {
      duckdb::Value value =
          values[i] ? duckdb::Value(*values[i]) : duckdb::Value(duckdb::LogicalType::VARCHAR);
      text_.data[i].Append(value);
    }
    row_count_++;
    return ++buffered_ == kRowsPerChunk ? flush() : OkStatus();
  }

  StatusOr<int64_t> finish(ResultSink&) override {
    RETURN_IF_ERROR(flush());
    RETURN_IF_ERROR(on_finish_(std::move(writer_)));
    return row_count_;
  }

 private:
  Status flush() {
    if (buffered_ == 0) return OkStatus();
    text_.SetCardinalityUnsafe(buffered_);
    Status status = cast_and_write();
    text_.Reset();
    buffered_ = 0;
    return status;
  }

  Status cast_and_write() {
    const Definition& table = writer_->definition();
    data::Types types = table.types();
    duckdb::DataChunk rows;
    rows.Initialize(duckdb::Allocator::DefaultAllocator(),
                    duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()), buffered_);
    std::vector<bool> is_filled(types.size(), false);
    for (size_t i = 0; i < columns_.size(); i++) {
      is_filled[columns_[i]] = true;
      RETURN_IF_ERROR(cast_column(i, rows.data[columns_[i]]));
    }
    for (size_t i = 0; i < types.size(); i++)
      if (!is_filled[i])
        rows.data[i].Reference(duckdb::Value(types[i]), duckdb::count_t(buffered_));
    rows.SetCardinalityUnsafe(buffered_);
    Status status = writer_->upsert(rows, now_ms_);
    if (status.ok()) return status;
    sql::SqlError error = sql::error_of(status);
    error.detail = fmt::format("between rows {} and {}", row_count_ - buffered_ + 1, row_count_);
    return sql::make_error(error);
  }

  Status cast_column(size_t i, duckdb::Vector& target) {
    std::string message;
    try {
      if (duckdb::VectorOperations::TryCast(*connection_.duck().context, text_.data[i], target,
                                            buffered_, &message, false))
        return OkStatus();
    } catch (const std::exception& error) {
      message = duckdb::ErrorData(error).RawMessage();
    }
    const Definition& table = writer_->definition();
    return sql::make_error(
        {"22P02", message,
         fmt::format("column \"{}\", between rows {} and {}", table.columns[columns_[i]].name,
                     row_count_ - buffered_ + 1, row_count_)});
  }

  sql::DatabaseConnection& connection_;
  std::unique_ptr<TableWriter> writer_;
  const std::vector<size_t> columns_;
  const int64_t now_ms_;
  const std::function<Status(std::unique_ptr<TableWriter>)> on_finish_;
  duckdb::DataChunk text_;
  size_t buffered_ = 0;
  int64_t row_count_ = 0;
};

}  // namespace

std::unique_ptr<CopyWriter> make_copy_writer(
    sql::DatabaseConnection& connection, std::unique_ptr<TableWriter> writer,
    std::vector<size_t> columns, int64_t now_ms,
    std::function<Status(std::unique_ptr<TableWriter>)> on_finish) {
  return std::make_unique<CopyInWriter>(connection, std::move(writer), std::move(columns), now_ms,
                                        std::move(on_finish));
}

}  // namespace kappa::engine
