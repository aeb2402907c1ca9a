#include "engine/core.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/logging.h"
#include "engine/history.h"
#include "engine/system_relations.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

// Entries of one relation at the head of a job or on their own.
CatalogEntry entry_of(const Definition& definition, int64_t job) {
  CatalogEntry entry;
  entry.operation = "define";
  entry.id = definition.id;
  entry.job = job;
  entry.kind = definition.kind == DefinitionKind::kSource  ? "source"
               : definition.kind == DefinitionKind::kTable ? "table"
                                                           : "view";
  entry.name = definition.name;
  entry.version = definition.version;
  entry.topic = definition.topic;
  if (!definition.topic.empty()) entry.topic_id = to_string(definition.topic_id);
  entry.sql = definition.sql;
  entry.settings = definition.settings;
  if (definition.owns_topic) entry.settings["owns_topic"] = "true";
  entry.base = base_as_text(definition.base);
  return entry;
}

CatalogEntry job_entry(const std::string& operation, int64_t job) {
  CatalogEntry entry;
  entry.operation = operation;
  entry.job = job;
  return entry;
}

DefinitionKind dropped_kind(sql::DropKind kind) {
  switch (kind) {
    case sql::DropKind::kSource:
      return DefinitionKind::kSource;
    case sql::DropKind::kTable:
      return DefinitionKind::kTable;
    default:
      return DefinitionKind::kView;
  }
}

}  // namespace

std::vector<DefinitionPtr> dependants_of(const RelationMap& relations, int64_t id) {
  std::set<int64_t> reached{id};
  std::vector<DefinitionPtr> found;
  // Ids grow in the order of definition, and what a view reads was there before it.
  for (const auto& [one, definition] : relations.definitions) {
    bool reads = std::any_of(definition->upstream.begin(), definition->upstream.end(),
                             [&](int64_t upstream) { return reached.count(upstream) > 0; });
    if (!reads) continue;
    reached.insert(one);
    found.push_back(definition);
  }
  return found;
}

Core::Core(env::Env& env, log::Log& log, EngineOptions options)
    : env_(env), log_(log), options_(std::move(options)) {}

Core::~Core() {
  topic_watch_.reset();
  std::vector<Job> jobs;
  {
    absl::MutexLock lock(&jobs_mutex_);
    is_stopping_ = true;
    jobs.swap(jobs_);
  }
  for (Job& job : jobs) job.replay->cancel();
  jobs.clear();
  if (checkpointer_) checkpointer_->stop();
  if (live_) live_->stop();
}

Status Core::check_name_is_free(const std::string& name, bool if_not_exists, bool& is_new) {
  is_new = true;
  if (name.find('$') != std::string::npos)
    return sql::make_error({"42602", fmt::format("name \"{}\" contains $", name), "",
                            "names with $ belong to error relations"});
  // Jobs first: one that is over has its relations in the snapshot already.
  bool is_being_made = false;
  {
    absl::MutexLock lock(&jobs_mutex_);
    for (const Job& job : jobs_)
      is_being_made |= job.name == to_lower(name) && !job.replay->is_over();
  }
  if (DefinitionPtr existing = live_->snapshot()->definition(name)) {
    is_new = false;
    if (if_not_exists) return OkStatus();
    return sql::make_error({"42P07", fmt::format("relation \"{}\" already exists", name)});
  }
  if (!is_being_made) return OkStatus();
  return sql::make_error(
      {"55006", fmt::format("\"{}\" is being created", name), "", "see kappa.replays"});
}

