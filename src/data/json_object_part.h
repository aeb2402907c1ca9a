#pragma once
// The columns that are fields of a record's JSON object.

#include <memory>
#include <optional>
#include <vector>

#include "data/record_decoder.h"

namespace kappa::data {

enum class JsonSource { kValue, kKey };  // which bytes of the record hold the object

// Reads `columns`, whatever their origin, from one object; column i goes to vector outputs[i] of
// the chunk, nullopt: it is checked only. A record without these bytes is bad.
StatusOr<std::unique_ptr<RecordPart>> make_json_object_part(
    const std::vector<RecordColumn>& columns, std::vector<std::optional<size_t>> outputs,
    JsonSource source);

}  // namespace kappa::data
