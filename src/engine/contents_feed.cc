#include "engine/contents_feed.h"

#include <numeric>

#include "engine/relations.h"

namespace kappa::engine {
namespace {

constexpr size_t kRowsPerFeed = 256 * 1024;

}  // namespace

Status feed_contents(Pipeline& pipeline, const Definition& definition,
                     const flow::TraceSnapshot& contents,
                     const std::function<Status()>& take_step) {
  std::vector<size_t> all(definition.columns.size());
  std::iota(all.begin(), all.end(), 0);
  data::Types types = definition.types();
  auto reader = make_trace_reader(contents, types, definition.is_keyed(), all);
  duckdb::vector<duckdb::LogicalType> duck_types(types.begin(), types.end());
  data::Delta delta;
  while (true) {
    duckdb::DataChunk rows;
    rows.Initialize(duckdb::Allocator::DefaultAllocator(), duck_types);
    RETURN_IF_ERROR(reader->next(rows));
    if (rows.size() == 0) break;
    auto chunk = std::make_shared<data::DeltaChunk>();
    chunk->rows.Initialize(duckdb::Allocator::DefaultAllocator(), duck_types);
    rows.Copy(chunk->rows);
    delta.chunks.push_back(std::move(chunk));
    if (delta.row_count() < kRowsPerFeed) continue;
    pipeline.feed(definition.id, std::exchange(delta, {}));
    RETURN_IF_ERROR(take_step());
  }
  pipeline.feed(definition.id, std::move(delta));
  return OkStatus();
}

}  // namespace kappa::engine
