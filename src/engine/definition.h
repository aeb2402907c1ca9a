#pragma once
// What the catalog says of one source, table or view. Immutable. A view that is replaced gets a new
// definition with the same name, a new id and the next version.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/types.h"
#include "data/record.h"
#include "engine/frontier.h"
#include "sql/relation.h"

namespace kappa::engine {

enum class DefinitionKind { kSource, kTable, kView };

// As in SQL, in small letters.
inline const char* name_of(DefinitionKind kind) {
  switch (kind) {
    case DefinitionKind::kSource:
      return "source";
    case DefinitionKind::kTable:
      return "table";
    default:
      return "materialized view";
  }
}

struct Definition {
  DefinitionKind kind = DefinitionKind::kSource;
  int64_t id = 0;  // never used twice in one log
  int64_t version = 1;
  std::string name;
  std::string sql;  // the CREATE statement
  std::vector<sql::Column> columns;
  std::vector<size_t> key_columns;  // of a keyed table

  // Sources and tables.
  std::string topic;
  TopicId topic_id;
  bool owns_topic = false;                         // made with the table; goes with it
  std::vector<data::RecordColumn> record_columns;  // one per column
  std::vector<std::string> defaults;               // per column, SQL text; empty: NULL

  // Views.
  std::string query;
  std::map<std::string, std::string> settings;  // the session's, that the query's meaning hangs on
  std::vector<int64_t> upstream;                // ids of the definitions it reads, each once

  // Where its history begins, if not at 0: of a keyed source or table in its topic, of a view in
  // the streams that it reads (semantics.md).
  Frontier base;

  bool is_keyed() const { return !key_columns.empty(); }
  // Its rows are the log's records themselves: they are decoded, never kept.
  bool is_stream() const { return kind != DefinitionKind::kView && !is_keyed(); }
  data::Types types() const {
    data::Types types;
    for (const sql::Column& column : columns) types.push_back(column.type);
    return types;
  }
};
using DefinitionPtr = std::shared_ptr<const Definition>;

}  // namespace kappa::engine
