#pragma once
// The durable list of topics (`topics`) and the next free producer id (`producer-ids`).

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "env/env.h"
#include "log/log.h"

namespace kappa::log {

// Kafka's rule: 1 to 249 of [a-zA-Z0-9._-], neither "." nor "..". Errors: kInvalidArgument.
Status check_topic_name(std::string_view name);

// Errors: kNotFound in a new log, kDataLoss.
StatusOr<std::vector<TopicDescription>> load_topics(env::Env& env, const std::string& directory);
// On disk when it returns.
Status save_topics(env::Env& env, const std::string& directory,
                   const std::vector<TopicDescription>& topics);

// The first producer id that was never reserved; 0 in a new log.
StatusOr<int64_t> load_producer_ids(env::Env& env, const std::string& directory);
Status save_producer_ids(env::Env& env, const std::string& directory, int64_t next);

}  // namespace kappa::log
