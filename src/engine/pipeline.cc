#include "engine/pipeline.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/logging.h"
#include "engine/definer.h"

namespace kappa::engine {

void Pipeline::add_topic(TopicRelation topic) {
  int64_t id = topic.node->definition().id;
  if (topic.table) tables_[id] = std::move(topic.table);
  topics_[id] = std::move(topic.node);
  streams_are_planned_ = false;
}

void Pipeline::add_view(std::unique_ptr<ViewNode> view) {
  view->circuit().set_workers(workers_);
  views_.push_back(std::move(view));
  streams_are_planned_ = false;
}

void Pipeline::remove(int64_t id) {
  topics_.erase(id);
  tables_.erase(id);
  deltas_.erase(id);
  stopped_.erase(id);
  std::erase_if(views_, [&](const auto& view) { return view->definition().id == id; });
  streams_are_planned_ = false;
}

std::vector<DefinitionPtr> Pipeline::grow_topics() {
  std::map<TopicId, Partitions> opened;  // each once: it may grow while this runs
  std::vector<DefinitionPtr> grown;
  for (auto& [id, node] : topics_) {
    auto [place, is_new] = opened.try_emplace(node->definition().topic_id);
    if (is_new) {
      auto partitions = open_partitions(log_, node->definition());
      if (partitions.ok()) place->second = *std::move(partitions);  // else it was deleted
    }
    if (place->second.size() <= node->partitions().size()) continue;
    node->grow(place->second);
    grown.push_back(node->definition_ptr());
  }
  return grown;
}

const TopicNode* Pipeline::node_of(const TopicId& topic) const {
  for (const auto& [id, node] : topics_)
    if (node->definition().topic_id == topic) return node.get();
  return nullptr;
}

std::vector<std::unique_ptr<ViewNode>> Pipeline::release_views() {
  streams_are_planned_ = false;
  return std::move(views_);
}

void Pipeline::feed(int64_t relation_id, data::Delta delta) {
  data::Delta& fed = fed_[relation_id];
  fed.chunks.insert(fed.chunks.end(), delta.chunks.begin(), delta.chunks.end());
}

Status Pipeline::plan_streams() {
  streams_.clear();
  std::map<int64_t, std::set<size_t>> used;
  std::map<int64_t, const ViewInput*> last;
  for (const auto& view : views_) {
    for (const ViewInput& input : view->inputs()) {
      auto topic = topics_.find(input.relation_id);
      if (topic == topics_.end() || !topic->second->definition().is_stream()) continue;
      used[input.relation_id].insert(input.columns.begin(), input.columns.end());
      streams_[input.relation_id].reader_count++;
      last[input.relation_id] = &input;
    }
  }
  for (auto& [id, use] : streams_) {
    use.is_direct = use.reader_count == 1 && !last[id]->columns.empty();
    std::vector<size_t> columns(used[id].begin(), used[id].end());
    if (use.is_direct) columns = last[id]->columns;
    if (columns.empty()) columns.push_back(0);
    ASSIGN_OR_RETURN(use.decoders, DecoderSet::create(topics_[id]->definition(), columns,
                                                      workers_.worker_count()));
  }
  streams_are_planned_ = true;
  return OkStatus();
}

Status Pipeline::read_topic(TopicNode& node, const Frontier& target, const StepBytes& bytes_max) {
  const std::vector<Offset>& goal = target.of(node.definition().topic_id);
  if (goal.empty()) return OkStatus();
  std::vector<Offset> before = node.position();
  auto table = tables_.find(node.definition().id);
  RETURN_IF_ERROR(table == tables_.end() ? read_stream(node, goal, bytes_max)
                                         : read_table(node, *table->second, goal, bytes_max.held));
  for (size_t i = 0; i < before.size(); i++) records_read_ += node.position()[i] - before[i];
  return OkStatus();
}

Status Pipeline::read_table(TopicNode& node, TableState& table, const std::vector<Offset>& goal,
                            size_t bytes_max) {
  ASSIGN_OR_RETURN(std::vector<BatchRange> ranges, node.advance(goal, bytes_max));
  if (ranges.empty()) return OkStatus();
  for (const BatchRange& range : ranges)
    bytes_read_ += static_cast<int64_t>(range.batches.bytes.size());
  ASSIGN_OR_RETURN(deltas_[node.definition().id], table.apply(ranges));
  return OkStatus();
}

Status Pipeline::read_stream(TopicNode& node, const std::vector<Offset>& goal,
                             const StepBytes& bytes_max) {
  int64_t id = node.definition().id;
  auto use = streams_.find(id);
  if (use == streams_.end()) return node.move_to(goal), OkStatus();  // nobody reads it
  bool is_direct = use->second.is_direct;
  ASSIGN_OR_RETURN(std::vector<LogPiece> pieces,
                   node.advance_unread(goal, is_direct ? bytes_max.streamed : bytes_max.held));
  if (pieces.empty()) return OkStatus();
  for (const LogPiece& piece : pieces) bytes_read_ += static_cast<int64_t>(piece.piece.bytes);
  if (is_direct) {
    pieces_[id] = std::move(pieces);
    return OkStatus();
  }
  ASSIGN_OR_RETURN(deltas_[id], decode_all(std::move(pieces), *use->second.decoders, workers_));
  return OkStatus();
}

// The relation's delta as this input wants it. Streams are decoded with the columns in use only.
data::Delta Pipeline::columns_of(const ViewInput& input, const data::Delta& delta) const {
  auto use = streams_.find(input.relation_id);
  if (use == streams_.end()) return select_columns(delta, input.columns);
  const std::vector<size_t>& decoded = use->second.decoders->columns();
  std::vector<size_t> positions;
  for (size_t column : input.columns)
    positions.push_back(std::find(decoded.begin(), decoded.end(), column) - decoded.begin());
  return select_columns(delta, positions);
}

std::unique_ptr<flow::InputDelta> Pipeline::input_of(const ViewInput& input) {
  if (auto pieces = pieces_.find(input.relation_id); pieces != pieces_.end())
    return make_log_input(std::move(pieces->second), *streams_[input.relation_id].decoders);
  if (auto fed = fed_.find(input.relation_id); fed != fed_.end())
    return flow::make_input(select_columns(fed->second, input.columns));
  auto delta = deltas_.find(input.relation_id);
  if (delta == deltas_.end() || delta->second.is_empty()) return nullptr;
  return flow::make_input(columns_of(input, delta->second));
}

Status Pipeline::step(const Frontier& target, const StepBytes& bytes_max) {
  pieces_.clear();
  deltas_.clear();
  if (!streams_are_planned_) RETURN_IF_ERROR(plan_streams());
  for (auto& [id, node] : topics_) {
    if (failure_of(id).ok()) {
      Status status = read_topic(*node, target, bytes_max);
      if (status.ok()) continue;
      stop(node->definition(), std::move(status));
    }
    // Nobody may wait for it.
    const std::vector<Offset>& goal = target.of(node->definition().topic_id);
    if (!goal.empty()) node->move_to(goal);
  }
  for (auto& view : views_) {
    if (!failure_of(view->definition().id).ok()) continue;
    Status status = step_view(*view);
    if (!status.ok()) stop(view->definition(), std::move(status));
  }
  fed_.clear();
  return OkStatus();
}

Status Pipeline::step_view(ViewNode& view) {
  std::vector<std::unique_ptr<flow::InputDelta>> inputs;
  bool has_input = false;
  for (const ViewInput& input : view.inputs()) {
    RETURN_IF_ERROR(failure_of(input.relation_id));
    inputs.push_back(input_of(input));
    has_input |= inputs.back() != nullptr;
  }
  // The first step also brings what is there on empty input.
  if (!has_input && view.has_stepped()) return OkStatus();
  RETURN_IF_ERROR(view.step(std::move(inputs)));
  deltas_[view.definition().id] = view.output();
  return OkStatus();
}

void Pipeline::stop(const Definition& definition, Status status) {
  LOG_ERROR("{} has stopped: {}", definition.name, message_of(status));
  deltas_.erase(definition.id);
  stopped_[definition.id] = std::move(status);
}

Status Pipeline::failure_of(int64_t id) const {
  auto found = stopped_.find(id);
  return found == stopped_.end() ? OkStatus() : found->second;
}

const data::Delta& Pipeline::output(int64_t relation_id) const {
  static const data::Delta kNone;
  auto found = deltas_.find(relation_id);
  return found == deltas_.end() ? kNone : found->second;
}

Frontier Pipeline::frontier() const {
  Frontier frontier;
  for (const auto& [id, node] : topics_)
    frontier.set(node->definition().topic_id, node->position());
  return frontier;
}

Frontier Pipeline::end() const {
  Frontier end;
  for (const auto& [id, node] : topics_) end.set(node->definition().topic_id, node->end());
  return end;
}

std::map<int64_t, RelationState> Pipeline::states() const {
  std::map<int64_t, RelationState> states;
  for (const auto& [id, table] : tables_) states[id] = {table->contents(), {}, failure_of(id)};
  for (const auto& view : views_) {
    RelationState& state = states[view->definition().id];
    state = view->state();
    state.failure = failure_of(view->definition().id);
  }
  return states;
}

Status Pipeline::save(const std::set<int64_t>& left_out, Checkpoint& checkpoint) const {
  for (const auto& [id, failure] : stopped_) {
    if (left_out.count(id) == 0)
      return failed_precondition("a relation has stopped: {}", message_of(failure));
  }
  checkpoint.frontier = frontier();
  for (const auto& [id, table] : tables_) {
    if (left_out.count(id) == 0) checkpoint.relations.push_back(table->save());
  }
  for (const auto& view : views_) {
    if (left_out.count(view->definition().id) == 0) checkpoint.relations.push_back(view->save());
  }
  return OkStatus();
}

ViewNode* Pipeline::view(int64_t id) {
  for (auto& view : views_)
    if (view->definition().id == id) return view.get();
  return nullptr;
}

}  // namespace kappa::engine
