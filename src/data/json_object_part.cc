#include "data/json_object_part.h"

#include "data/json_object.h"

namespace kappa::data {
namespace {

class JsonObjectPart : public RecordPart {
 public:
  JsonObjectPart(JsonObjectReader reader, std::vector<std::optional<size_t>> outputs,
                 JsonSource source)
      : source_(source), outputs_(std::move(outputs)), reader_(std::move(reader)) {}

  void start(duckdb::DataChunk& out) override {
    for (size_t i = 0; i < outputs_.size(); ++i) {
      reader_.column(i).bind(outputs_[i] ? &out.data[*outputs_[i]] : nullptr);
    }
  }

  bool read(const RecordView& record, size_t row, std::string& reason) override {
    const bool is_value = source_ == JsonSource::kValue;
    const auto& bytes = is_value ? record.value : record.key;
    if (!bytes) {
      reason = is_value ? "null value" : "null key";
      return false;
    }
    const auto problem = text_.open(*bytes, is_value ? record.readable_beyond_value : 0);
    if (!problem.empty()) [[unlikely]] {
      reason = problem;
      return false;
    }
    auto cursor = text_.begin();
    if (reader_.read(cursor, row, error_) && cursor.is_at_end()) [[likely]]
      return true;
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
  const JsonSource source_;
  const std::vector<std::optional<size_t>> outputs_;
  JsonText text_;
  JsonObjectReader reader_;
  JsonError error_;
};

}  // namespace

StatusOr<std::unique_ptr<RecordPart>> make_json_object_part(
    const std::vector<RecordColumn>& columns, std::vector<std::optional<size_t>> outputs,
    JsonSource source) {
  std::vector<JsonField> fields;
  for (const auto& column : columns) {
    ASSIGN_OR_RETURN(auto reader, make_json_column(column.type));
    fields.push_back({column.name, std::move(reader), column.is_not_null});
  }
  return std::make_unique<JsonObjectPart>(JsonObjectReader(std::move(fields)), std::move(outputs),
                                          source);
}

}  // namespace kappa::data
