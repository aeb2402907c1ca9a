#include "engine/snapshot.h"

#include <algorithm>
#include <cctype>

namespace kappa::engine {

std::string lower_case(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return lower;
}

sql::RelationPtr EngineSnapshot::find(const std::string& name, bool is_system) const {
  const auto& names = is_system ? relations_map->system : relations_map->user;
  auto found = names.find(lower_case(name));
  return found == names.end() ? nullptr : found->second;
}

std::vector<sql::RelationPtr> EngineSnapshot::relations(bool is_system) const {
  std::vector<sql::RelationPtr> all;
  for (const auto& [name, relation] : is_system ? relations_map->system : relations_map->user)
    all.push_back(relation);
  return all;
}

DefinitionPtr EngineSnapshot::definition(const std::string& name) const {
  auto found = relations_map->by_name.find(lower_case(name));
  return found == relations_map->by_name.end() ? nullptr : found->second;
}

}  // namespace kappa::engine
