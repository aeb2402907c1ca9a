#include "engine/log_input.h"

#include <absl/synchronization/mutex.h>

#include <atomic>

#include "data/json_decoder.h"

namespace kappa::engine {
namespace {

constexpr size_t kRowsPerChunk = 2048;
// Large enough for few calls into the kernel, small enough to stay in a core's cache.
constexpr size_t kPieceBytes = 256 << 10;

Status hole(const Status& status, size_t partition, Offset offset) {
  return data_loss("hole in the history: {}: partition={} offset={}", message_of(status), partition,
                   offset);
}

class LogInput : public flow::InputDelta {
 public:
  LogInput(std::vector<LogPiece> pieces, DecoderSet& decoders)
      : pieces_(std::move(pieces)), decoders_(decoders) {}
  size_t item_count() const override { return pieces_.size(); }

  Status produce(size_t item, size_t worker, const Emit& emit) override {
    const LogPiece& piece = pieces_[item];
    Offset at = piece.piece.from;
    while (at < piece.piece.to) {
      auto batches = piece.partition->read_stable(at, piece.piece.bytes);
      if (!batches.ok()) return hole(batches.status(), piece.number, at);
      BatchRange range{piece.number, at, std::min(piece.piece.to, batches->next),
                       std::move(batches).value()};
      RETURN_IF_ERROR(decoders_.of(worker).decode(range, emit));
      at = range.to;
    }
    return OkStatus();
  }

