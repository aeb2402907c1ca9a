#include "engine/copy_in.h"

#include <duckdb/common/error_data.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/main/connection.hpp>
#include <optional>

#include "data/clipped_text.h"
#include "flow/chunks.h"
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

  Status row(const std::vector<const std::string*>& values, int64_t line) override {
    if (values.size() != columns_.size())
      return sql::make_error(
          {"22P04",
           fmt::format("the row has {} columns, expected {}", values.size(), columns_.size()), "",
           "", 0, fmt::format("COPY, line {}", line)});
    for (size_t i = 0; i < values.size(); i++) {
      duckdb::Value value =
          values[i] ? duckdb::Value(*values[i]) : duckdb::Value(duckdb::LogicalType::VARCHAR);
      text_.data[i].Append(value);
    }
    lines_.push_back(line);
    row_count_++;
    return lines_.size() == kRowsPerChunk ? flush() : OkStatus();
  }

  StatusOr<int64_t> finish(ResultSink&) override {
    RETURN_IF_ERROR(flush());
    RETURN_IF_ERROR(on_finish_(std::move(writer_)));
    return row_count_;
  }

 private:
  // What a failing write complained about.
  struct Complaint {
    Status status;
    std::optional<size_t> column;  // of columns_
  };

  Status flush() {
    if (lines_.empty()) return OkStatus();
    text_.SetCardinalityUnsafe(lines_.size());
    Status status = cast_and_write(text_).status;
    if (!status.ok()) status = find_line(status);
    text_.Reset();
    lines_.clear();
    return status;
  }

  // After an error nothing of the COPY will be kept, so the rows may be written again one by one,
  // to see which of them it is.
  Status find_line(const Status& of_all) {
    for (uint32_t row = 0; row < lines_.size(); row++) {
      duckdb::DataChunk one;
      flow::select_rows(text_, {row}, one);
      Complaint complaint = cast_and_write(one);
      if (complaint.status.ok()) continue;
      sql::SqlError error = sql::error_of(complaint.status);
      error.where = fmt::format("COPY, line {}", lines_[row]);
      if (complaint.column) error.where += column_text(*complaint.column, row);
      return sql::make_error(error);
    }
    sql::SqlError error = sql::error_of(of_all);
    error.where = fmt::format("COPY, lines {} to {}", lines_.front(), lines_.back());
    return sql::make_error(error);
  }

  std::string column_text(size_t i, size_t row) const {
    const std::string& name = writer_->definition().columns[columns_[i]].name;
    duckdb::Value value = text_.GetValue(i, row);
    if (value.IsNull()) return fmt::format(", column {}", name);
    return fmt::format(", column {}: \"{}\"", name,
                       data::clipped_text(duckdb::StringValue::Get(value)));
  }

  Complaint cast_and_write(duckdb::DataChunk& text) {
    data::Types types = writer_->definition().types();
    duckdb::DataChunk rows;
    rows.Initialize(duckdb::Allocator::DefaultAllocator(),
                    duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()), text.size());
    std::vector<bool> is_filled(types.size(), false);
    for (size_t i = 0; i < columns_.size(); i++) {
      is_filled[columns_[i]] = true;
      Status status = cast_column(text.data[i], text.size(), rows.data[columns_[i]]);
      if (!status.ok()) return {std::move(status), i};
    }
    for (size_t i = 0; i < types.size(); i++)
      if (!is_filled[i])
        rows.data[i].Reference(duckdb::Value(types[i]), duckdb::count_t(text.size()));
    rows.SetCardinalityUnsafe(text.size());
    return {writer_->upsert(rows, now_ms_), std::nullopt};
  }

  Status cast_column(duckdb::Vector& text, size_t count, duckdb::Vector& target) {
    std::string message;
    try {
      if (duckdb::VectorOperations::TryCast(*connection_.duck().context, text, target, count,
                                            &message, false))
        return OkStatus();
    } catch (const std::exception& error) {
      message = duckdb::ErrorData(error).RawMessage();
    }
    return sql::make_error({"22P02", message});
  }

  sql::DatabaseConnection& connection_;
  std::unique_ptr<TableWriter> writer_;
  const std::vector<size_t> columns_;
  const int64_t now_ms_;
  const std::function<Status(std::unique_ptr<TableWriter>)> on_finish_;
  duckdb::DataChunk text_;
  std::vector<int64_t> lines_;  // of the rows in text_
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