Status Core::add_topic_relation(Definition definition, const sql::Options& options,
                                const std::string& text) {
  RETURN_IF_ERROR(find_or_make_topic(log_, options, definition));
  definition.id = next_id_++;
  definition.sql = text;
  ASSIGN_OR_RETURN(auto claim, topic_watch_->claim(std::make_shared<const Definition>(definition)));
  ASSIGN_OR_RETURN(Partitions partitions, open_partitions(log_, definition));
  HistoryHolds holds;
  if (definition.is_keyed()) {
    ASSIGN_OR_RETURN(History history,
                     hold_topic(log_, definition, Frontier(), checkpointer_->on_blocked()));
    definition.base = std::move(history.base);
    holds = std::move(history.holds);
  }
  auto shared = std::make_shared<const Definition>(std::move(definition));
  ASSIGN_OR_RETURN(TopicRelation topic, TopicRelation::create(shared, partitions));
  // Most of the history is read here; the live thread waits for the rest only.
  RETURN_IF_ERROR(topic.catch_up(live_->snapshot()->frontier));
  RETURN_IF_ERROR(catalog_->write({entry_of(*shared, 0)}));
  return live_->run([&](Live::State& state) -> Status {
    // The topic may have grown: all that read it have the same partitions.
    grow_relations(state);
    if (const TopicNode* other = state.pipeline.node_of(shared->topic_id))
      topic.node->grow(other->partitions());
    RETURN_IF_ERROR(topic.catch_up(state.pipeline.frontier()));
    checkpointer_->hold(shared->id, std::move(holds));
    state.relations = with_relation(*state.relations, shared, topic.node->partitions());
    state.pipeline.add_topic(std::move(topic));
    return OkStatus();
  });
}

void Core::hold_growth(const Definition& source) {
  for (const auto& [id, definition] : live_->state().relations->definitions) {
    const std::vector<int64_t>& upstream = definition->upstream;
    if (std::find(upstream.begin(), upstream.end(), source.id) == upstream.end()) continue;
    auto history = hold_topic(log_, source, Frontier(), checkpointer_->on_blocked());
    if (history.ok()) checkpointer_->hold_too(id, std::move(history->holds));
  }
}

Status Core::create_source(const sql::CreateSource& statement, const std::string& text,
                           bool& is_new) {
  absl::MutexLock lock(&ddl_mutex_);
  RETURN_IF_ERROR(check_name_is_free(statement.name, statement.if_not_exists, is_new));
  if (!is_new) return OkStatus();
  ASSIGN_OR_RETURN(Definition definition, define_source(*database_, statement));
  return add_topic_relation(std::move(definition), statement.options, text);
}

Status Core::create_table(const sql::CreateTable& statement, const std::string& text,
                          bool& is_new) {
  absl::MutexLock lock(&ddl_mutex_);
  RETURN_IF_ERROR(check_name_is_free(statement.name, statement.if_not_exists, is_new));
  if (!is_new) return OkStatus();
  ASSIGN_OR_RETURN(Definition definition, define_table(*database_, statement));
  return add_topic_relation(std::move(definition), statement.options, text);
}

StatusOr<std::shared_ptr<Replay>> Core::create_view(const sql::CreateView& statement,
                                                    const std::string& text,
                                                    const Settings& settings,
                                                    std::vector<std::string>& notices) {
  absl::MutexLock lock(&ddl_mutex_);
  forget_finished_jobs();
  while (true) {
    auto relations = live_->snapshot()->relations_map;
    Build build;
    bool is_new = true;
    RETURN_IF_ERROR(plan_create(statement, text, settings, relations, is_new, build));
    if (!is_new) return std::shared_ptr<Replay>();
    // A replay that ended meanwhile has put others in the place of what was planned with.
    if (live_->snapshot()->relations_map != relations) continue;
    notices = build.missing;
    return start_build(std::move(build));
  }
}

Status Core::plan_create(const sql::CreateView& statement, const std::string& text,
                         const Settings& settings,
                         const std::shared_ptr<const RelationMap>& relations, bool& is_new,
                         Build& build) {
  auto found = relations->by_name.find(to_lower(statement.name));
  DefinitionPtr existing = found == relations->by_name.end() ? nullptr : found->second;
  if (existing && existing->kind != DefinitionKind::kView && statement.or_replace)
    return sql::make_error({"42809", fmt::format("\"{}\" is a {}, not a materialized view",
                                                 statement.name, name_of(existing->kind))});
  if (!existing || !statement.or_replace) {
    RETURN_IF_ERROR(check_name_is_free(statement.name, statement.if_not_exists, is_new));
    if (!is_new) return OkStatus();
  }
  RETURN_IF_ERROR(plan_build(statement, text, settings, existing, relations, build));
  return check_history(statement, existing != nullptr, build.missing);
}