 private:
  std::vector<LogPiece> pieces_;
  DecoderSet& decoders_;
};

std::shared_ptr<const data::DeltaChunk> copy_of(const data::DeltaChunk& chunk) {
  auto copy = std::make_shared<data::DeltaChunk>();
  copy->rows.Initialize(duckdb::Allocator::DefaultAllocator(), chunk.rows.GetTypes(),
                        std::max<size_t>(1, chunk.size()));
  chunk.rows.Copy(copy->rows);
  copy->weights = chunk.weights;
  return copy;
}

}  // namespace

StatusOr<std::vector<LogPiece>> cut_pieces(const Partitions& partitions,
                                           const std::vector<Offset>& position,
                                           const std::vector<Offset>& target, size_t bytes_max) {
  std::vector<LogPiece> pieces;
  for (size_t i = 0; i < partitions.size(); i++) {
    Offset from = i < position.size() ? position[i] : Offset(0);
    Offset to = i < target.size() ? target[i] : Offset(0);
    if (from >= to) continue;
    auto cut = partitions[i]->cut(from, to, kPieceBytes, bytes_max);
    if (!cut.ok()) return hole(cut.status(), i, from);
    for (const log::Piece& piece : *cut)
      pieces.push_back({partitions[i], static_cast<int32_t>(i), piece});
  }
  return pieces;
}

StatusOr<std::vector<BatchRange>> read_ranges(const Partitions& partitions,
                                              const std::vector<Offset>& position,
                                              const std::vector<Offset>& target, size_t bytes_max) {
  std::vector<BatchRange> ranges;
  for (size_t i = 0; i < partitions.size(); i++) {
    Offset from = i < position.size() ? position[i] : Offset(0);
    Offset to = i < target.size() ? target[i] : Offset(0);
    if (from >= to) continue;
    auto batches = partitions[i]->read_stable(from, bytes_max);
    if (!batches.ok()) return hole(batches.status(), i, from);
    // Without batches there is still a way to go where compaction has left a gap at the end.
    if (batches->next <= from) continue;
    Offset end = std::min(to, batches->next);
    ranges.push_back({static_cast<int32_t>(i), from, end, std::move(batches).value()});
  }
  return ranges;
}

StatusOr<std::unique_ptr<data::RecordDecoder>> make_decoder(const Definition& definition,
                                                            std::vector<size_t> columns) {
  return data::make_json_decoder(definition.record_columns, std::move(columns));
}

RangeDecoder::RangeDecoder(std::unique_ptr<data::RecordDecoder> decoder, bool has_headers)
    : decoder_(std::move(decoder)), has_headers_(has_headers) {
  duckdb::vector<duckdb::LogicalType> types(decoder_->output_types().begin(),
                                            decoder_->output_types().end());
  chunk_.rows.Initialize(duckdb::Allocator::DefaultAllocator(), types);
  views_.reserve(kRowsPerChunk);
}

Status RangeDecoder::decode(const BatchRange& range, const Emit& emit, const EmitBad& emit_bad) {
  emit_ = &emit;
  emit_bad_ = &emit_bad;
  std::string_view rest = range.batches.bytes;
  while (!rest.empty()) {
    ASSIGN_OR_RETURN(log::BatchHeader header, log::RecordReader::take_header(rest));
    std::string_view batch = rest.substr(0, header.size_bytes());
    rest.remove_prefix(batch.size());
    if (!range.has(header)) continue;
    RETURN_IF_ERROR(decode_batch(range, header, batch));
  }
  return flush();
}

Status RangeDecoder::decode_batch(const BatchRange& range, const log::BatchHeader& header,
                                  std::string_view batch) {
  ASSIGN_OR_RETURN(std::string_view block, reader_.open(batch, header));
  log::RecordCursor cursor(header, block);
  log::Record record;
  while (cursor.next(record)) {
    if (record.offset < range.from.value || record.offset >= range.to.value) continue;
    RETURN_IF_ERROR(add(range, record, block));
  }
  if (!cursor.ok()) return log::RecordReader::damaged(header);
  // An opened block is overwritten by the next one; plain batches stay where they are.
  return header.codec() == Codec::kNone ? OkStatus() : flush();
}

Status RangeDecoder::add(const BatchRange& range, const log::Record& record,
                         std::string_view block) {
  data::RecordView view;
  view.partition = range.partition;
  view.offset = record.offset;
  view.timestamp_ms = record.timestamp_ms;
  view.key = record.key;
  view.value = record.value;
  if (record.value)
    view.readable_beyond_value =
        block.data() + block.size() - (record.value->data() + record.value->size());
  if (has_headers_ && record.header_count > 0) {
    std::vector<log::RecordHeader> parsed;
    RETURN_IF_ERROR(record.parse_headers(parsed));
    if (headers_.empty()) headers_.reserve(kRowsPerChunk);
    auto& list = headers_.emplace_back();
    for (const auto& header : parsed) list.push_back({header.key, header.value});
    view.headers = list;
  }
  views_.push_back(view);
  return views_.size() == kRowsPerChunk ? flush() : OkStatus();
}

Status RangeDecoder::flush() {
  if (views_.empty()) return OkStatus();
  bad_.clear();
  decoder_->decode(views_, chunk_.rows, bad_, nullptr);
  if (*emit_bad_) {
    for (data::BadRecord& bad : bad_) {
      const data::RecordView& view = views_[bad.index];
      RETURN_IF_ERROR(
          (*emit_bad_)({view.partition, view.offset, view.timestamp_ms, std::move(bad.reason),
                        std::string(view.value.value_or(std::string_view()))}));
    }
  }
  views_.clear();
  headers_.clear();
  return chunk_.size() == 0 ? OkStatus() : (*emit_)(chunk_);
}

StatusOr<std::unique_ptr<DecoderSet>> DecoderSet::create(const Definition& definition,
                                                         std::vector<size_t> columns,
                                                         size_t worker_count) {
  auto set = std::make_unique<DecoderSet>();
  bool has_headers = false;
  for (size_t column : columns)
    has_headers |= definition.record_columns[column].origin == data::ColumnOrigin::kHeaders;
  for (size_t i = 0; i < worker_count; i++) {
    ASSIGN_OR_RETURN(auto decoder, make_decoder(definition, columns));
    set->decoders_.push_back(std::make_unique<RangeDecoder>(std::move(decoder), has_headers));
  }
  set->columns_ = std::move(columns);
  return set;
}

std::unique_ptr<flow::InputDelta> make_log_input(std::vector<LogPiece> pieces,
                                                 DecoderSet& decoders) {
  return std::make_unique<LogInput>(std::move(pieces), decoders);
}

StatusOr<data::Delta> decode_all(std::vector<LogPiece> pieces, DecoderSet& decoders,
                                 flow::WorkerPool& workers) {
  auto input = make_log_input(std::move(pieces), decoders);
  std::vector<data::Delta> parts(input->item_count());
  std::atomic<size_t> next{0};
  absl::Mutex mutex;
  Status status;
  auto work = [&](size_t worker) {
    for (size_t item = next++; item < parts.size(); item = next++) {
      Status one = input->produce(item, worker, [&](const data::DeltaChunk& chunk) {
        parts[item].chunks.push_back(copy_of(chunk));
        return OkStatus();
      });
      if (one.ok()) continue;
      absl::MutexLock lock(&mutex);
      status = one;
    }
  };
  if (parts.size() <= 1)
    work(0);
  else
    workers.run(work);
  RETURN_IF_ERROR(status);
  data::Delta delta;
  for (data::Delta& part : parts)
    delta.chunks.insert(delta.chunks.end(), part.chunks.begin(), part.chunks.end());
  return delta;
}

data::Delta select_columns(const data::Delta& delta, const std::vector<size_t>& columns) {
  data::Delta selected;
  for (const auto& chunk : delta.chunks) {
    auto part = std::make_shared<data::DeltaChunk>();
    duckdb::vector<duckdb::LogicalType> types;
    for (size_t column : columns) types.push_back(chunk->rows.data[column].GetType());
    part->rows.InitializeEmpty(types);
    for (size_t i = 0; i < columns.size(); i++)
      part->rows.data[i].Reference(chunk->rows.data[columns[i]]);
    part->rows.SetCardinalityUnsafe(chunk->size());
    part->weights = chunk->weights;
    selected.chunks.push_back(std::move(part));
  }
  return selected;
}

}  // namespace kappa::engine
