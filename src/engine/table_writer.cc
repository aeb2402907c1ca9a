#include "engine/table_writer.h"

#include <numeric>

#include "engine/catalog_log.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

constexpr size_t kCompressFromBytes = 4096;

}  // namespace

StatusOr<std::unique_ptr<TableWriter>> TableWriter::create(DefinitionPtr definition,
                                                           Partitions partitions) {
  if (partitions.size() != 1)
    return sql::make_error({"0A000",
                            fmt::format("table \"{}\" cannot be written by SQL: its topic has {} "
                                        "partitions, a statement is one batch of one partition",
                                        definition->name, partitions.size()),
                            "", "produce to the topic by Kafka"});
  std::unique_ptr<TableWriter> writer(
      new TableWriter(std::move(definition), std::move(partitions)));
  const Definition& table = *writer->definition_;
  ASSIGN_OR_RETURN(writer->row_encoder_, data::make_json_encoder(table.record_columns));
  if (!table.is_keyed()) return writer;
  std::vector<data::RecordColumn> keys;
  for (size_t key : table.key_columns) keys.push_back(table.record_columns[key]);
  ASSIGN_OR_RETURN(writer->key_encoder_, data::make_key_encoder(std::move(keys)));
  return writer;
}

void TableWriter::reference(const duckdb::DataChunk& from, const std::vector<size_t>& columns,
                            duckdb::DataChunk& to) {
  duckdb::vector<duckdb::LogicalType> types;
  for (size_t column : columns) types.push_back(from.data[column].GetType());
  to.InitializeEmpty(types);
  for (size_t i = 0; i < columns.size(); i++) to.data[i].Reference(from.data[columns[i]]);
  to.SetCardinalityUnsafe(from.size());
}

Status TableWriter::check_not_null(const duckdb::DataChunk& rows) const {
  for (size_t i = 0; i < definition_->columns.size(); i++) {
    if (!definition_->columns[i].is_not_null) continue;
    for (size_t row = 0; row < rows.size(); row++) {
      if (!rows.GetValue(i, row).IsNull()) continue;
      return sql::make_error(
          {"23502", fmt::format("null value in column \"{}\" of relation \"{}\" violates not-null "
                                "constraint",
                                definition_->columns[i].name, definition_->name)});
    }
  }
  return OkStatus();
}

Status TableWriter::upsert(const duckdb::DataChunk& rows, int64_t now_ms) {
  RETURN_IF_ERROR(check_not_null(rows));
  std::vector<size_t> all(definition_->columns.size());
  std::iota(all.begin(), all.end(), 0);
  duckdb::DataChunk whole, keys;
  reference(rows, all, whole);
  if (key_encoder_) reference(rows, definition_->key_columns, keys);
  std::string value, key;
  for (size_t row = 0; row < rows.size(); row++) {
    value.clear();
    key.clear();
    RETURN_IF_ERROR(row_encoder_->encode(whole, row, value));
    if (key_encoder_) RETURN_IF_ERROR(key_encoder_->encode(keys, row, key));
    log::NewRecord record{.timestamp_ms = now_ms, .value = value};
    if (key_encoder_) record.key = key;
    builder_.add(record);
  }
  return OkStatus();
}

Status TableWriter::remove(const duckdb::DataChunk& rows, size_t first_column, int64_t now_ms) {
  std::vector<size_t> columns(definition_->key_columns.size());
  std::iota(columns.begin(), columns.end(), first_column);
  duckdb::DataChunk keys;
  reference(rows, columns, keys);
  std::string key;
  for (size_t row = 0; row < rows.size(); row++) {
    key.clear();
    RETURN_IF_ERROR(key_encoder_->encode(keys, row, key));
    builder_.add({.timestamp_ms = now_ms, .key = key});
  }
  return OkStatus();
}

Status TableWriter::commit(Frontier& written) {
  if (is_empty()) return OkStatus();
  int32_t count = builder_.record_count();
  log::BatchOptions options;
  if (builder_.size_bytes() >= kCompressFromBytes) options.codec = Codec::kLz4;
  ASSIGN_OR_RETURN(std::string batch, std::move(builder_).build(options));
  builder_ = log::BatchBuilder();
  ASSIGN_OR_RETURN(log::AppendResult result, append_and_wait(*partitions_[0], std::move(batch)));
  written.raise(definition_->topic_id, 0, result.base + count);
  return OkStatus();
}

}  // namespace kappa::engine
