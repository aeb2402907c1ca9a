#pragma once
// COPY TO STDOUT's lines, in PostgreSQL's text format or as CSV: each one CopyData message.

#include <string>
#include <string_view>
#include <vector>

#include "engine/session.h"
#include "serve/postgres/row_encoder.h"

namespace kappa::serve::postgres {

// The header's line, if the options ask for one.
void append_copy_header(std::string& out, const engine::CopyOptions& options,
                        const std::vector<std::string>& column_names);
// Row `row` of the encoder's loaded chunk (text format).
Status append_copy_row(std::string& out, const engine::CopyOptions& options,
                       const RowEncoder& encoder, size_t row);

}  // namespace kappa::serve::postgres
