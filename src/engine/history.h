#pragma once
// Where the history of a view begins, and what keeps it in the log until a checkpoint has what it
// contributed (semantics.md, "Where history begins").

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/definer.h"
#include "engine/definition.h"
#include "log/log.h"

namespace kappa::engine {

// What a relation needs of one partition.
struct HistoryHold {
  TopicId topic;
  size_t partition = 0;
  std::unique_ptr<log::Hold> hold;
};
using HistoryHolds = std::vector<HistoryHold>;
// What lies below the frontier is not needed any more.
void move_holds(HistoryHolds& holds, const Frontier& frontier);

struct History {
  Frontier base;                     // the first offset there is of each partition
  HistoryHolds holds;                // from there on
  std::vector<std::string> missing;  // a sentence for each partition that begins too late
};

// Holds a topic's records. They are missing where they begin above `covered`. `on_blocked` is told
// that something waits to be deleted.
StatusOr<History> hold_topic(log::Log& log, const Definition& definition, const Frontier& covered,
                             const std::function<void()>& on_blocked);
// The same for the streams among what a view reads. Tables and views are taken over as they stand:
// nothing of them is missing.
StatusOr<History> hold_upstream(log::Log& log, const RelationMap& relations,
                                const std::vector<int64_t>& upstream, const Frontier& covered,
                                const std::function<void()>& on_blocked);

// Whether a view may be made from what is there: in the place of another one only if nothing is
// missing, or WITH (start = 'log start') says that the shorter history is meant. Errors: 55000;
// 22023 for unknown options.
Status check_history(const sql::CreateView& statement, bool is_replacement,
                     const std::vector<std::string>& missing);

// Why a relation whose state is not there cannot be made again from what is left: 55000.
Status history_is_gone(const Definition& definition, const std::string& missing);

// A base as text for the catalog, and back: topic id -> "0,100"; only topics that do not begin at
// 0.
std::map<std::string, std::string> base_as_text(const Frontier& base);
StatusOr<Frontier> base_from_text(const std::map<std::string, std::string>& text,
                                  const log::Log& log);

// A stream of a compacted topic would not be the same after a compaction. Errors: 0A000.
Status check_cleanup_policy(const log::TopicDescription& topic, const Definition& definition);

}  // namespace kappa::engine
