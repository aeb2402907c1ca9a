#pragma once
// The engine: sources, tables and views over one log, kept up to date by steps, and the sessions
// that read and change them. Owns the DuckDB instance, the live pipeline and its threads, and
// running replays. Definitions come from the log (topic __kappa_catalog), so opening an engine on a
// log restores everything: views go on from the newest checkpoint, or are rebuilt by replay, before
// open() returns.
//
// Thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "engine/session.h"
#include "env/env.h"
#include "log/log.h"

namespace kappa::engine {

// Where a consumer group stands in one partition; a group that has committed nothing has one
// without a topic.
struct GroupPlace {
  std::string group;
  std::string state;
  int64_t member_count = 0;
  std::string topic;
  int32_t partition = 0;
  int64_t committed = -1;
};

struct EngineOptions {
  // Where checkpoints of views are kept; empty: none, so that every start replays all of the log.
  std::string state_directory;
  size_t worker_count = 1;
  int64_t memory_bytes = int64_t{4} << 30;
  // Called while open() rebuilds views: how far it is, for people.
  std::function<void(const std::string& progress)> on_progress;
  // All consumer groups, for relation kappa.groups; empty: there are none.
  std::function<std::vector<GroupPlace>()> group_places;
  // The transactional id of each producer that has one, for relation kappa.transactions; empty:
  // none has.
  std::function<std::map<int64_t, std::string>()> transactional_ids;
};

class Engine {
 public:
  static StatusOr<std::unique_ptr<Engine>> open(env::Env& env, log::Log& log,
                                                EngineOptions options);
  // Stops steps and replays. Sessions must be gone.
  virtual ~Engine() = default;

  virtual std::unique_ptr<Session> connect() = 0;

  // Runs statements on the DuckDB instance itself, at start-up only (the pg_catalog of `serve`).
  virtual Status bootstrap(const std::string& sql) = 0;
};

}  // namespace kappa::engine