Status Core::plan_build(const sql::CreateView& statement, const std::string& text,
                        const Settings& settings, const DefinitionPtr& existing,
                        std::shared_ptr<const RelationMap> relations, Build& build) {
  build.job = next_id_++;
  ViewText view{next_id_++, existing ? existing->version + 1 : 1, text, statement, settings};
  RETURN_IF_ERROR(add_to_build(view, relations, existing ? existing->base : Frontier(), build));
  const std::vector<int64_t>& upstream = build.definitions.front()->upstream;
  std::set<int64_t> reads(upstream.begin(), upstream.end());
  std::string what = fmt::format("a relation that \"{}\" reads", statement.name);
  RETURN_IF_ERROR(check_jobs(reads, false, what));
  if (!existing) return OkStatus();
  if (reads.count(existing->id))
    return sql::make_error({"42P17", fmt::format("view \"{}\" would read itself", statement.name)});
  for (const DefinitionPtr& dependant : dependants_of(*relations, existing->id)) {
    if (reads.count(dependant->id))
      return sql::make_error({"42P17", fmt::format("view \"{}\" would read itself through \"{}\"",
                                                   statement.name, dependant->name)});
  }
  build.replaced.push_back(existing->id);
  return plan_dependants(existing, std::move(relations), build);
}

Status Core::plan_dependants(const DefinitionPtr& existing,
                             const std::shared_ptr<const RelationMap>& before, Build& build) {
  auto connection = database_->connect();
  auto relations = with_relation(*before, build.definitions.front(), {});
  for (const DefinitionPtr& dependant : dependants_of(*before, existing->id)) {
    ASSIGN_OR_RETURN(auto parsed, sql::parse(connection->duck(), dependant->sql));
    ViewText view{next_id_++, dependant->version, dependant->sql,
                  std::get<sql::CreateView>(parsed.front().body), dependant->settings};
    Status added = add_to_build(view, relations, dependant->base, build);
    if (!added.ok()) {
      return sql::make_error(
          {"2BP01",
           fmt::format("cannot replace \"{}\": view \"{}\" reads it and would not work: {}",
                       existing->name, dependant->name, message_of(added)),
           "", fmt::format("change or drop \"{}\" first", dependant->name)});
    }
    build.replaced.push_back(dependant->id);
    relations = with_relation(*relations, build.definitions.back(), {});
  }
  return check_jobs({build.replaced.begin(), build.replaced.end()}, true,
                    "the view or one that reads it");
}

Status Core::add_to_build(const ViewText& view, const std::shared_ptr<const RelationMap>& relations,
                          const Frontier& covered, Build& build) {
  ASSIGN_OR_RETURN(auto node, plan_view_node(*database_, relations, view, live_->workers()));
  ASSIGN_OR_RETURN(History history, hold_upstream(log_, *relations, node->definition().upstream,
                                                  covered, checkpointer_->on_blocked()));
  node->set_base(std::move(history.base));
  (*build.holds)[view.id] = std::move(history.holds);
  build.missing.insert(build.missing.end(), history.missing.begin(), history.missing.end());
  build.definitions.push_back(node->definition_ptr());
  build.views.push_back(std::move(node));
  return OkStatus();
}

StatusOr<std::shared_ptr<Replay>> Core::start_build(Build build) {
  std::vector<CatalogEntry> entries;
  Job job{build.job, nullptr, to_lower(build.definitions.front()->name)};
  job.replaces.insert(build.replaced.begin(), build.replaced.end());
  std::set<int64_t> made;
  for (const DefinitionPtr& definition : build.definitions) {
    entries.push_back(entry_of(*definition, build.job));
    made.insert(definition->id);
    job.reads.insert(definition->upstream.begin(), definition->upstream.end());
  }
  for (int64_t id : made) job.reads.erase(id);
  job.replay = std::make_shared<Replay>(
      env_, *live_, flow::make_worker_pool(options_.worker_count, true), std::move(build.views),
      build.replaced, switch_of(build), end_of(build));
  auto relations = live_->snapshot()->relations_map;
  for (int64_t id : job.reads) {
    const DefinitionPtr& definition = relations->definitions.at(id);
    if (!definition->is_stream()) {
      job.replay->add_upstream(definition);
      continue;
    }
    ASSIGN_OR_RETURN(Partitions partitions, open_partitions(log_, *definition));
    RETURN_IF_ERROR(job.replay->add_stream(definition, std::move(partitions)));
  }
  RETURN_IF_ERROR(catalog_->write(entries));
  RETURN_IF_ERROR(job.replay->start());
  std::shared_ptr<Replay> replay = job.replay;
  absl::MutexLock lock(&jobs_mutex_);
  jobs_.push_back(std::move(job));
  return replay;
}

