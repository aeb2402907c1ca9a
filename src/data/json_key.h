#pragma once
// Record keys as JSON text: 42, "2013-01-01", {"a":1,"b":2}.

#include <memory>
#include <optional>

#include "data/record_decoder.h"

namespace kappa::data {

// Whether a key of one column of this type is the text itself and not its JSON form.
bool is_json_key_text(const duckdb::LogicalType& type);

// Reads the record's key as one JSON value into vector `output`; nullopt: it is checked only. A
// record without a key, and the key null, give NULL.
StatusOr<std::unique_ptr<RecordPart>> make_json_key_part(const RecordColumn& column,
                                                         std::optional<size_t> output);

}  // namespace kappa::data
