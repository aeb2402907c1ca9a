#pragma once
// From CREATE statements to definitions: types bound by DuckDB, options checked, topics found or
// made, views planned. Every refusal is an SQL error that says what to write instead.

#include <map>
#include <memory>
#include <string>

#include "engine/definition.h"
#include "engine/log_input.h"
#include "engine/snapshot.h"
#include "engine/view_node.h"
#include "log/log.h"
#include "sql/database.h"
#include "sql/statement.h"

namespace kappa::engine {

using Settings = std::map<std::string, std::string>;

// A source or table without id and text. The topic's id is set when the topic exists.
StatusOr<Definition> define_source(sql::Database& database, const sql::CreateSource& statement);
StatusOr<Definition> define_table(sql::Database& database, const sql::CreateTable& statement);

// Finds the definition's topic, or makes it as the options say, and fills in topic_id and
// owns_topic.
Status find_or_make_topic(log::Log& log, const sql::Options& options, Definition& definition);
StatusOr<Partitions> open_partitions(log::Log& log, const Definition& definition);

struct ViewText {
  int64_t id = 0;
  int64_t version = 1;
  std::string sql;
  sql::CreateView statement;
  Settings settings;
};

// Plans a view over the relations of a map and makes its circuit.
StatusOr<std::unique_ptr<ViewNode>> plan_view_node(sql::Database& database,
                                                   std::shared_ptr<const RelationMap> relations,
                                                   const ViewText& view, flow::WorkerPool& workers);

// Copies of a map with one relation more (taking the place of the same name), or one fewer.
std::shared_ptr<const RelationMap> with_relation(const RelationMap& map, DefinitionPtr definition,
                                                 Partitions partitions);
std::shared_ptr<const RelationMap> without_relation(const RelationMap& map, int64_t id);

}  // namespace kappa::engine
