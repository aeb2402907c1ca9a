#pragma once
// Definitions as relations that DuckDB can read: streams are decoded from the log, keyed tables and
// views come from their traces, `<name>$errors` from either.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/definition.h"
#include "engine/log_input.h"
#include "engine/snapshot.h"
#include "sql/relation.h"

namespace kappa::engine {

// A source, table or view under its own name. `partitions` are its topic's (streams and tables).
sql::RelationPtr make_relation(DefinitionPtr definition, Partitions partitions);
// Its `<name>$errors`.
sql::RelationPtr make_errors_relation(DefinitionPtr definition, Partitions partitions);

// A relation of schema `kappa`: its rows are made when it is read.
using SystemRows = std::function<std::vector<std::vector<duckdb::Value>>(const EngineSnapshot&)>;
sql::RelationPtr make_system_relation(std::string name, std::vector<sql::Column> columns,
                                      SystemRows rows);

// The rows of a trace as chunks of the given types: weights are unfolded, `key_prefix` says whether
// a key stands before each row.
std::unique_ptr<sql::RowReader> make_trace_reader(flow::TraceSnapshot trace, data::Types types,
                                                  bool key_prefix, std::vector<size_t> columns);

}  // namespace kappa::engine
