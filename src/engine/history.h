#pragma once
// What retention has taken from the history that a view would be made from (semantics.md, "Where
// history begins").

#include <string>
#include <vector>

#include "engine/definer.h"
#include "engine/definition.h"
#include "log/log.h"

namespace kappa::engine {

// Adds a sentence for each partition of the streams among `upstream` that does not begin at offset
// 0. Tables and views are taken over as they stand: nothing of them is missing.
Status add_missing_history(log::Log& log, const RelationMap& relations,
                           const std::vector<int64_t>& upstream, std::vector<std::string>& missing);

// Whether a view may be made from what is there: in the place of another one only if nothing is
// missing, or WITH (start = 'log start') says that the shorter history is meant. Errors: 55000;
// 22023 for unknown options.
Status check_history(const sql::CreateView& statement, bool is_replacement,
                     const std::vector<std::string>& missing);

// A stream of a compacted topic would not be the same after a compaction. Errors: 0A000.
Status check_cleanup_policy(const log::TopicDescription& topic, const Definition& definition);

}  // namespace kappa::engine
