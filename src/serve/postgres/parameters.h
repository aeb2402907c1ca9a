#pragma once
// Values of a Bind message as DuckDB values: text or binary, by the type's object identifier.

#include <string_view>

#include <duckdb/common/types/value.hpp>

#include "base/status.h"

namespace kappa::serve::postgres {

// `type`: the parameter's type, UNKNOWN while nothing gave it one; text of it stays text then and
// is left to the statement. Errors: 22P02.
StatusOr<duckdb::Value> decode_text(const duckdb::LogicalType& type, std::string_view text);

// A number with as many digits as its text has. Errors: 22P02.
StatusOr<duckdb::Value> decode_numeric_text(std::string_view text);

// By the object identifier that the client declared, or that we described. Errors: 22P03; 0A000
// for types without a binary form here.
StatusOr<duckdb::Value> decode_binary(uint32_t type_oid, std::string_view bytes);

// An array in PostgreSQL's notation, {1,NULL,"a b"}, of one dimension, as a list of `element`.
StatusOr<duckdb::Value> decode_array_text(const duckdb::LogicalType& element,
                                          std::string_view text);

}  // namespace kappa::serve::postgres
