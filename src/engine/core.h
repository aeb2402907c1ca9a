#pragma once
// The engine's heart: changes of the catalog, one at a time, and the replays that they start.
// Sessions call it; it drives the live pipeline.
//
// Thread-safe.

#include <absl/synchronization/mutex.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog_log.h"
#include "engine/checkpointer.h"
#include "engine/definer.h"
#include "engine/engine.h"
#include "engine/live.h"
#include "engine/replay.h"
#include "engine/topic_watch.h"

namespace kappa::engine {

class Core {
 public:
  static StatusOr<std::unique_ptr<Core>> open(env::Env& env, log::Log& log, EngineOptions options);
  ~Core();

  env::Env& env() { return env_; }
  log::Log& log() { return log_; }
  const EngineOptions& options() const { return options_; }
  sql::Database& database() { return *database_; }
  Live& live() { return *live_; }
  Checkpointer& checkpointer() { return *checkpointer_; }

  // `text` is the statement as it will be kept. `is_new` is false when IF NOT EXISTS found one.
  Status create_source(const sql::CreateSource& statement, const std::string& text, bool& is_new);
  Status create_table(const sql::CreateTable& statement, const std::string& text, bool& is_new);
  // Starts the replay; nullptr when IF NOT EXISTS found one. `notices` gets what is missing of the
  // history that it reads.
  StatusOr<std::shared_ptr<Replay>> create_view(const sql::CreateView& statement,
                                                const std::string& text, const Settings& settings,
                                                std::vector<std::string>& notices);
  // `notices` gets what CASCADE took along.
  Status drop(const sql::Drop& statement, std::vector<std::string>& notices);

  // The end of every topic in use, now.
  Frontier log_end() const;
  std::vector<ReplayProgress> replays() const;
  StatusOr<Partitions> partitions(const Definition& definition) const {
    return open_partitions(log_, definition);
  }
  std::string frontier_text(const EngineSnapshot& snapshot, const Definition& view) const;

 private:
  struct Job {
    int64_t id = 0;
    std::shared_ptr<Replay> replay;
    std::string name;            // of the view, lower case
    std::set<int64_t> reads;     // definitions that must stay while it runs
    std::set<int64_t> replaces;  // definitions that it takes the place of
  };
  // What a replay builds: new views in order, and the map with them in it.
  struct Build {
    int64_t job = 0;
    std::vector<std::unique_ptr<ViewNode>> views;
    std::vector<DefinitionPtr> definitions;
    std::vector<int64_t> replaced;
    std::vector<std::string> missing;  // of the history
    // By new view: until it is live, and then the checkpointer's.
    std::shared_ptr<std::map<int64_t, HistoryHolds>> holds =
        std::make_shared<std::map<int64_t, HistoryHolds>>();
  };

  Core(env::Env& env, log::Log& log, EngineOptions options);

  Status restore();
  Status catch_up();
  // On the live thread: the views that read it hold the new partitions too.
  void hold_growth(const Definition& source);
  void restart_jobs();

  Status check_name_is_free(const std::string& name, bool if_not_exists, bool& is_new)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Status add_topic_relation(Definition definition, const sql::Options& options,
                            const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  // Plans over `relations`, and only those: replays that end change what is live at any moment.
  Status plan_create(const sql::CreateView& statement, const std::string& text,
                     const Settings& settings, const std::shared_ptr<const RelationMap>& relations,
                     bool& is_new, Build& build) ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Status plan_build(const sql::CreateView& statement, const std::string& text,
                    const Settings& settings, const DefinitionPtr& existing,
                    std::shared_ptr<const RelationMap> relations, Build& build)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Status plan_dependants(const DefinitionPtr& existing,
                         const std::shared_ptr<const RelationMap>& before, Build& build)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Status plan_drop(const sql::Drop& statement, const EngineSnapshot& snapshot,
                   std::vector<DefinitionPtr>& definitions, std::vector<std::string>& notices) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  StatusOr<std::shared_ptr<Replay>> start_build(Build build)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  // Plans one view of a build, and holds what it is made from; `covered` is where the history of
  // what it replaces begins.
  Status add_to_build(const ViewText& view, const std::shared_ptr<const RelationMap>& relations,
                      const Frontier& covered, Build& build)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Replay::Switch switch_of(const Build& build);
  std::function<void(const Status&)> end_of(const Build& build);
  // Refuses when a running replay replaces, or (if told) reads, one of the definitions.
  Status check_jobs(const std::set<int64_t>& ids, bool reading_counts,
                    const std::string& what) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  void forget_finished_jobs() ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);
  Status drop_all(const std::vector<DefinitionPtr>& definitions)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(ddl_mutex_);

  env::Env& env_;
  log::Log& log_;
  const EngineOptions options_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<CatalogLog> catalog_;
  std::unique_ptr<Live> live_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<TopicWatch> topic_watch_;  // goes before live_

  absl::Mutex
      ddl_mutex_;  // one change of the catalog at a time; held while planning, not replaying
  int64_t next_id_ ABSL_GUARDED_BY(ddl_mutex_) = 1;
  std::vector<CatalogEntry> interrupted_;  // first entry of each job that a stop cut off

  mutable absl::Mutex jobs_mutex_;
  std::vector<Job> jobs_ ABSL_GUARDED_BY(jobs_mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(jobs_mutex_) = false;
};

// The definitions that read `id`, directly or not, in an order in which each comes after what it
// reads.
std::vector<DefinitionPtr> dependants_of(const RelationMap& relations, int64_t id);

}  // namespace kappa::engine
