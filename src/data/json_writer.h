#pragma once
// One value as JSON text, in the form that the columns of json_column.h read back to the same
// value.

#include <string>
#include <string_view>

#include <duckdb/common/types/value.hpp>

#include "base/status.h"
#include "data/json_cursor.h"

namespace kappa::data {

// Appends `text` as a JSON string.
void write_json_string(std::string_view text, std::string& out);

// Keeps the buffers of the check of JSON texts. Confined to one thread.
class JsonWriter {
 public:
  // Appends the value's JSON form; the type must be one that make_json_column() takes.
  // Errors: kInvalidArgument, with part of the text written, if a value of type JSON is none.
  Status write(const duckdb::Value& value, std::string& out);

 private:
  Status write_json_text(std::string_view text, std::string& out);
  Status write_list(const duckdb::vector<duckdb::Value>& elements, std::string& out);
  Status write_struct(const duckdb::Value& value, std::string& out);
  Status write_map(const duckdb::Value& value, std::string& out);

  JsonValidator validator_;
};

}  // namespace kappa::data
