#include "engine/topic_node.h"

#include <numeric>

#include "data/json_encoder.h"

namespace kappa::engine {
namespace {

constexpr size_t kRowsPerChunk = 2048;
constexpr char kContentsPart[] = "contents";
constexpr size_t kCatchUpBytes = 16 << 20;

void initialize(duckdb::DataChunk& chunk, const data::Types& types) {
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(),
                   duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()));
}

}  // namespace

TopicNode::TopicNode(DefinitionPtr definition, Partitions partitions)
    : definition_(std::move(definition)) {
  grow(partitions);
}

void TopicNode::grow(const Partitions& partitions) {
  for (size_t i = partitions_.size(); i < partitions.size(); i++) {
    partitions_.push_back(partitions[i]);
    position_.push_back(partitions[i]->log_start());
  }
}

std::vector<Offset> TopicNode::end() const {
  std::vector<Offset> end;
  for (const auto& partition : partitions_) end.push_back(partition->last_stable());
  return end;
}

StatusOr<std::vector<LogPiece>> TopicNode::advance_unread(const std::vector<Offset>& target,
                                                          size_t bytes_max) {
  auto pieces = cut_pieces(partitions_, position_, target, bytes_max);
  if (!pieces.ok()) return annotate(pieces.status(), "topic " + definition_->topic);
  for (const LogPiece& piece : *pieces) position_[piece.number] = piece.piece.to;
  return pieces;
}

StatusOr<std::vector<BatchRange>> TopicNode::advance(const std::vector<Offset>& target,
                                                     size_t bytes_max) {
  auto ranges = read_ranges(partitions_, position_, target, bytes_max);
  if (!ranges.ok()) return annotate(ranges.status(), "topic " + definition_->topic);
  for (const BatchRange& range : *ranges) position_[range.partition] = range.to;
  return ranges;
}

StatusOr<std::unique_ptr<TableState>> TableState::create(const Definition& definition) {
  std::unique_ptr<TableState> state(new TableState());
  state->id_ = definition.id;
  state->types_ = definition.types();
  std::vector<size_t> all(definition.columns.size());
  std::iota(all.begin(), all.end(), 0);
  ASSIGN_OR_RETURN(state->row_decoder_, make_decoder(definition, all));
  std::vector<data::RecordColumn> keys;
  for (size_t key : definition.key_columns) keys.push_back(definition.record_columns[key]);
  ASSIGN_OR_RETURN(state->key_decoder_, data::make_key_decoder(std::move(keys)));
  state->table_ = flow::UpsertTable::create(definition.types(), definition.key_columns);
  initialize(state->row_chunk_, state->row_decoder_->output_types());
  initialize(state->key_chunk_, state->key_decoder_->output_types());
  return state;
}

std::string TableState::fingerprint() const {
  std::string text = state_format();
  for (const auto& type : types_) text += ", " + type.ToString();
  return text;
}

RelationCheckpoint TableState::save() const {
  return {id_, fingerprint(), {{kContentsPart, table_->contents()}}};
}

Status TableState::load(const RelationCheckpoint& saved) {
  if (saved.fingerprint != fingerprint())
    return failed_precondition("its state is of another version");
  const auto* runs = saved.parts.size() != 1
                         ? nullptr
                         : std::get_if<flow::TraceSnapshot>(&saved.parts.front().value);
  if (runs == nullptr) return data_loss("checkpoint of a table is malformed");
  table_->load(*runs);
  return OkStatus();
}

StatusOr<data::Delta> TableState::apply(const std::vector<BatchRange>& ranges) {
  for (const BatchRange& range : ranges) RETURN_IF_ERROR(apply_range(range));
  return table_->finish_step();
}

Status TableState::apply_range(const BatchRange& range) {
  std::string_view rest = range.batches.bytes;
  while (!rest.empty()) {
    ASSIGN_OR_RETURN(log::BatchHeader header, log::RecordReader::take_header(rest));
    std::string_view batch = rest.substr(0, header.size_bytes());
    rest.remove_prefix(batch.size());
    if (!range.has(header)) continue;
    ASSIGN_OR_RETURN(std::string_view block, reader_.open(batch, header));
    log::RecordCursor cursor(header, block);
    log::Record record;
    while (cursor.next(record)) {
      if (record.offset < range.from.value || record.offset >= range.to.value) continue;
      data::RecordView view{range.partition, record.offset, record.timestamp_ms, record.key,
                            record.value};
      add(view);
    }
    flush_rows();
    flush_keys();
    if (!cursor.ok()) return log::RecordReader::damaged(header);
  }
  return OkStatus();
}

void TableState::add(const data::RecordView& record) {
  auto& list = record.value ? rows_ : tombstones_;
  // The order between an upsert and a delete of the same key is the log's.
  if (record.value)
    flush_keys();
  else
    flush_rows();
  list.push_back(record);
  if (!record.value) list.back().value = record.key;
  if (list.size() == kRowsPerChunk) record.value ? flush_rows() : flush_keys();
}

void TableState::flush_rows() {
  if (rows_.empty()) return;
  bad_.clear();
  row_decoder_->decode(rows_, row_chunk_, bad_, nullptr);
  rows_.clear();
  if (row_chunk_.size() > 0) table_->upsert(row_chunk_);
}

void TableState::flush_keys() {
  if (tombstones_.empty()) return;
  bad_.clear();
  key_decoder_->decode(tombstones_, key_chunk_, bad_, nullptr);
  tombstones_.clear();
  if (key_chunk_.size() > 0) table_->remove(key_chunk_);
}

StatusOr<TopicRelation> TopicRelation::create(DefinitionPtr definition, Partitions partitions) {
  TopicRelation relation;
  if (definition->is_keyed()) {
    ASSIGN_OR_RETURN(relation.table, TableState::create(*definition));
  }
  relation.node = std::make_unique<TopicNode>(std::move(definition), std::move(partitions));
  return relation;
}

Status TopicRelation::catch_up(const Frontier& frontier) {
  std::vector<Offset> target = frontier.of(node->definition().topic_id);
  if (target.empty()) target = node->end();
  if (!table) return node->move_to(target), OkStatus();
  while (true) {
    ASSIGN_OR_RETURN(std::vector<BatchRange> ranges, node->advance(target, kCatchUpBytes));
    if (ranges.empty()) return OkStatus();
    RETURN_IF_ERROR(table->apply(ranges).status());
  }
}

}  // namespace kappa::engine
