#include "engine/relations.h"

#include <algorithm>
#include <deque>

namespace kappa::engine {
namespace {

constexpr size_t kReadBytes = 4 << 20;
constexpr size_t kRowsPerChunk = 2048;

const EngineSnapshot& engine_snapshot(const sql::SnapshotPtr& snapshot) {
  return static_cast<const EngineSnapshot&>(*snapshot);
}

class NamedRelation : public sql::Relation {
 public:
  NamedRelation(std::string name, sql::RelationKind kind, std::vector<sql::Column> columns)
      : name_(std::move(name)), kind_(kind), columns_(std::move(columns)) {}

  const std::string& name() const override { return name_; }
  sql::RelationKind kind() const override { return kind_; }
  const std::vector<sql::Column>& columns() const override { return columns_; }
  const std::vector<size_t>& key_columns() const override {
    static const std::vector<size_t> kNone;
    return kNone;
  }
  bool is_append_only() const override { return false; }

 private:
  const std::string name_;
  const sql::RelationKind kind_;
  const std::vector<sql::Column> columns_;
};

// Walks a topic from its first offset to a frontier, range by range.
class LogWalk {
 public:
  LogWalk(Partitions partitions, std::vector<Offset> frontier)
      : partitions_(std::move(partitions)), frontier_(std::move(frontier)) {
    for (const auto& partition : partitions_) position_.push_back(partition->log_start());
  }

  // The next ranges; empty at the end.
  StatusOr<std::vector<BatchRange>> next() {
    ASSIGN_OR_RETURN(auto ranges, read_ranges(partitions_, position_, frontier_, kReadBytes));
    for (const BatchRange& range : ranges) position_[range.partition] = range.to;
    return ranges;
  }

 private:
  const Partitions partitions_;
  const std::vector<Offset> frontier_;
  std::vector<Offset> position_;
};

class StreamReader : public sql::RowReader {
 public:
  StreamReader(LogWalk walk, std::unique_ptr<DecoderSet> decoders)
      : walk_(std::move(walk)), decoders_(std::move(decoders)) {}

  Status next(duckdb::DataChunk& out) override {
    out.Reset();
    while (chunks_.empty()) {
      ASSIGN_OR_RETURN(auto ranges, walk_.next());
      if (ranges.empty()) return OkStatus();
      for (const BatchRange& range : ranges) RETURN_IF_ERROR(decode(range));
    }
    out.Reference(chunks_.front()->rows);
    kept_ = std::move(chunks_.front());
    chunks_.pop_front();
    return OkStatus();
  }

 private:
  Status decode(const BatchRange& range) {
    return decoders_->of(0).decode(range, [&](const data::DeltaChunk& chunk) {
      auto copy = std::make_unique<data::DeltaChunk>();
      copy->rows.Initialize(duckdb::Allocator::DefaultAllocator(), chunk.rows.GetTypes());
      chunk.rows.Copy(copy->rows);
      chunks_.push_back(std::move(copy));
      return OkStatus();
    });
  }

  LogWalk walk_;
  std::unique_ptr<DecoderSet> decoders_;
  std::deque<std::unique_ptr<data::DeltaChunk>> chunks_;
  std::unique_ptr<data::DeltaChunk> kept_;
};

class DefinedRelation : public NamedRelation {
 public:
  DefinedRelation(DefinitionPtr definition, Partitions partitions)
      : NamedRelation(definition->name, kind_of(*definition), definition->columns),
        definition_(std::move(definition)),
        partitions_(std::move(partitions)) {}

  const std::vector<size_t>& key_columns() const override { return definition_->key_columns; }
  bool is_append_only() const override { return definition_->is_stream(); }

  StatusOr<std::unique_ptr<sql::RowReader>> read(sql::SnapshotPtr snapshot,
                                                 std::vector<size_t> columns) const override {
    const EngineSnapshot& state = engine_snapshot(snapshot);
    if (definition_->is_stream()) return read_log(state, std::move(columns));
    auto found = state.states.find(definition_->id);
    if (found == state.states.end())
      return failed_precondition("relation is gone: name={}", definition_->name);
    if (!found->second.failure.ok())
      return annotate(found->second.failure, definition_->name + " has stopped");
    return make_trace_reader(found->second.contents, definition_->types(), definition_->is_keyed(),
                             std::move(columns));
  }

 private:
  static sql::RelationKind kind_of(const Definition& definition) {
    if (definition.kind == DefinitionKind::kView) return sql::RelationKind::kMaterializedView;
    return definition.kind == DefinitionKind::kTable ? sql::RelationKind::kTable
                                                     : sql::RelationKind::kSource;
  }
  StatusOr<std::unique_ptr<sql::RowReader>> read_log(const EngineSnapshot& state,
                                                     std::vector<size_t> columns) const {
    ASSIGN_OR_RETURN(auto decoders, DecoderSet::create(*definition_, std::move(columns), 1));
    LogWalk walk(partitions_, state.frontier.of(definition_->topic_id));
    return std::unique_ptr<sql::RowReader>(new StreamReader(std::move(walk), std::move(decoders)));
  }

  const DefinitionPtr definition_;
  const Partitions partitions_;
};

// Rows that are there as values.
class ValueReader : public sql::RowReader {
 public:
  ValueReader(std::vector<std::vector<duckdb::Value>> rows, std::vector<size_t> columns)
      : rows_(std::move(rows)), columns_(std::move(columns)) {}

