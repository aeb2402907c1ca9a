#include "data/json_decoder.h"

#include "data/clipped_text.h"
#include "data/json_key.h"
#include "data/json_object.h"
#include "data/metadata_columns.h"

namespace kappa::data {
namespace {

// The value columns. The outputs are bound at the start of every chunk.
class JsonValuePart : public RecordPart {
 public:
  JsonValuePart(JsonObjectReader reader, std::vector<std::optional<size_t>> outputs)
      : reader_(std::move(reader)), outputs_(std::move(outputs)) {}

  void start(duckdb::DataChunk& out) override {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      reader_.column(i).bind(outputs_[i] ? &out.data[*outputs_[i]] : nullptr);
    }
  }

  bool read(const RecordView& record, size_t row, std::string& reason) override {
    if (!record.value) {
      reason = "null value";
      return false;
    }
    const auto problem = text_.open(*record.value, record.readable_beyond_value);
    if (!problem.empty()) [[unlikely]] {
      reason = problem;
      return false;
    }
    auto cursor = text_.begin();
    if (reader_.read(cursor, row, error_) && cursor.is_at_end()) [[likely]] return true;
    if (error_.reason.empty()) error_.malformed("nothing after the object", cursor);
    reason = error_.message();
    error_ = {};
    return false;
  }

  void finish(size_t row_count) override {
    reader_.finish(row_count);
    text_.trim();
  }

 private:
  JsonText text_;
  JsonObjectReader reader_;
  JsonError error_;
  const std::vector<std::optional<size_t>> outputs_;
};

bool is_bytes(const duckdb::LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::BLOB ||
         (type.id() == duckdb::LogicalTypeId::VARCHAR && !type.IsJSONType());
}

StatusOr<std::unique_ptr<RecordPart>> make_part(const RecordColumn& column,
                                                std::optional<size_t> output) {
  if (column.origin == ColumnOrigin::kKey && !is_bytes(column.type)) {
    return make_json_key_part(column, output);
  }
  return make_metadata_part(column, output);
}

}  // namespace

StatusOr<std::unique_ptr<RecordDecoder>> make_json_decoder(std::vector<RecordColumn> columns,
                                                           std::vector<size_t> used) {
  RETURN_IF_ERROR(check_used(columns, used));
  std::vector<JsonField> fields;
  std::vector<std::optional<size_t>> outputs;
  std::vector<std::unique_ptr<RecordPart>> parts(1);
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto output = output_of(i, used);
    if (columns[i].origin == ColumnOrigin::kValue) {
      ASSIGN_OR_RETURN(auto column, make_json_column(columns[i].type));
      fields.push_back({columns[i].name, std::move(column), columns[i].is_not_null});
      outputs.push_back(output);
    } else {
      ASSIGN_OR_RETURN(auto part, make_part(columns[i], output));
      parts.push_back(std::move(part));
    }
  }
  parts[0] = std::make_unique<JsonValuePart>(JsonObjectReader(std::move(fields)),
                                             std::move(outputs));
  return make_parts_decoder(std::move(parts), used_types(columns, used));
}

}  // namespace kappa::data
