#pragma once
// From the log to rows: ranges of a topic's batches, decoded into chunks. The same code serves live
// steps, replays and SELECT on a source.

#include <memory>
#include <string_view>
#include <vector>

#include "data/record.h"
#include "engine/definition.h"
#include "engine/frontier.h"
#include "flow/circuit.h"
#include "log/partition.h"
#include "log/records.h"

namespace kappa::engine {

using Partitions = std::vector<std::shared_ptr<log::Partition>>;

// Whole batches of one partition; the records meant are the committed ones in [from, to). There may
// be none.
struct BatchRange {
  int32_t partition = 0;
  Offset from;
  Offset to;
  log::StableBatches batches;

  // Whether the batch has records that are meant.
  bool has(const log::BatchHeader& header) const {
    return header.last() >= from && header.base < to && batches.is_committed(header);
  }
};

// A part of one partition that is still to be read.
struct LogPiece {
  std::shared_ptr<log::Partition> partition;
  int32_t number = 0;  // of the partition
  log::Piece piece;
};

// The next pieces of a topic, from `position` towards `target`, about bytes_max per partition.
// Errors: kDataLoss for a hole in the history.
StatusOr<std::vector<LogPiece>> cut_pieces(const Partitions& partitions,
                                           const std::vector<Offset>& position,
                                           const std::vector<Offset>& target, size_t bytes_max);

// The next batches of a topic, from `position` towards `target` (all of it stable), about bytes_max
// per partition (at least one batch). Errors: kDataLoss for a hole in the history (damage, or
// retention has taken it).
StatusOr<std::vector<BatchRange>> read_ranges(const Partitions& partitions,
                                              const std::vector<Offset>& position,
                                              const std::vector<Offset>& target, size_t bytes_max);

// The decoder of a stream's or table's records for some of its columns (indexes).
StatusOr<std::unique_ptr<data::RecordDecoder>> make_decoder(const Definition& definition,
                                                            std::vector<size_t> columns);

struct BadLogRecord {
  int32_t partition;
  int64_t offset;
  int64_t timestamp_ms;
  std::string reason;
  std::string raw;
};

// Decodes ranges chunk by chunk. Confined to one thread; keeps its buffers between calls.
class RangeDecoder {
 public:
  using Emit = std::function<Status(const data::DeltaChunk&)>;
  using EmitBad = std::function<Status(BadLogRecord)>;

  // `emit_bad` may be empty: bad records are then counted only.
  explicit RangeDecoder(std::unique_ptr<data::RecordDecoder> decoder, bool has_headers);

  Status decode(const BatchRange& range, const Emit& emit, const EmitBad& emit_bad = {});

 private:
  Status decode_batch(const BatchRange& range, const log::BatchHeader& header,
                      std::string_view batch);
  Status add(const BatchRange& range, const log::Record& record, std::string_view block);
  Status flush();

  std::unique_ptr<data::RecordDecoder> decoder_;
  const bool has_headers_;
  log::RecordReader reader_;
  std::vector<data::RecordView> views_;
  std::vector<std::vector<data::Header>> headers_;  // one list per view, when asked for
  std::vector<data::BadRecord> bad_;
  data::DeltaChunk chunk_;
  const Emit* emit_ = nullptr;
  const EmitBad* emit_bad_ = nullptr;
};

// Decoders for the workers of a pool, over the same columns.
class DecoderSet {
 public:
  static StatusOr<std::unique_ptr<DecoderSet>> create(const Definition& definition,
                                                      std::vector<size_t> columns,
                                                      size_t worker_count);
  RangeDecoder& of(size_t worker) { return *decoders_[worker]; }
  const std::vector<size_t>& columns() const { return columns_; }

 private:
  std::vector<size_t> columns_;
  std::vector<std::unique_ptr<RangeDecoder>> decoders_;
};

// A step's input of one circuit, read and decoded by the workers that take it.
std::unique_ptr<flow::InputDelta> make_log_input(std::vector<LogPiece> pieces,
                                                 DecoderSet& decoders);

// The same read and decoded at once, for several readers.
StatusOr<data::Delta> decode_all(std::vector<LogPiece> pieces, DecoderSet& decoders,
                                 flow::WorkerPool& workers);

// A delta's chunks with only some of their columns, by reference.
data::Delta select_columns(const data::Delta& delta, const std::vector<size_t>& columns);

}  // namespace kappa::engine