  Status next(duckdb::DataChunk& out) override {
    out.Reset();
    size_t count = std::min(kRowsPerChunk, rows_.size() - position_);
    for (size_t i = 0; i < columns_.size(); i++)
      for (size_t row = 0; row < count; row++)
        out.data[i].Append(rows_[position_ + row][columns_[i]]);
    out.SetCardinalityUnsafe(count);
    position_ += count;
    return OkStatus();
  }

 private:
  const std::vector<std::vector<duckdb::Value>> rows_;
  const std::vector<size_t> columns_;
  size_t position_ = 0;
};

std::vector<sql::Column> log_error_columns() {
  return {{"log_partition", duckdb::LogicalType::INTEGER},
          {"log_offset", duckdb::LogicalType::BIGINT},
          {"reason", duckdb::LogicalType::VARCHAR},
          {"raw", duckdb::LogicalType::BLOB}};
}

// The records of a source or table that are no rows: found by decoding the log again.
class LogErrorsRelation : public NamedRelation {
 public:
  LogErrorsRelation(DefinitionPtr definition, Partitions partitions)
      : NamedRelation(definition->name + "$errors", sql::RelationKind::kErrors,
                      log_error_columns()),
        definition_(std::move(definition)),
        partitions_(std::move(partitions)) {}

  StatusOr<std::unique_ptr<sql::RowReader>> read(sql::SnapshotPtr snapshot,
                                                 std::vector<size_t> columns) const override {
    ASSIGN_OR_RETURN(auto decoders, DecoderSet::create(*definition_, {0}, 1));
    LogWalk walk(partitions_, engine_snapshot(snapshot).frontier.of(definition_->topic_id));
    std::vector<std::vector<duckdb::Value>> rows;
    while (true) {
      ASSIGN_OR_RETURN(auto ranges, walk.next());
      if (ranges.empty()) break;
      for (const BatchRange& range : ranges) RETURN_IF_ERROR(collect(range, decoders->of(0), rows));
    }
    return std::unique_ptr<sql::RowReader>(new ValueReader(std::move(rows), std::move(columns)));
  }

 private:
  Status collect(const BatchRange& range, RangeDecoder& decoder,
                 std::vector<std::vector<duckdb::Value>>& rows) const {
    auto skip = [](const data::DeltaChunk&) { return OkStatus(); };
    auto keep = [&](BadLogRecord bad) {
      // A keyed table's tombstone deletes; it is no error.
      if (definition_->is_keyed() && bad.raw.empty()) return OkStatus();
      rows.push_back({duckdb::Value::INTEGER(bad.partition), duckdb::Value::BIGINT(bad.offset),
                      duckdb::Value(bad.reason), duckdb::Value::BLOB_RAW(bad.raw)});
      return OkStatus();
    };
    return decoder.decode(range, skip, keep);
  }

  const DefinitionPtr definition_;
  const Partitions partitions_;
};

// The rows of a view whose expressions failed.
class ViewErrorsRelation : public NamedRelation {
 public:
  explicit ViewErrorsRelation(DefinitionPtr definition)
      : NamedRelation(definition->name + "$errors", sql::RelationKind::kErrors,
                      {{"reason", duckdb::LogicalType::VARCHAR},
                       {"input_row", duckdb::LogicalType::VARCHAR}}),
        definition_(std::move(definition)) {}

  StatusOr<std::unique_ptr<sql::RowReader>> read(sql::SnapshotPtr snapshot,
                                                 std::vector<size_t> columns) const override {
    const EngineSnapshot& state = engine_snapshot(snapshot);
    auto found = state.states.find(definition_->id);
    flow::TraceSnapshot errors;
    if (found != state.states.end()) errors = found->second.errors;
    return make_trace_reader(std::move(errors),
                             {duckdb::LogicalType::VARCHAR, duckdb::LogicalType::VARCHAR}, false,
                             std::move(columns));
  }

 private:
  const DefinitionPtr definition_;
};

class SystemRelation : public NamedRelation {
 public:
  SystemRelation(std::string name, std::vector<sql::Column> columns, SystemRows rows)
      : NamedRelation(std::move(name), sql::RelationKind::kSystem, std::move(columns)),
        rows_(std::move(rows)) {}

  StatusOr<std::unique_ptr<sql::RowReader>> read(sql::SnapshotPtr snapshot,
                                                 std::vector<size_t> columns) const override {
    return std::unique_ptr<sql::RowReader>(
        new ValueReader(rows_(engine_snapshot(snapshot)), std::move(columns)));
  }

 private:
  const SystemRows rows_;
};

}  // namespace

sql::RelationPtr make_relation(DefinitionPtr definition, Partitions partitions) {
  return std::make_shared<DefinedRelation>(std::move(definition), std::move(partitions));
}

sql::RelationPtr make_errors_relation(DefinitionPtr definition, Partitions partitions) {
  if (definition->kind == DefinitionKind::kView)
    return std::make_shared<ViewErrorsRelation>(std::move(definition));
  return std::make_shared<LogErrorsRelation>(std::move(definition), std::move(partitions));
}

sql::RelationPtr make_system_relation(std::string name, std::vector<sql::Column> columns,
                                      SystemRows rows) {
  return std::make_shared<SystemRelation>(std::move(name), std::move(columns), std::move(rows));
}

}  // namespace kappa::engine
