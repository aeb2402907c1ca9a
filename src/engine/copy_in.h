#pragma once
// COPY t FROM STDIN: text values, cast by DuckDB a chunk at a time, into a table writer.

#include <memory>
#include <vector>

#include "engine/session.h"
#include "engine/table_writer.h"
#include "sql/database.h"

namespace kappa::engine {

// `columns` are the table's columns that the rows fill, in order; the others get NULL.
// `on_finish` takes the full writer and makes its rows durable.
std::unique_ptr<CopyWriter> make_copy_writer(
    sql::DatabaseConnection& connection, std::unique_ptr<TableWriter> writer,
    std::vector<size_t> columns, int64_t now_ms,
    std::function<Status(std::unique_ptr<TableWriter>)> on_finish);

}  // namespace kappa::engine
