#pragma once
// Schema `kappa`: what the server knows of itself, as relations.

#include "engine/snapshot.h"

namespace kappa::engine {

class Core;

// `core` outlives the map.
void add_system_relations(Core& core, RelationMap& map);

}  // namespace kappa::engine
