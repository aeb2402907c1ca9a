#pragma once
// DuckDB's errors as ours: its exception types become SQLSTATEs, its byte positions 1-based
// characters, and its "LINE 1: …^" drawing is taken out of the message (clients draw their own).

#include <string_view>

#include "base/status.h"

namespace duckdb {
class ErrorData;
}

namespace kappa::sql {

// `text`: what DuckDB was given to parse; without it no position is known. `offset_characters` is
// added to the position, for a text that was cut out of a longer statement.
Status status_of(const duckdb::ErrorData& error, std::string_view text = {},
                 int offset_characters = 0);

// Throws an error of ours as an exception that DuckDB hands on; status_of() gives it back with its
// SQLSTATE and hint.
[[noreturn]] void throw_through_duckdb(const Status& status);

// The 1-based character at a byte offset of UTF-8 text; 0 beyond its end.
int character_at(std::string_view text, size_t byte_offset);

}  // namespace kappa::sql
