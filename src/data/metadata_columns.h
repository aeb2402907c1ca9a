#pragma once
// The columns that come from the record and not from its value, the same for every format:
//
//   partition  INTEGER
//   offset     BIGINT
//   timestamp  TIMESTAMP or TIMESTAMP WITH TIME ZONE; NULL if the record has none (-1)
//   key        VARCHAR (must be UTF-8) or BLOB, the key's bytes; NULL if the record has no key
//   headers    MAP(VARCHAR, BLOB), of equal keys the last one counts; or STRUCT(key VARCHAR,
//              value BLOB)[], all of them in their order; keys must be UTF-8

#include <memory>
#include <optional>

#include "data/record_decoder.h"

namespace kappa::data {

// Whether a key column of this type is the key's own bytes; other types are decoded by the format.
bool is_key_bytes(const duckdb::LogicalType& type);

// Reads one such column into vector `output` of the chunk; nullopt: it is checked only.
// Errors: kInvalidArgument for a type that the origin does not have; kUnimplemented for a key of
// another type than VARCHAR and BLOB, which the format decodes.
StatusOr<std::unique_ptr<RecordPart>> make_metadata_part(const RecordColumn& column,
                                                         std::optional<size_t> output);

}  // namespace kappa::data
