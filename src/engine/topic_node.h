#pragma once
// A source or table at work: how far its topic has been read, and for a keyed table its rows.

#include <memory>
#include <vector>

#include "engine/definition.h"
#include "engine/frontier.h"
#include "engine/log_input.h"
#include "flow/upsert.h"

namespace kappa::engine {

// Reads a topic up to targets. Confined to its pipeline's thread.
class TopicNode {
 public:
  TopicNode(DefinitionPtr definition, Partitions partitions);

  const Definition& definition() const { return *definition_; }
  const DefinitionPtr& definition_ptr() const { return definition_; }
  const Partitions& partitions() const { return partitions_; }
  const std::vector<Offset>& position() const { return position_; }
  // The last stable offsets now: as far as could be read.
  std::vector<Offset> end() const;

  void move_to(std::vector<Offset> position) { position_ = std::move(position); }

  // Takes the next pieces towards `target` (at most its end) and moves the position behind them.
  StatusOr<std::vector<LogPiece>> advance_unread(const std::vector<Offset>& target,
                                                 size_t bytes_max);
  // The same, read.
  StatusOr<std::vector<BatchRange>> advance(const std::vector<Offset>& target, size_t bytes_max);

 private:
  const DefinitionPtr definition_;
  const Partitions partitions_;
  std::vector<Offset> position_;
};

// The rows of a keyed table, from the upserts and tombstones of its topic, in the order of the log.
class TableState {
 public:
  static StatusOr<std::unique_ptr<TableState>> create(const Definition& definition);

  // The table's changes over the ranges, which are one step.
  StatusOr<data::Delta> apply(const std::vector<BatchRange>& ranges);
  flow::TraceSnapshot contents() const { return table_->contents(); }
  int64_t state_bytes() const { return table_->state_bytes(); }

 private:
  TableState() = default;
  Status apply_range(const BatchRange& range);
  void add(const data::RecordView& record);
  void flush_rows();
  void flush_keys();

  std::unique_ptr<flow::UpsertTable> table_;
  std::unique_ptr<data::RecordDecoder> row_decoder_;
  std::unique_ptr<data::RecordDecoder> key_decoder_;
  log::RecordReader reader_;
  // Records waiting to be decoded: either rows or tombstones, never both.
  std::vector<data::RecordView> rows_;
  std::vector<data::RecordView> tombstones_;
  std::vector<data::BadRecord> bad_;
  duckdb::DataChunk row_chunk_;
  duckdb::DataChunk key_chunk_;
};

// A source or table on its way into a pipeline: its node, and for a keyed table its rows.
struct TopicRelation {
  std::unique_ptr<TopicNode> node;
  std::unique_ptr<TableState> table;  // nullptr for streams

  // At the first offset there is.
  static StatusOr<TopicRelation> create(DefinitionPtr definition, Partitions partitions);
  // Up to the frontier's place in the topic, or to its end if the frontier does not know the topic.
  // Nobody has read a new stream, so it only moves; a table reads.
  Status catch_up(const Frontier& frontier);
};

}  // namespace kappa::engine
