#include "data/row_codec.h"
#include "engine/relations.h"

namespace kappa::engine {
namespace {

constexpr size_t kRowsPerChunk = 2048;

class TraceReader : public sql::RowReader {
 public:
  TraceReader(flow::TraceSnapshot trace, data::Types types, bool key_prefix,
              std::vector<size_t> columns)
      : trace_(std::move(trace)),
        cursor_(trace_),
        codec_(types),
        key_prefix_(key_prefix),
        columns_(std::move(columns)) {
    duckdb::vector<duckdb::LogicalType> duck_types(types.begin(), types.end());
    rows_.Initialize(duckdb::Allocator::DefaultAllocator(), duck_types);
    cursor_.seek({});
    left_ = weight();
  }

  Status next(duckdb::DataChunk& out) override {
    encoded_.clear();
    while (encoded_.size() < kRowsPerChunk && cursor_.is_valid()) {
      if (left_ == 0) {
        cursor_.next();
        left_ = weight();
        continue;
      }
      encoded_.push_back(key_prefix_ ? cursor_.entry().row() : cursor_.entry().bytes);
      left_--;
    }
    out.Reset();
    if (encoded_.empty()) return OkStatus();
    codec_.decode(encoded_, rows_);
    for (size_t i = 0; i < columns_.size(); i++) out.data[i].Reference(rows_.data[columns_[i]]);
    out.SetCardinalityUnsafe(rows_.size());
    return OkStatus();
  }

 private:
  // A negative weight would be a broken view: it is shown as absent, and VERIFY finds it.
  int64_t weight() const {
    return cursor_.is_valid() ? std::max<int64_t>(0, cursor_.entry().weight) : 0;
  }

  const flow::TraceSnapshot trace_;
  flow::TraceCursor cursor_;
  data::RowCodec codec_;
  const bool key_prefix_;
  const std::vector<size_t> columns_;
  duckdb::DataChunk rows_;
  std::vector<std::string_view> encoded_;
  int64_t left_ = 0;
};

}  // namespace

std::unique_ptr<sql::RowReader> make_trace_reader(flow::TraceSnapshot trace, data::Types types,
                                                  bool key_prefix, std::vector<size_t> columns) {
  return std::make_unique<TraceReader>(std::move(trace), std::move(types), key_prefix,
                                       std::move(columns));
}

}  // namespace kappa::engine
