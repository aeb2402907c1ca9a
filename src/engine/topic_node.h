#pragma once
// A source or table at work: how far its topic has been read, and for a keyed table its rows.

#include <algorithm>
#include <memory>
#include <vector>

#include "engine/checkpoint_store.h"
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

  void move_to(const std::vector<Offset>& position) {
    std::copy_n(position.begin(), std::min(position.size(), position_.size()), position_.begin());
  }
  // Takes partitions that the topic has got meanwhile: they are read from their first offset.
  void grow(const Partitions& partitions);

  // Takes the next pieces towards `target` (at most its end) and moves the position behind them.
  StatusOr<std::vector<LogPiece>> advance_unread(const std::vector<Offset>& target,
                                                 size_t bytes_max);
  // The same, read.
  StatusOr<std::vector<BatchRange>> advance(const std::vector<Offset>& target, size_t bytes_max);

 private:
  const DefinitionPtr definition_;
  Partitions partitions_;
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
  RelationCheckpoint save() const;
  // Into a fresh state. Errors: kFailedPrecondition when it is another format's, kDataLoss.
  Status load(const RelationCheckpoint& saved);

 private:
  TableState() = default;
  std::string fingerprint() const;
  Status apply_range(const BatchRange& range);
  void add(const data::RecordView& record);
  void flush_rows();
  void flush_keys();

  int64_t id_ = 0;
  data::Types types_;
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
