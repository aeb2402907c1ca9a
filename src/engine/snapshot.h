#pragma once
// What readers see: every relation's definition and rows at one frontier. Published whole after
// each step and each change of the catalog; immutable, so a reader keeps its snapshot as long as it
// likes.

#include <map>
#include <memory>
#include <string>

#include "engine/definition.h"
#include "engine/frontier.h"
#include "flow/trace.h"
#include "sql/relation.h"

namespace kappa::engine {

// Rows of a keyed table or a view, and the error rows of a view.
struct RelationState {
  flow::TraceSnapshot contents;  // table: key ++ row; view: row
  flow::TraceSnapshot errors;    // (reason VARCHAR, row VARCHAR) as row encoding
  Status failure;                // not OK: it has stopped, and its rows are not to be read
};

// Names in lower case. Immutable once published.
struct RelationMap {
  std::map<std::string, sql::RelationPtr> user;
  std::map<std::string, sql::RelationPtr> system;
  std::map<int64_t, DefinitionPtr> definitions;  // by id
  std::map<std::string, DefinitionPtr> by_name;  // lower case
};

class EngineSnapshot : public sql::Snapshot {
 public:
  std::shared_ptr<const RelationMap> relations_map;
  Frontier frontier;
  std::map<int64_t, RelationState> states;  // by definition id

  sql::RelationPtr find(const std::string& name, bool is_system) const override;
  std::vector<sql::RelationPtr> relations(bool is_system) const override;
  DefinitionPtr definition(const std::string& name) const;
};
using EngineSnapshotPtr = std::shared_ptr<const EngineSnapshot>;

}  // namespace kappa::engine
