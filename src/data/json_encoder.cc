#include "data/json_encoder.h"

#include "data/json_column.h"
#include "data/json_key.h"
#include "data/json_writer.h"

namespace kappa::data {
namespace {

// {"a":1,"b":2}, the columns that come from the value or, for a key, all of them.
class ObjectEncoder : public JsonEncoder {
 public:
  explicit ObjectEncoder(std::vector<RecordColumn> columns) : columns_(std::move(columns)) {}

  Status encode(const duckdb::DataChunk& chunk, size_t row, std::string& out) override {
    const size_t start = out.size();
    auto status = write(chunk, row, out);
    if (!status.ok()) out.resize(start);
    return status;
  }

 private:
  Status write(const duckdb::DataChunk& chunk, size_t row, std::string& out) {
    char separator = '{';
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].origin != ColumnOrigin::kValue) continue;
      out += separator;
      separator = ',';
      write_json_string(columns_[i].name, out);
      out += ':';
      RETURN_IF_ERROR(write_value(columns_[i], chunk.GetValue(i, row), out));
    }
    out += separator == '{' ? "{}" : "}";
    return OkStatus();
  }

  Status write_value(const RecordColumn& column, const duckdb::Value& value, std::string& out) {
    const size_t start = out.size();
    if (auto status = writer_.write(value, out); !status.ok()) {
      return annotate(status, fmt::format("column {}", column.name));
    }
    if (column.is_not_null && std::string_view(out).substr(start) == "null") {
      return invalid_argument("column {} is NOT NULL, but the value is NULL", column.name);
    }
    return OkStatus();
  }

  const std::vector<RecordColumn> columns_;
  JsonWriter writer_;
};

// A key of one column: a text's own bytes, else the JSON form.
class SingleKeyEncoder : public JsonEncoder {
 public:
  explicit SingleKeyEncoder(RecordColumn column) : column_(std::move(column)) {}

  Status encode(const duckdb::DataChunk& chunk, size_t row, std::string& out) override {
    const auto value = chunk.GetValue(0, row);
    if (value.IsNull()) return invalid_argument("key column {} is NULL", column_.name);
    if (is_json_key_text(column_.type)) {
      out += duckdb::StringValue::Get(value);
      return OkStatus();
    }
    const size_t start = out.size();
    auto status = writer_.write(value, out);
    if (status.ok() && std::string_view(out).substr(start) == "null") {  // a value of type JSON
      status = invalid_argument("key column {} is null", column_.name);
    }
    if (!status.ok()) out.resize(start);
    return status;
  }

 private:
  const RecordColumn column_;
  JsonWriter writer_;
};

// What the decoder cannot read back is refused here.
Status check_types(const std::vector<RecordColumn>& columns) {
  for (const auto& column : columns) {
    RETURN_IF_ERROR(make_json_column(column.type).status());
  }
  return OkStatus();
}

}  // namespace

StatusOr<std::unique_ptr<JsonEncoder>> make_json_encoder(std::vector<RecordColumn> columns) {
  RETURN_IF_ERROR(check_types(columns));
  return std::make_unique<ObjectEncoder>(std::move(columns));
}

StatusOr<std::unique_ptr<JsonEncoder>> make_key_encoder(std::vector<RecordColumn> key_columns) {
  if (key_columns.empty()) return invalid_argument("a key needs a column");
  RETURN_IF_ERROR(check_types(key_columns));
  if (key_columns.size() == 1) {
    return std::make_unique<SingleKeyEncoder>(std::move(key_columns[0]));
  }
  for (auto& column : key_columns) {
    column.origin = ColumnOrigin::kValue;
    column.is_not_null = true;
  }
  return std::make_unique<ObjectEncoder>(std::move(key_columns));
}

}  // namespace kappa::data
