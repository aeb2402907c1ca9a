#pragma once
// A pipeline: sources, tables and views that step together. The live one follows the end of the
// log; each replay has one of its own, whose views join the live one when they stand at its
// frontier.
//
//   step(target): read the topics towards target -> decode -> tables -> views, in the order of
//   their dependencies -> everything stands at the new frontier.
//
// Confined to one thread at a time; inside step() it uses the worker pool.

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/checkpoint_store.h"
#include "engine/frontier.h"
#include "engine/snapshot.h"
#include "engine/topic_node.h"
#include "engine/view_node.h"
#include "log/log.h"

namespace kappa::engine {

// How much of a partition one step reads.
struct StepBytes {
  size_t held = 0;      // what is decoded as a whole first: tables, streams with several readers
  size_t streamed = 0;  // what goes piece by piece into the one view that reads it
};

class Pipeline {
 public:
  Pipeline(log::Log& log, flow::WorkerPool& workers) : log_(log), workers_(workers) {}

  void add_topic(TopicRelation topic);
  // After everything that it reads. Its inputs are in this pipeline, or it gets them by feed().
  void add_view(std::unique_ptr<ViewNode> view);
  // Stops a relation that cannot go on, and with it what reads it.
  void stop(const Definition& definition, Status status);
  void remove(int64_t id);
  // Takes the partitions that topics have got; the definitions on such topics. The nodes of one
  // topic have the same partitions at any time.
  std::vector<DefinitionPtr> grow_topics();
  // nullptr: nothing here reads the topic.
  const TopicNode* node_of(const TopicId& topic) const;
  // Takes all views out, in order.
  std::vector<std::unique_ptr<ViewNode>> release_views();

  // Changes of a relation that is not in this pipeline, for the next step.
  void feed(int64_t relation_id, data::Delta delta);

  // One step towards `target` (topics absent from it stay), reading at most about so many bytes per
  // partition. A relation whose history cannot be read, or whose circuit fails, stops, and with it
  // the views that read it; the others go on. An error leaves the pipeline unusable.
  Status step(const Frontier& target, const StepBytes& bytes_max);
  // Why a relation has stopped; OK while none has.
  Status failure() const { return stopped_.empty() ? OkStatus() : stopped_.begin()->second; }
  Status failure_of(int64_t id) const;

  // What the last step changed in a table or view.
  const data::Delta& output(int64_t relation_id) const;

  Frontier frontier() const;
  Frontier end() const;
  std::map<int64_t, RelationState> states() const;
  ViewNode* view(int64_t id);
  const std::map<int64_t, std::unique_ptr<TopicNode>>& topics() const { return topics_; }
  const std::vector<std::unique_ptr<ViewNode>>& views() const { return views_; }
  int64_t records_read() const { return records_read_; }
  // Of the log, compressed as it is there.
  int64_t bytes_read() const { return bytes_read_; }
  // Views that joined were made from so many bytes elsewhere.
  void add_bytes_read(int64_t bytes) { bytes_read_ += bytes; }

  // Adds everything that it holds to a checkpoint, but for the relations left out. Between steps.
  // Errors: kFailedPrecondition when another one has stopped.
  Status save(const std::set<int64_t>& left_out, Checkpoint& checkpoint) const;

 private:
  // How a stream is decoded in each step: once with all columns in use for several readers, or
  // straight into the one circuit that reads it.
  struct StreamUse {
    std::unique_ptr<DecoderSet> decoders;
    size_t reader_count = 0;
    bool is_direct = false;
  };

  Status plan_streams();
  Status step_view(ViewNode& view);
  Status read_topic(TopicNode& node, const Frontier& target, const StepBytes& bytes_max);
  Status read_table(TopicNode& node, TableState& table, const std::vector<Offset>& goal,
                    size_t bytes_max);
  Status read_stream(TopicNode& node, const std::vector<Offset>& goal, const StepBytes& bytes_max);
  std::unique_ptr<flow::InputDelta> input_of(const ViewInput& input);
  data::Delta columns_of(const ViewInput& input, const data::Delta& delta) const;

  log::Log& log_;
  flow::WorkerPool& workers_;
  std::map<int64_t, std::unique_ptr<TopicNode>> topics_;  // by definition id
  std::map<int64_t, std::unique_ptr<TableState>> tables_;
  std::vector<std::unique_ptr<ViewNode>> views_;
  std::map<int64_t, StreamUse> streams_;
  bool streams_are_planned_ = false;
  std::map<int64_t, Status> stopped_;

  // Of the current step.
  std::map<int64_t, std::vector<LogPiece>> pieces_;
  std::map<int64_t, data::Delta> deltas_;
  std::map<int64_t, data::Delta> fed_;
  int64_t records_read_ = 0;
  int64_t bytes_read_ = 0;
};

}  // namespace kappa::engine
