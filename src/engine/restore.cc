// Opening: the catalog's entries become definitions again, their states are loaded, and the live
// pipeline reads the rest of the history, in large steps, before the first answer.

#include <map>

#include "base/ascii.h"
#include "base/logging.h"
#include "engine/core.h"
#include "engine/restoration.h"
#include "engine/step_size.h"
#include "engine/system_relations.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

// What is left when every entry has been applied: the relations there are, and unfinished jobs.
struct Restored {
  std::map<int64_t, CatalogEntry> live;                  // by id
  std::map<int64_t, std::vector<CatalogEntry>> pending;  // by job
  int64_t id_max = 0;

  void apply(const CatalogEntry& entry) {
    id_max = std::max({id_max, entry.id, entry.job});
    if (entry.operation == "define" && entry.job == 0)
      live[entry.id] = entry;
    else if (entry.operation == "define")
      pending[entry.job].push_back(entry);
    else if (entry.operation == "drop")
      live.erase(entry.id);
    else if (entry.operation == "abort")
      pending.erase(entry.job);
    else if (entry.operation == "commit")
      commit(entry.job);
  }

 private:
  void commit(int64_t job) {
    for (const CatalogEntry& entry : pending[job]) {
      std::erase_if(
          live, [&](const auto& old) { return to_lower(old.second.name) == to_lower(entry.name); });
      live[entry.id] = entry;
    }
    pending.erase(job);
  }
};

}  // namespace

StatusOr<std::unique_ptr<Core>> Core::open(env::Env& env, log::Log& log, EngineOptions options) {
  std::unique_ptr<Core> core(new Core(env, log, std::move(options)));
  sql::DatabaseOptions database_options;
  database_options.memory_bytes = core->options_.memory_bytes / 2;
  database_options.thread_count = core->options_.worker_count;
  ASSIGN_OR_RETURN(core->database_, sql::Database::open(database_options));
  ASSIGN_OR_RETURN(core->catalog_, CatalogLog::open(env, log));
  RETURN_IF_ERROR(core->restore());
  Status status = core->catch_up();
  if (status.ok()) {
    RETURN_IF_ERROR(core->live_->start());
  } else {
    core->live_->start_failed(status);
  }
  core->topic_watch_ = std::make_unique<TopicWatch>(log, *core->live_);
  if (status.ok()) {
    core->checkpointer_->start();
    core->restart_jobs();
  }
  return core;
}

Status Core::restore() {
  ASSIGN_OR_RETURN(std::vector<CatalogEntry> entries, catalog_->read());
  Restored restored;
  for (const CatalogEntry& entry : entries) restored.apply(entry);
  {
    absl::MutexLock lock(&ddl_mutex_);
    next_id_ = restored.id_max + 1;
  }
  auto relations = std::make_shared<RelationMap>();
  add_system_relations(*this, *relations);
  live_ = std::make_unique<Live>(env_, log_, flow::make_worker_pool(options_.worker_count, false),
                                 relations);
  std::unique_ptr<CheckpointStore> store;
  std::optional<Checkpoint> checkpoint;
  if (!options_.state_directory.empty()) {
    ASSIGN_OR_RETURN(store, CheckpointStore::open(env_, options_.state_directory));
    ASSIGN_OR_RETURN(checkpoint, load_checkpoint(*store, log_));
  }
  checkpointer_ = std::make_unique<Checkpointer>(env_, *live_, std::move(store));
  live_->on_step([this](int64_t bytes) { checkpointer_->note_bytes(bytes); });
  live_->on_growth([this](const Definition& source) { hold_growth(source); });
  Restoration restoration(*this, std::move(checkpoint), relations, options_.on_progress);
  for (const auto& [id, entry] : restored.live) {
    Status status = restoration.add(entry);
    // One relation that cannot be had (its topic is gone) must not keep the others from starting;
    // what reads it is left out in its turn. The catalog keeps the definition.
    if (!status.ok())
      LOG_ERROR("{} {} is left out: {}", entry.kind, entry.name, message_of(status));
  }
  RETURN_IF_ERROR(restoration.finish());
  live_->state().relations = restoration.relations();
  for (const auto& [job, pending] : restored.pending) {
    RETURN_IF_ERROR(catalog_->write({{.operation = "abort", .job = job}}));
    interrupted_.push_back(pending.front());
  }
  return OkStatus();
}

Status Core::catch_up() {
  Pipeline& pipeline = live_->pipeline();
  Frontier end = pipeline.end();
  int64_t total = 0;
  for (const auto& [id, node] : pipeline.topics())
    for (size_t i = 0; i < node->partitions().size(); i++)
      total += node->partitions()[i]->last_stable() - node->position()[i];
  int64_t reported_us = env_.monotonic_us();
  StepSize size;
  do {
    int64_t begin_us = env_.monotonic_us();
    RETURN_IF_ERROR(pipeline.step(end, size.bytes()));
    size.adapt(env_.monotonic_us() - begin_us);
    if (!options_.on_progress || env_.monotonic_us() - reported_us < 1'000'000) continue;
    reported_us = env_.monotonic_us();
    options_.on_progress(
        fmt::format("restoring views: {} of {} records", pipeline.records_read(), total));
  } while (!pipeline.frontier().covers(end));
  return OkStatus();
}

// Replays that were running when the server stopped start again, in the background.
void Core::restart_jobs() {
  auto connection = database_->connect();
  for (const CatalogEntry& entry : interrupted_) {
    auto parsed = sql::parse(connection->duck(), entry.sql);
    if (!parsed.ok()) continue;
    auto* view = std::get_if<sql::CreateView>(&parsed->front().body);
    if (view == nullptr) continue;
    std::vector<std::string> notices;
    auto started = create_view(*view, entry.sql, entry.settings, notices);
    if (started.ok())
      LOG_INFO("replay starts again: view={}", entry.name);
    else
      LOG_WARN("replay does not start again: view={}: {}", entry.name,
               message_of(started.status()));
  }
  interrupted_.clear();
}

}  // namespace kappa::engine
