#pragma once
// The cluster's id: drawn once per data directory and told to every Kafka client.

#include <string>

#include "base/status.h"
#include "env/env.h"

namespace kappa::app {

// Reads `<directory>/cluster`, or makes it. 22 characters, as Kafka's ids are written.
StatusOr<std::string> cluster_id(env::Env& env, const std::string& directory);

}  // namespace kappa::app
