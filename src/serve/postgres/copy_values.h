#pragma once
// Values of COPY data are cast by DuckDB, whose notation differs from PostgreSQL's for some types:
// these are translated first.
//
//   PostgreSQL          DuckDB
//   {1,NULL,"a b"}      ["1", NULL, "a b"]     lists
//   \x00ff              \x00\xff               BLOB

#include <string>

#include <duckdb/common/types.hpp>

#include "base/status.h"

namespace kappa::serve::postgres {

// Whether values of the type need it at all.
bool needs_translation(const duckdb::LogicalType& type);
// The value in DuckDB's notation; what is not in PostgreSQL's is given back as it is. Errors:
// 22P02.
StatusOr<std::string> translate_copy_value(const duckdb::LogicalType& type,
                                           const std::string& text);

}  // namespace kappa::serve::postgres
