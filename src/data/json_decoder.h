#pragma once
// FORMAT PLAIN ENCODE JSON: one JSON object per record, decoded by simdjson (on demand).

#include <memory>
#include <vector>

#include "data/record.h"

namespace kappa::data {

// `columns` are all declared ones; `used` are indexes into it, in the order wanted in the output.
// Errors: kUnimplemented for a type that JSON cannot carry here.
StatusOr<std::unique_ptr<RecordDecoder>> make_json_decoder(std::vector<RecordColumn> columns,
                                                           std::vector<size_t> used);

}  // namespace kappa::data
