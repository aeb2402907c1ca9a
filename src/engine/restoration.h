#pragma once
// The relations of the catalog, back in the live pipeline at one frontier: that of the newest
// checkpoint, else the beginning. What the checkpoint has is loaded; what it has not (a view made
// after it, or whose plan or number of workers has changed) is replayed up to its frontier. What
// has neither a state nor its whole history stops, and with it what reads it.
//
// Used once, on the opening thread.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core.h"

namespace kappa::engine {

class Restoration {
 public:
  using Report = std::function<void(const std::string& progress)>;

  // `report` may be empty. System relations are in `relations` already.
  Restoration(Core& core, std::optional<Checkpoint> checkpoint,
              std::shared_ptr<const RelationMap> relations, Report report);

  // In the order of their ids. Errors: the relation cannot be had (its topic is gone).
  Status add(const CatalogEntry& entry);
  // After all: replays what is missing, and puts the views into the pipeline.
  Status finish();
  const std::shared_ptr<const RelationMap>& relations() const { return relations_; }

 private:
  Status add_topic(const CatalogEntry& entry, Definition definition);
  Status load_table(TopicRelation& topic, History history);
  Status add_view(const CatalogEntry& entry, const sql::CreateView& statement);
  Status load_view(ViewNode& view);
  void lose(const Definition& definition, Status why);
  void lose_readers();
  Status replay_missing();
  Status feed_missing(Pipeline& pipeline, const std::set<int64_t>& streams,
                      const std::set<int64_t>& kept);
  flow::TraceSnapshot contents_of(int64_t id) const;

  Core& core_;
  const std::optional<Checkpoint> checkpoint_;
  std::shared_ptr<const RelationMap> relations_;
  const Report report_;
  std::map<int64_t, std::unique_ptr<ViewNode>> views_;  // by id, which is their order
  std::set<int64_t> missing_;                           // views to be replayed
  std::map<int64_t, Status> lost_;                      // what cannot go on, and why
};

// The newest checkpoint, if the log still has what comes after it; a damaged one is discarded.
StatusOr<std::optional<Checkpoint>> load_checkpoint(CheckpointStore& store, const log::Log& log);

}  // namespace kappa::engine