// On the live thread: one record of the catalog, and the new definitions are the ones.
Replay::Switch Core::switch_of(const Build& build) {
  return [this, job = build.job, definitions = build.definitions, replaced = build.replaced,
          holds = build.holds](Live::State& state) -> Status {
    RETURN_IF_ERROR(catalog_->write({job_entry("commit", job)}));
    for (auto& [id, held] : *holds) checkpointer_->hold(id, std::move(held));
    holds->clear();
    for (int64_t id : replaced) {
      checkpointer_->release(id);
      state.relations = without_relation(*state.relations, id);
    }
    for (const DefinitionPtr& definition : definitions)
      state.relations = with_relation(*state.relations, definition, {});
    return OkStatus();
  };
}

std::function<void(const Status&)> Core::end_of(const Build& build) {
  return [this, job = build.job, holds = build.holds](const Status& status) {
    holds->clear();
    bool is_stopping;
    {
      absl::MutexLock lock(&jobs_mutex_);
      is_stopping = is_stopping_;
    }
    // A stop does not end the attempt: it starts again at the next start.
    if (status.ok() || is_stopping) return;
    Status written = catalog_->write({job_entry("abort", job)});
    if (!written.ok()) LOG_ERROR("cannot note the end of a replay: {}", message_of(written));
  };
}

Status Core::check_jobs(const std::set<int64_t>& ids, bool reading_counts,
                        const std::string& what) const {
  absl::MutexLock lock(&jobs_mutex_);
  for (const Job& job : jobs_) {
    if (job.replay->is_over()) continue;
    for (int64_t id : ids) {
      bool is_in_use = job.replaces.count(id) > 0 || (reading_counts && job.reads.count(id) > 0);
      if (!is_in_use) continue;
      return sql::make_error({"55006",
                              fmt::format("{} is in use by the replay of \"{}\"", what, job.name),
                              "", "wait until it is done (kappa.replays) or cancel it"});
    }
  }
  return OkStatus();
}

void Core::forget_finished_jobs() {
  absl::MutexLock lock(&jobs_mutex_);
  constexpr size_t kFinishedKept = 100;
  size_t finished = std::count_if(jobs_.begin(), jobs_.end(),
                                  [](const Job& job) { return job.replay->is_over(); });
  for (auto it = jobs_.begin(); it != jobs_.end() && finished > kFinishedKept;) {
    bool is_over = it->replay->is_over();
    finished -= is_over;
    it = is_over ? jobs_.erase(it) : it + 1;
  }
}

Status Core::drop(const sql::Drop& statement, std::vector<std::string>& notices) {
  absl::MutexLock lock(&ddl_mutex_);
  while (true) {
    EngineSnapshotPtr snapshot = live_->snapshot();
    notices.clear();
    std::vector<DefinitionPtr> definitions;
    RETURN_IF_ERROR(plan_drop(statement, *snapshot, definitions, notices));
    if (definitions.empty()) return OkStatus();
    // A replay that ended meanwhile has put others in their place.
    if (live_->snapshot()->relations_map == snapshot->relations_map) return drop_all(definitions);
  }
}

