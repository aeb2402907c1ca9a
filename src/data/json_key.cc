#include "data/json_key.h"

#include "data/json_column.h"

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

StatusOr<std::unique_ptr<RecordPart>> make_json_key_part(const RecordColumn& column,
                                                         std::optional<size_t> output) {
  ASSIGN_OR_RETURN(auto reader, make_json_column(column.type));
  return std::make_unique<JsonKeyPart>(column, std::move(reader), output);
}

}  // namespace kappa::data
