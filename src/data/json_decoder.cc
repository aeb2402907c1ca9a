#include "data/json_decoder.h"

#include "data/json_key.h"
#include "data/json_object_part.h"
#include "data/metadata_columns.h"

namespace kappa::data {
namespace {

// A column that does not come from the value.
StatusOr<std::unique_ptr<RecordPart>> make_part(const RecordColumn& column,
                                                std::optional<size_t> output) {
  if (column.origin == ColumnOrigin::kKey && !is_key_bytes(column.type)) {
    return make_json_key_part(column, output);
  }
  return make_metadata_part(column, output);
}

}  // namespace

StatusOr<std::unique_ptr<RecordDecoder>> make_json_decoder(std::vector<RecordColumn> columns,
                                                           std::vector<size_t> used) {
  RETURN_IF_ERROR(check_used(columns, used));
  std::vector<RecordColumn> value_columns;
  std::vector<std::optional<size_t>> outputs;
  std::vector<std::unique_ptr<RecordPart>> parts(1);
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto output = output_of(i, used);
    if (columns[i].origin == ColumnOrigin::kValue) {
      value_columns.push_back(columns[i]);
      outputs.push_back(output);
    } else {
      ASSIGN_OR_RETURN(auto part, make_part(columns[i], output));
      parts.push_back(std::move(part));
    }
  }
  ASSIGN_OR_RETURN(parts[0],
                   make_json_object_part(value_columns, std::move(outputs), JsonSource::kValue));
  return make_parts_decoder(std::move(parts), used_types(columns, used));
}

}  // namespace kappa::data
