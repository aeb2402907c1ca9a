#include "engine/recompute.h"

#include <cstdlib>
#include <duckdb/main/connection.hpp>
#include <set>

#include "engine/contents_feed.h"
#include "sql/error.h"

namespace kappa::engine {
namespace {

constexpr StepBytes kStep{16 << 20, 64 << 20};

StatusOr<ViewText> text_of(sql::Database& database, const Definition& view) {
  auto connection = database.connect();
  ASSIGN_OR_RETURN(auto statements, sql::parse(connection->duck(), view.sql));
  auto* create =
      statements.size() == 1 ? std::get_if<sql::CreateView>(&statements[0].body) : nullptr;
  if (create == nullptr) return internal_error("definition is no view: name={}", view.name);
  return ViewText{view.id, view.version, view.sql, *create, view.settings};
}

class Recomputation {
 public:
  Recomputation(Core& core, EngineSnapshotPtr snapshot, const std::function<bool()>& is_cancelled,
                size_t worker_count)
      : core_(core),
        snapshot_(std::move(snapshot)),
        is_cancelled_(is_cancelled),
        workers_(flow::make_worker_pool(worker_count, true)),
        pipeline_(core.log(), *workers_) {}

  StatusOr<RelationState> run(const Definition& view) {
    ASSIGN_OR_RETURN(ViewText text, text_of(core_.database(), view));
    ASSIGN_OR_RETURN(auto node,
                     plan_view_node(core_.database(), snapshot_->relations_map, text, *workers_));
    std::vector<DefinitionPtr> kept;
    for (int64_t id : view.upstream) {
      const DefinitionPtr& upstream = snapshot_->relations_map->definitions.at(id);
      if (!upstream->is_stream()) {
        kept.push_back(upstream);
        continue;
      }
      ASSIGN_OR_RETURN(Partitions partitions, core_.partitions(*upstream));
      ASSIGN_OR_RETURN(TopicRelation topic, TopicRelation::create(upstream, std::move(partitions)));
      pipeline_.add_topic(std::move(topic));
    }
    ViewNode* made = node.get();
    pipeline_.add_view(std::move(node));
    for (const DefinitionPtr& upstream : kept) {
      RETURN_IF_ERROR(feed_contents(pipeline_, *upstream,
                                    snapshot_->states.at(upstream->id).contents,
                                    [this] { return step(Frontier()); }));
    }
    RETURN_IF_ERROR(step_to_end());
    return made->state();
  }

  StatusOr<RelationState> run_from(const Checkpoint& checkpoint, const Definition& view) {
    const auto& definitions = snapshot_->relations_map->definitions;
    std::set<int64_t> needed{view.id};
    // What a definition reads has smaller ids.
    for (auto it = definitions.rbegin(); it != definitions.rend(); ++it)
      if (needed.count(it->first))
        needed.insert(it->second->upstream.begin(), it->second->upstream.end());
    for (int64_t id : needed) {
      auto found = definitions.find(id);
      if (found == definitions.end()) continue;  // kappa's own
      Status loaded = load(checkpoint, found->second);
      if (!loaded.ok())
        return sql::make_error(
            {"55000",
             fmt::format(
                 "\"{}\" cannot be verified now: records that it was made from are gone, and "
                 "the checkpoint has no state of \"{}\" to begin with: {}",
                 view.name, found->second->name, message_of(loaded)),
             "", "try again when there is a newer checkpoint"});
    }
    RETURN_IF_ERROR(step_to_end());
    return pipeline_.view(view.id)->state();
  }

 private:
  Status load(const Checkpoint& checkpoint, const DefinitionPtr& definition) {
    const RelationCheckpoint* saved = checkpoint.find(definition->id);
    if (saved == nullptr && !definition->is_stream()) return not_found("it is not in there");
    if (definition->kind == DefinitionKind::kView) {
      ASSIGN_OR_RETURN(ViewText text, text_of(core_.database(), *definition));
      ASSIGN_OR_RETURN(auto node,
                       plan_view_node(core_.database(), snapshot_->relations_map, text, *workers_));
      RETURN_IF_ERROR(node->load(*saved));
      pipeline_.add_view(std::move(node));
      return OkStatus();
    }
    ASSIGN_OR_RETURN(Partitions partitions, core_.partitions(*definition));
    ASSIGN_OR_RETURN(TopicRelation topic, TopicRelation::create(definition, std::move(partitions)));
    if (topic.table) RETURN_IF_ERROR(topic.table->load(*saved));
    topic.node->move_to(checkpoint.frontier.of(definition->topic_id));
    pipeline_.add_topic(std::move(topic));
    return OkStatus();
  }

  Status step_to_end() {
    do {
      RETURN_IF_ERROR(step(snapshot_->frontier));
    } while (!is_at_end());
    return OkStatus();
  }

  Status step(const Frontier& target) {
    if (is_cancelled_()) return cancelled("canceling statement due to user request");
    RETURN_IF_ERROR(pipeline_.step(target, kStep));
    return pipeline_.failure();
  }

  bool is_at_end() const {
    for (const auto& [id, node] : pipeline_.topics()) {
      const std::vector<Offset>& goal = snapshot_->frontier.of(node->definition().topic_id);
      for (size_t i = 0; i < goal.size(); i++)
        if (node->position()[i] < goal[i]) return false;
    }
    return true;
  }

  Core& core_;
  const EngineSnapshotPtr snapshot_;
  const std::function<bool()>& is_cancelled_;
  std::unique_ptr<flow::WorkerPool> workers_;
  Pipeline pipeline_;
};

}  // namespace

StatusOr<RelationState> recompute_view(Core& core, EngineSnapshotPtr snapshot,
                                       const Definition& view,
                                       const std::function<bool()>& is_cancelled) {
  return Recomputation(core, std::move(snapshot), is_cancelled, 1).run(view);
}

StatusOr<RelationState> continue_view(Core& core, const Checkpoint& checkpoint,
                                      EngineSnapshotPtr snapshot, const Definition& view,
                                      const std::function<bool()>& is_cancelled) {
  const size_t worker_count = core.live().workers().worker_count();
  return Recomputation(core, std::move(snapshot), is_cancelled, worker_count)
      .run_from(checkpoint, view);
}

TraceDifference difference_of(const flow::TraceSnapshot& a, const flow::TraceSnapshot& b) {
  TraceDifference difference;
  flow::TraceCursor left(a), right(b);
  while (left.is_valid() || right.is_valid()) {
    int order = !left.is_valid()    ? 1
                : !right.is_valid() ? -1
                                    : left.entry().bytes.compare(right.entry().bytes);
    int64_t weight =
        (order <= 0 ? left.entry().weight : 0) - (order >= 0 ? right.entry().weight : 0);
    if (weight != 0 && difference.count == 0) {
      difference.first = order <= 0 ? left.entry().bytes : right.entry().bytes;
      difference.first_is_missing_in_a = weight < 0;
    }
    difference.count += std::abs(weight);
    if (order <= 0) left.next();
    if (order >= 0) right.next();
  }
  return difference;
}

}  // namespace kappa::engine