Status Core::plan_drop(const sql::Drop& statement, const EngineSnapshot& snapshot,
                       std::vector<DefinitionPtr>& definitions,
                       std::vector<std::string>& notices) const {
  const DefinitionKind kind = dropped_kind(statement.kind);
  std::map<int64_t, DefinitionPtr> going;
  for (const std::string& name : statement.names) {
    DefinitionPtr definition = snapshot.definition(name);
    if (!definition) {
      std::string message = fmt::format("{} \"{}\" does not exist", name_of(kind), name);
      if (!statement.if_exists) return sql::make_error({"42P01", message});
      notices.push_back(message + ", skipping");
      continue;
    }
    if (definition->kind != kind)
      return sql::make_error({"42809",
                              fmt::format("\"{}\" is a {}", name, name_of(definition->kind)), "",
                              fmt::format("use DROP {}", name_of(definition->kind))});
    going[definition->id] = definition;
  }
  std::map<int64_t, DefinitionPtr> all = going;
  for (const auto& [id, definition] : going) {
    for (const DefinitionPtr& dependant : dependants_of(*snapshot.relations_map, id)) {
      if (going.count(dependant->id)) continue;
      if (!statement.is_cascade)
        return sql::make_error({"2BP01",
                                fmt::format("cannot drop \"{}\": view \"{}\" reads it",
                                            definition->name, dependant->name),
                                "", "use DROP … CASCADE to drop what reads it too"});
      if (all.emplace(dependant->id, dependant).second)
        notices.push_back(fmt::format("drop cascades to materialized view {}", dependant->name));
    }
  }
  std::set<int64_t> ids;
  for (const auto& [id, definition] : all) {
    ids.insert(id);
    definitions.push_back(definition);
  }
  return check_jobs(ids, true, "the relation");
}

Status Core::drop_all(const std::vector<DefinitionPtr>& definitions) {
  std::vector<CatalogEntry> entries;
  for (const DefinitionPtr& definition : definitions) {
    CatalogEntry entry;
    entry.operation = "drop";
    entry.id = definition->id;
    entry.name = definition->name;
    entries.push_back(std::move(entry));
  }
  RETURN_IF_ERROR(catalog_->write(entries));
  RETURN_IF_ERROR(live_->run([&](Live::State& state) {
    for (auto it = definitions.rbegin(); it != definitions.rend(); ++it) {
      checkpointer_->release((*it)->id);
      state.pipeline.remove((*it)->id);
      state.relations = without_relation(*state.relations, (*it)->id);
    }
    return OkStatus();
  }));
  for (const DefinitionPtr& definition : definitions) {
    if (!definition->owns_topic) continue;
    Status status = log_.delete_topic(definition->topic_id);
    if (!status.ok()) LOG_WARN("topic of a dropped table stays: {}", message_of(status));
  }
  return OkStatus();
}

Frontier Core::log_end() const {
  Frontier end;
  EngineSnapshotPtr snapshot = live_->snapshot();
  for (const auto& [id, definition] : snapshot->relations_map->definitions) {
    if (definition->topic.empty()) continue;
    auto partitions = open_partitions(log_, *definition);
    if (!partitions.ok()) continue;
    for (size_t i = 0; i < partitions->size(); i++)
      end.raise(definition->topic_id, i, (*partitions)[i]->stable_end());
  }
  return end;
}

std::vector<ReplayProgress> Core::replays() const {
  absl::MutexLock lock(&jobs_mutex_);
  std::vector<ReplayProgress> all;
  for (const Job& job : jobs_) all.push_back(job.replay->progress());
  return all;
}

std::string Core::frontier_text(const EngineSnapshot& snapshot, const Definition& view) const {
  std::set<int64_t> reached{view.id};
  std::string text;
  const auto& definitions = snapshot.relations_map->definitions;
  for (auto it = definitions.rbegin(); it != definitions.rend(); ++it) {
    const Definition& definition = *it->second;
    if (reached.count(definition.id) == 0) continue;
    reached.insert(definition.upstream.begin(), definition.upstream.end());
    const std::vector<Offset>& offsets = snapshot.frontier.of(definition.topic_id);
    if (definition.topic.empty()) continue;
    for (size_t i = 0; i < offsets.size(); i++)
      text += fmt::format("{}{}/{}@{}", text.empty() ? "" : " ", definition.topic, i, offsets[i]);
  }
  return text;
}

}  // namespace kappa::engine
