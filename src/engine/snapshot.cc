#include "engine/snapshot.h"

#include "base/ascii.h"

namespace kappa::engine {

sql::RelationPtr EngineSnapshot::find(const std::string& name, bool is_system) const {
  const auto& names = is_system ? relations_map->system : relations_map->user;
  auto found = names.find(to_lower(name));
  return found == names.end() ? nullptr : found->second;
}

std::vector<sql::RelationPtr> EngineSnapshot::relations(bool is_system) const {
  std::vector<sql::RelationPtr> all;
  for (const auto& [name, relation] : is_system ? relations_map->system : relations_map->user)
    all.push_back(relation);
  return all;
}

DefinitionPtr EngineSnapshot::definition(const std::string& name) const {
  auto found = relations_map->by_name.find(to_lower(name));
  return found == relations_map->by_name.end() ? nullptr : found->second;
}

}  // namespace kappa::engine
