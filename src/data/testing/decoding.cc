#include "data/testing/decoding.h"

#include <duckdb/common/types.hpp>

#include "base/check.h"

namespace kappa::data::testing {

duckdb::LogicalType sql_type(const std::string& name) {
  if (name == "JSON") return duckdb::LogicalType::JSON();
  auto type = duckdb::UnboundType::TryParseAndDefaultBind(name);
  if (type.id() == duckdb::LogicalTypeId::INVALID) check_failed(__FILE__, __LINE__, name);
  return type;
}

RecordView record_of(std::string_view value) {
  RecordView record;
  record.value = value;
  return record;
}

std::unique_ptr<duckdb::DataChunk> make_chunk(const Types& types) {
  auto chunk = std::make_unique<duckdb::DataChunk>();
  chunk->Initialize(duckdb::Allocator::DefaultAllocator(), {types.begin(), types.end()});
  return chunk;
}

std::string row_text(const duckdb::DataChunk& chunk, size_t row) {
  std::string text;
  for (size_t column = 0; column < chunk.ColumnCount(); ++column) {
    if (column > 0) text += '|';
    text += chunk.GetValue(column, row).ToString();
  }
  return text;
}

std::vector<std::string> decode_all(RecordDecoder& decoder, std::span<const RecordView> records) {
  const auto chunk = make_chunk(decoder.output_types());
  std::vector<BadRecord> bad;
  std::vector<uint32_t> row_of;
  decoder.decode(records, *chunk, bad, &row_of);
  KAPPA_CHECK_EQ(chunk->size(), row_of.size());
  std::vector<std::string> texts(records.size());
  for (size_t row = 0; row < row_of.size(); ++row) texts[row_of[row]] = row_text(*chunk, row);
  for (const auto& record : bad) texts[record.index] = "bad: " + record.reason;
  return texts;
}

}  // namespace kappa::data::testing
