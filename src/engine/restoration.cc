#include "engine/restoration.h"

#include <duckdb/main/connection.hpp>

#include "base/logging.h"
#include "engine/contents_feed.h"
#include "engine/step_size.h"

namespace kappa::engine {
namespace {

constexpr int64_t kReportUs = 1'000'000;

// Why the log does not go with the checkpoint; empty: it does.
std::string mismatch_of(const Checkpoint& checkpoint, const log::Log& log) {
  for (const auto& [topic, offsets] : checkpoint.frontier.topics()) {
    for (size_t i = 0; i < offsets.size(); i++) {
      auto partition = log.partition(topic, static_cast<int32_t>(i));
      if (!partition.ok()) continue;  // the topic was deleted
      const Offset start = (*partition)->log_start(), end = (*partition)->high_watermark();
      if (offsets[i] >= start && offsets[i] <= end) continue;
      return fmt::format("it stands at offset {} of topic {} partition {}, the log has {} to {}",
                         offsets[i], topic, i, start, end);
    }
  }
  return {};
}

}  // namespace

StatusOr<std::optional<Checkpoint>> load_checkpoint(CheckpointStore& store, const log::Log& log) {
  auto checkpoint = store.load();
  std::string why;
  if (checkpoint.ok() && checkpoint->has_value())
    why = mismatch_of(**checkpoint, log);
  else if (absl::IsDataLoss(checkpoint.status()))
    why = std::string(message_of(checkpoint.status()));
  if (why.empty()) return checkpoint;
  LOG_WARN("the checkpoint of the views is not used: {}", why);
  RETURN_IF_ERROR(store.discard());
  return std::nullopt;
}

Restoration::Restoration(Core& core, std::optional<Checkpoint> checkpoint,
                         std::shared_ptr<const RelationMap> relations, Report report)
    : core_(core),
      checkpoint_(std::move(checkpoint)),
      relations_(std::move(relations)),
      report_(std::move(report)) {
  if (checkpoint_) core_.checkpointer().begin_at(checkpoint_->frontier);
}

Status Restoration::add(const CatalogEntry& entry) {
  auto connection = core_.database().connect();
  ASSIGN_OR_RETURN(auto statements, sql::parse(connection->duck(), entry.sql));
  if (statements.size() != 1) return data_loss("its definition is not one statement");
  auto& body = statements.front().body;
  if (auto* source = std::get_if<sql::CreateSource>(&body)) {
    ASSIGN_OR_RETURN(Definition definition, define_source(core_.database(), *source));
    return add_topic(entry, std::move(definition));
  }
  if (auto* table = std::get_if<sql::CreateTable>(&body)) {
    ASSIGN_OR_RETURN(Definition definition, define_table(core_.database(), *table));
    return add_topic(entry, std::move(definition));
  }
  auto* view = std::get_if<sql::CreateView>(&body);
  if (view == nullptr) return data_loss("its definition is no CREATE statement");
  return add_view(entry, *view);
}

void Restoration::lose(const Definition& definition, Status why) {
  core_.checkpointer().leave_out(definition.id);
  lost_[definition.id] = std::move(why);
}

// --- sources and tables

Status Restoration::add_topic(const CatalogEntry& entry, Definition definition) {
  definition.id = entry.id;
  definition.sql = entry.sql;
  definition.topic = entry.topic;
  definition.owns_topic = entry.settings.count("owns_topic") > 0;
  auto found = core_.log().find_topic(entry.topic);
  if (!found.ok() || to_string(found->id) != entry.topic_id)
    return data_loss("its topic was deleted: topic={}", entry.topic);
  definition.topic_id = found->id;
  ASSIGN_OR_RETURN(definition.base, base_from_text(entry.base, core_.log()));
  ASSIGN_OR_RETURN(Partitions partitions, open_partitions(core_.log(), definition));
  auto shared = std::make_shared<const Definition>(std::move(definition));
  ASSIGN_OR_RETURN(History history, hold_topic(core_.log(), *shared, shared->base,
                                               core_.checkpointer().on_blocked()));
  ASSIGN_OR_RETURN(TopicRelation topic, TopicRelation::create(shared, partitions));
  if (topic.table) {
    RETURN_IF_ERROR(load_table(topic, std::move(history)));
  } else if (checkpoint_) {
    topic.node->move_to(checkpoint_->frontier.of(shared->topic_id));
  }
  core_.live().pipeline().add_topic(std::move(topic));
  if (auto lost = lost_.find(shared->id); lost != lost_.end())
    core_.live().pipeline().stop(*shared, lost->second);
  relations_ = with_relation(*relations_, shared, std::move(partitions));
  return OkStatus();
}

Status Restoration::load_table(TopicRelation& topic, History history) {
  const Definition& definition = topic.node->definition();
  const RelationCheckpoint* saved = checkpoint_ ? checkpoint_->find(definition.id) : nullptr;
  Status loaded = saved == nullptr ? not_found("not in the checkpoint") : topic.table->load(*saved);
  if (loaded.ok()) {
    topic.node->move_to(checkpoint_->frontier.of(definition.topic_id));
    core_.checkpointer().hold_loaded(definition.id, std::move(history.holds));
    return OkStatus();
  }
  core_.checkpointer().hold(definition.id, std::move(history.holds));
  if (!history.missing.empty())
    lose(definition, history_is_gone(definition, history.missing.front()));
  const bool is_known = checkpoint_ && !checkpoint_->frontier.of(definition.topic_id).empty();
  return is_known ? topic.catch_up(checkpoint_->frontier) : OkStatus();
}

// --- views

Status Restoration::add_view(const CatalogEntry& entry, const sql::CreateView& statement) {
  ViewText text{entry.id, entry.version, entry.sql, statement, entry.settings};
  ASSIGN_OR_RETURN(auto node,
                   plan_view_node(core_.database(), relations_, text, core_.live().workers()));
  ASSIGN_OR_RETURN(Frontier base, base_from_text(entry.base, core_.log()));
  ASSIGN_OR_RETURN(History history,
                   hold_upstream(core_.log(), *relations_, node->definition().upstream, base,
                                 core_.checkpointer().on_blocked()));
  node->set_base(base);
  Status loaded = load_view(*node);
  if (loaded.ok()) {
    core_.checkpointer().hold_loaded(entry.id, std::move(history.holds));
  } else {
    // What was loaded in part is not used.
    if (absl::IsDataLoss(loaded)) {
      ASSIGN_OR_RETURN(node,
                       plan_view_node(core_.database(), relations_, text, core_.live().workers()));
      node->set_base(base);
    }
    core_.checkpointer().hold(entry.id, std::move(history.holds));
    missing_.insert(entry.id);
    if (!history.missing.empty())
      lose(node->definition(), history_is_gone(node->definition(), history.missing.front()));
    else if (checkpoint_)
      LOG_INFO("view {} is replayed: {}", entry.name, message_of(loaded));
  }
  relations_ = with_relation(*relations_, node->definition_ptr(), {});
  views_[entry.id] = std::move(node);
  return OkStatus();
}

Status Restoration::load_view(ViewNode& view) {
  const RelationCheckpoint* saved = checkpoint_ ? checkpoint_->find(view.definition().id) : nullptr;
  if (saved == nullptr) return not_found("it is not in the checkpoint");
  return view.load(*saved);
}

Status Restoration::finish() {
  lose_readers();
  for (const auto& [id, why] : lost_) missing_.erase(id);
  // Without a checkpoint everything stands at the beginning, which is where new nodes are.
  if (checkpoint_ && !missing_.empty()) RETURN_IF_ERROR(replay_missing());
  lose_readers();
  Pipeline& pipeline = core_.live().pipeline();
  for (auto& [id, node] : views_) {
    DefinitionPtr definition = node->definition_ptr();
    pipeline.add_view(std::move(node));
    if (auto lost = lost_.find(id); lost != lost_.end()) pipeline.stop(*definition, lost->second);
  }
  views_.clear();
  return OkStatus();
}

// What reads something lost cannot go on either.
void Restoration::lose_readers() {
  for (const auto& [id, node] : views_) {
    for (int64_t upstream : node->definition().upstream) {
      auto lost = lost_.find(upstream);
      if (lost != lost_.end() && lost_.count(id) == 0) lose(node->definition(), lost->second);
    }
  }
}

flow::TraceSnapshot Restoration::contents_of(int64_t id) const {
  if (auto view = views_.find(id); view != views_.end()) return view->second->state().contents;
  return core_.live().pipeline().states().at(id).contents;
}

// In a pipeline of their own, as a replay does: what they read of tables and other views stands at
// the checkpoint's frontier already, and the streams are read up to it.
Status Restoration::replay_missing() {
  Pipeline pipeline(core_.log(), core_.live().workers());
  std::set<int64_t> streams, kept;
  for (int64_t id : missing_) {
    for (int64_t upstream : views_.at(id)->definition().upstream) {
      auto found = relations_->definitions.find(upstream);
      if (found == relations_->definitions.end() || missing_.count(upstream)) continue;
      (found->second->is_stream() ? streams : kept).insert(upstream);
    }
  }
  for (int64_t id : streams) {
    const DefinitionPtr& definition = relations_->definitions.at(id);
    ASSIGN_OR_RETURN(Partitions partitions, open_partitions(core_.log(), *definition));
    ASSIGN_OR_RETURN(TopicRelation topic, TopicRelation::create(definition, std::move(partitions)));
    pipeline.add_topic(std::move(topic));
  }
  std::vector<DefinitionPtr> replayed;
  for (int64_t id : missing_) {
    replayed.push_back(views_.at(id)->definition_ptr());
    pipeline.add_view(std::move(views_.at(id)));
  }
  RETURN_IF_ERROR(feed_missing(pipeline, streams, kept));
  for (const DefinitionPtr& definition : replayed) {
    Status failure = pipeline.failure_of(definition->id);
    if (!failure.ok()) lost_.emplace(definition->id, std::move(failure));
  }
  for (auto& node : pipeline.release_views()) views_[node->definition().id] = std::move(node);
  return OkStatus();
}

Status Restoration::feed_missing(Pipeline& pipeline, const std::set<int64_t>& streams,
                                 const std::set<int64_t>& kept) {
  StepSize size;
  auto step = [&](const Frontier& target) -> Status {
    const int64_t begin_us = core_.env().monotonic_us();
    RETURN_IF_ERROR(pipeline.step(target, size.bytes()));
    size.adapt(core_.env().monotonic_us() - begin_us);
    return OkStatus();
  };
  for (int64_t id : kept) {
    RETURN_IF_ERROR(feed_contents(pipeline, *relations_->definitions.at(id), contents_of(id),
                                  [&] { return step(Frontier()); }));
  }
  RETURN_IF_ERROR(step(Frontier()));
  // Only the streams' topics: what else the checkpoint knows is not in this pipeline.
  Frontier target;
  for (int64_t id : streams) {
    const TopicId& topic = relations_->definitions.at(id)->topic_id;
    if (!checkpoint_->frontier.of(topic).empty())
      target.set(topic, checkpoint_->frontier.of(topic));
  }
  int64_t reported_us = core_.env().monotonic_us();
  while (!pipeline.frontier().covers(target)) {
    RETURN_IF_ERROR(step(target));
    if (!report_ || core_.env().monotonic_us() - reported_us < kReportUs) continue;
    reported_us = core_.env().monotonic_us();
    report_(fmt::format("replaying views that the checkpoint has not: {} records",
                        pipeline.records_read()));
  }
  return OkStatus();
}

}  // namespace kappa::engine
