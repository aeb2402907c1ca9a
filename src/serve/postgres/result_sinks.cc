#include "serve/postgres/result_sinks.h"

#include "serve/postgres/copy_writer.h"
#include "serve/postgres/frontend.h"

namespace kappa::serve::postgres {
namespace {

const char* severity_of(std::string_view severity) {
  for (const char* known : {"WARNING", "INFO", "LOG", "DEBUG"}) {
    if (severity == known) return known;
  }
  return "NOTICE";
}

}  // namespace

std::vector<duckdb::LogicalType> types_of(const std::vector<engine::ResultColumn>& columns) {
  std::vector<duckdb::LogicalType> types;
  for (const auto& column : columns) types.push_back(column.type);
  return types;
}

std::vector<FieldDescription> describe(const std::vector<engine::ResultColumn>& columns,
                                       const std::vector<int16_t>& formats) {
  std::vector<FieldDescription> fields;
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back({columns[i].name, pg_type_of(columns[i].type), format_at(formats, i)});
  }
  return fields;
}

void WireSink::notice(std::string_view severity, std::string_view message) {
  ErrorReport report;
  report.severity = severity_of(severity);
  report.error.sqlstate = severity == "WARNING" ? "01000" : "00000";
  report.error.message = std::string(message);
  append_notice(client_.out(), report);
  client_.flush();
}

void WireSink::complete(std::string_view tag) { append_command_complete(client_.out(), tag); }

Status QuerySink::columns(const std::vector<engine::ResultColumn>& columns) {
  append_row_description(client_.out(), describe(columns, {}));
  encoder_.emplace(types_of(columns), std::vector<int16_t>{}, zone_);
  return OkStatus();
}

Status QuerySink::rows(duckdb::DataChunk& chunk) {
  return for_each_row(*encoder_, chunk,
                      [&](size_t row) { return encoder_->append_row(client_.out(), row); });
}

Status CopyOutSink::columns(const std::vector<engine::ResultColumn>& columns) {
  append_copy_response(client_.out(), 'H', columns.size());
  encoder_.emplace(types_of(columns), std::vector<int16_t>{}, zone_);
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  append_copy_header(client_.out(), options_, names);
  return OkStatus();
}

Status CopyOutSink::rows(duckdb::DataChunk& chunk) {
  row_count_ += static_cast<int64_t>(chunk.size());
  return for_each_row(*encoder_, chunk, [&](size_t row) {
    return append_copy_row(client_.out(), options_, *encoder_, row);
  });
}

void CopyOutSink::complete(std::string_view) {
  append_bare(client_.out(), 'c');
  append_command_complete(client_.out(), fmt::format("COPY {}", row_count_));
}

}  // namespace kappa::serve::postgres
