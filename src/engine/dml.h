#pragma once
// INSERT, UPDATE and DELETE as queries: DuckDB computes the rows with its own binder and casts, the
// engine writes them to the table's topic. So nothing of DuckDB's storage is involved.
//
//   INSERT INTO t (b) VALUES (1) RETURNING a   →  SELECT t.*, a FROM (SELECT NULL::…, 1::…) AS t
//   (a, b)

#include <string>

#include "base/status.h"
#include "engine/definition.h"
#include "sql/statement.h"

namespace kappa::engine {

enum class WriteKind { kInsert, kUpdate, kDelete };

// The query's columns: the row (all columns of the table), then for an UPDATE of key columns the
// old key, then what RETURNING names.
struct WriteQuery {
  WriteKind kind = WriteKind::kInsert;
  std::string table;
  std::string sql;
  size_t row_columns = 0;
  size_t old_key_columns = 0;
  bool has_returning = false;

  size_t returning_at() const { return row_columns + old_key_columns; }
};

// The table's name as the statement writes it, without schema.
StatusOr<std::string> written_table(const sql::Statement& statement);
StatusOr<WriteQuery> make_write_query(const sql::Statement& statement, const Definition& table);

}  // namespace kappa::engine
