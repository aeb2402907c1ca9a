#include "data/json_key.h"

#include "data/json_column.h"
#include "data/json_encoder.h"
#include "data/json_object_part.h"
#include "data/metadata_columns.h"

namespace kappa::data {
namespace {

class JsonKeyPart : public RecordPart {
 public:
  JsonKeyPart(const RecordColumn& column, std::unique_ptr<JsonColumn> reader,
              std::optional<size_t> output)
      : name_(column.name),
        is_not_null_(column.is_not_null),
        output_(output),
        column_(std::move(reader)) {}

  void start(duckdb::DataChunk& out) override {
    column_->bind(output_ ? &out.data[*output_] : nullptr);
  }

  bool read(const RecordView& record, size_t row, std::string& reason) override {
    JsonError error;
    if (read_key(record.key.value_or("null"), row, error)) return true;
    error.enter_field(name_);
    reason = error.message();
    return false;
  }

  void finish(size_t row_count) override {
    column_->finish(row_count);
    text_.trim();
  }

 private:
  // The first stage knows where a number ends by what follows it, so the key is put in brackets.
  bool read_key(std::string_view key, size_t row, JsonError& error) {
    buffer_.assign("[").append(key).append("]");
    error.reason = text_.open(buffer_, 0);
    if (!error.reason.empty()) return false;
    auto cursor = text_.begin();
    cursor.advance();
    if (is_not_null_ && cursor.peek() == 'n') return error.expected("a key, NOT NULL", cursor);
    if (!read_json_value(*column_, cursor, row, error)) return false;
    if (cursor.peek() == ']' && cursor.size() == 1) return true;
    return error.malformed("the end of the key", cursor);
  }

  const std::string name_;
  const bool is_not_null_;
  const std::optional<size_t> output_;
  const std::unique_ptr<JsonColumn> column_;
  JsonText text_;
  std::string buffer_;
};

}  // namespace

bool is_json_key_text(const duckdb::LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::VARCHAR && !type.IsJSONType();
}

StatusOr<std::unique_ptr<RecordPart>> make_json_key_part(const RecordColumn& column,
                                                         std::optional<size_t> output) {
  ASSIGN_OR_RETURN(auto reader, make_json_column(column.type));
  return std::make_unique<JsonKeyPart>(column, std::move(reader), output);
}

StatusOr<std::unique_ptr<RecordDecoder>> make_key_decoder(std::vector<RecordColumn> key_columns) {
  if (key_columns.empty()) return invalid_argument("a key needs a column");
  std::vector<size_t> all;
  std::vector<std::optional<size_t>> outputs;
  for (size_t i = 0; i < key_columns.size(); ++i) {
    key_columns[i].origin = ColumnOrigin::kKey;
    key_columns[i].is_not_null = true;
    all.push_back(i);
    outputs.emplace_back(i);
  }
  std::vector<std::unique_ptr<RecordPart>> parts(1);
  if (key_columns.size() > 1) {
    ASSIGN_OR_RETURN(parts[0], make_json_object_part(key_columns, outputs, JsonSource::kKey));
  } else if (is_json_key_text(key_columns[0].type)) {
    ASSIGN_OR_RETURN(parts[0], make_metadata_part(key_columns[0], 0));
  } else {
    ASSIGN_OR_RETURN(parts[0], make_json_key_part(key_columns[0], 0));
  }
  return make_parts_decoder(std::move(parts), used_types(key_columns, all));
}

}  // namespace kappa::data
