#include "log/segment.h"

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"
#include "log/checked_file.h"
#include "log/records.h"
#include "log/segment_reading.h"

namespace kappa::log {
namespace {

constexpr size_t kReadBytesMax = size_t{64} << 20;

// What a walk over a span of bytes took, and why it stopped.
struct Taken {
  size_t begin = 0;  // of the first batch taken, or of the one that is not whole
  size_t end = 0;
  Offset next;              // the offset expected at `end`
  size_t needed = 0;        // nothing was taken: the batch at begin needs so many bytes
  bool is_damaged = false;  // at `end`
  bool is_full = false;     // the batch at `end` is beyond what was asked for
};

// Looks at the batch at taken.end and takes it, or says why not.
void take_batch(std::string_view rest, const ReadRequest& request, Taken& taken) {
  if (rest.size() < kBatchHeaderBytes) {
    taken.needed = kBatchHeaderBytes;
    return;
  }
  auto header = parse_batch_header(rest);
  taken.is_damaged = !header.has_value() || !request.is_expected(*header, taken.next);
  if (taken.is_damaged) return;
  const size_t size = header->size_bytes();
  const bool is_wanted = header->next() > request.from;
  const size_t taken_bytes = taken.end - taken.begin;
  taken.is_full =
      header->next() > request.limit || (taken_bytes > 0 && taken_bytes + size > request.bytes_max);
  if (taken.is_full) return;
  if (size > rest.size()) {
    taken.needed = size;
    return;
  }
  taken.is_damaged =
      is_wanted && request.is_checked && !is_checksum_right(rest.substr(0, size), *header);
  if (taken.is_damaged) return;
  taken.end += size;
  taken.next = header->next();
  if (!is_wanted) taken.begin = taken.end;
}

Taken take(std::string_view bytes, Offset expected, const ReadRequest& request) {
  Taken taken{.next = expected};
  size_t before;
  do {
    before = taken.end;
    take_batch(bytes.substr(taken.end), request, taken);
  } while (taken.end > before);
  return taken;
}

}  // namespace

Segment::Segment(env::Env& env, std::string directory, SegmentName name, Offset end,
                 std::unique_ptr<env::File> file, int64_t size_bytes, int64_t index_interval_bytes)
    : env_(env),
      directory_(std::move(directory)),
      name_(name),
      index_interval_bytes_(index_interval_bytes),
      file_(std::move(file)),
      seen_since_ms_(env.wall_ms()),
      end_(end.value),
      size_bytes_(size_bytes) {}

StatusOr<std::shared_ptr<Segment>> Segment::create(env::Env& env, const std::string& directory,
                                                   SegmentName name, int64_t index_interval_bytes) {
  std::string path = env::join_path(directory, name.file(".log"));
  ASSIGN_OR_RETURN(auto file, env.open_file(path, env::OpenMode::kOverwrite));
  auto segment = std::shared_ptr<Segment>(
      new Segment(env, directory, name, name.base, std::move(file), 0, index_interval_bytes));
  segment->adopt(SegmentIndex(name.base, index_interval_bytes), {}, {0, name.base});
  return segment;
}

StatusOr<std::shared_ptr<Segment>> Segment::open(env::Env& env, const std::string& directory,
                                                 SegmentName name, Offset end,
                                                 int64_t index_interval_bytes) {
  std::string path = env::join_path(directory, name.file(".log"));
  ASSIGN_OR_RETURN(auto file, env.open_file(path, env::OpenMode::kWrite));
  ASSIGN_OR_RETURN(int64_t size, file->size());
  return std::shared_ptr<Segment>(
      new Segment(env, directory, name, end, std::move(file), size, index_interval_bytes));
}

Status Segment::remove_files(env::Env& env, const std::string& directory, SegmentName name) {
  // The index last: a segment never stands beside another one's index.
  for (std::string_view extension : {".log", ".index"}) {
    const std::string path = env::join_path(directory, name.file(extension));
    if (env.exists(path)) RETURN_IF_ERROR(env.remove_file(path));
  }
  return OkStatus();
}

std::string Segment::path(std::string_view extension) const {
  return env::join_path(directory_, name_.file(extension));
}

BatchScanner Segment::scanner_at(Place place) const {
  BatchScanner scanner(*file_, place, size_bytes());
  if (is_compacted()) scanner.allow_gaps(end());
  return scanner;
}

Status Segment::append(std::string_view batch, const BatchHeader& header) {
  KAPPA_CHECK(is_compacted() ? header.base >= end() : header.base == end());
  int64_t position = size_bytes();
  RETURN_IF_ERROR(file_->write_at(position, batch));
  {
    absl::MutexLock lock(&mutex_);
    index_->add(header, position);
  }
  size_bytes_ = position + static_cast<int64_t>(batch.size());
  end_ = header.next().value;
  if (position == 0) first_timestamp_ = header.max_timestamp;
  return OkStatus();
}

Status Segment::append_batches(std::string_view batches) {
  KAPPA_CHECK(is_compacted());
  int64_t position = size_bytes();
  RETURN_IF_ERROR(file_->write_at(position, batches));
  absl::MutexLock lock(&mutex_);
  while (!batches.empty()) {
    ASSIGN_OR_RETURN(BatchHeader header, RecordReader::take_header(batches));
    KAPPA_CHECK_GE(header.base, end());
    index_->add(header, position);
    batches.remove_prefix(header.size_bytes());
    position += static_cast<int64_t>(header.size_bytes());
    end_ = header.next().value;
  }
  size_bytes_ = position;
  return OkStatus();
}

void Segment::set_end(Offset end) {
  KAPPA_CHECK(is_compacted() && end >= this->end());
  absl::MutexLock lock(&mutex_);
  index_->set_end(end);
  end_ = end.value;
}

void Segment::adopt(SegmentIndex index, std::vector<Fence> fences, Place end) {
  absl::MutexLock lock(&mutex_);
  index_ = std::move(index);
  fences_ = std::move(fences);
  end_ = end.offset.value;
  size_bytes_ = end.position;
  is_verified_ = true;
}

bool Segment::load_index() {
  absl::MutexLock lock(&mutex_);
  return load_index_locked();
}

bool Segment::load_index_locked() {
  if (index_.has_value()) return true;
  auto payload = read_checked_file(env_, path(".index"), kIndexMagic);
  if (!payload.ok()) return false;
  auto index = SegmentIndex::decode(*payload, base(), index_interval_bytes_);
  if (!index.has_value() || index->size_bytes() != size_bytes() || index->end() != end())
    return false;
  index_ = std::move(index);
  return true;
}

Status Segment::save_index() {
  absl::MutexLock lock(&mutex_);
  if (!index_.has_value()) return OkStatus();
  return write_checked_file(env_, path(".index"), kIndexMagic, index_->encode(),
                            FileDurability::kCached);
}

Status Segment::ensure_index() { return load_index_locked() ? OkStatus() : rebuild_index(); }

Status Segment::rebuild_index() {
  SegmentIndex index(base(), index_interval_bytes_);
  std::vector<Fence> fences;
  BatchScanner scanner = scanner_at({0, base()});
  while (true) {
    ASSIGN_OR_RETURN(ScanStep step, scanner.next());
    if (step.kind == ScanStep::kEnd) break;
    if (step.kind == ScanStep::kBatch) {
      index.add(step.header, step.position);
      continue;
    }
    ASSIGN_OR_RETURN(auto sound, scanner.find_sound_batch(end()));
    fences.push_back({scanner.place(), sound.value_or(Place{size_bytes(), end()})});
    scanner.jump(fences.back().end);
  }
  if (is_compacted()) index.set_end(end());
  index_ = std::move(index);
  fences_ = std::move(fences);
  return OkStatus();
}

std::vector<Fence> Segment::fences() const {
  absl::MutexLock lock(&mutex_);
  return fences_;
}

Status Segment::fenced_error(const Fence& fence) const {
  return data_loss("records are damaged: directory={} offsets=[{}, {})", directory_,
                   fence.begin.offset, fence.end.offset);
}

Status Segment::fence_from(Place damaged) {
  BatchScanner scanner = scanner_at(damaged);
  ASSIGN_OR_RETURN(auto sound, scanner.find_sound_batch(end()));
  Fence fence{damaged, sound.value_or(Place{size_bytes(), end()})};
  LOG_ERROR("damage found: {}", message_of(fenced_error(fence)));
  add_fence(fence);
  return OkStatus();
}

void Segment::add_fence(const Fence& fence) {
  absl::MutexLock lock(&mutex_);
  if (fence.end.offset > end()) end_ = fence.end.offset.value;
  auto at = std::upper_bound(
      fences_.begin(), fences_.end(), fence,
      [](const Fence& a, const Fence& b) { return a.begin.offset < b.begin.offset; });
  bool is_known = at != fences_.begin() && std::prev(at)->begin.offset == fence.begin.offset;
  if (!is_known) fences_.insert(at, fence);
}

StatusOr<Place> Segment::begin_of(Offset from, Place& sound_end) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(ensure_index());
  IndexEntry entry = index_->locate(from);
  Place start{entry.position, entry.offset};
  sound_end = {size_bytes(), end()};
  for (const Fence& fence : fences_) {
    if (from < fence.begin.offset) {
      sound_end = fence.begin;
      break;
    }
    if (from < fence.end.offset) return fenced_error(fence);
    if (fence.end.offset > start.offset) start = fence.end;
  }
  return start;
}

StatusOr<LocatedBatches> Segment::search(Offset from, Offset limit, Search search) {
  // Each turn that does not return has fenced one more damaged range.
  while (true) {
    Place sound_end;
    ASSIGN_OR_RETURN(Place start, begin_of(from, sound_end));
    auto found = search(start, sound_end);
    if (found.status().code() == StatusCode::kAborted) continue;
    // Between the offset and damage there may be a gap: what was there is not known.
    const bool is_before_damage = is_compacted() && sound_end.position < size_bytes();
    if (found.ok() && found->is_empty() && is_before_damage && sound_end.offset < limit)
      return fenced_error({{sound_end.position, from}, sound_end});
    return found;
  }
}

StatusOr<LocatedBatches> Segment::read(Offset from, Offset limit, size_t bytes_max) {
  return search(from, limit, [&](Place start, Place sound_end) {
    return read_span(start, sound_end, make_request(from, limit, bytes_max));
  });
}

ReadRequest Segment::make_request(Offset from, Offset limit, size_t bytes_max) const {
  ReadRequest request{from, limit, bytes_max, !is_verified_, std::nullopt};
  if (is_compacted()) request.gaps_end = end();
  return request;
}

Status Segment::cut(Offset from, Offset to, size_t piece_bytes, size_t& bytes_left,
                    std::vector<Piece>& pieces) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(ensure_index());
  IndexEntry at = index_->locate(from);
  at.offset = from;
  to = std::min(to, end());
  while (at.offset < to && bytes_left > 0) {
    IndexEntry next = index_->locate_position(at.position + static_cast<int64_t>(piece_bytes));
    if (next.offset <= at.offset) next.offset = to;  // the index ends before the segment: damage
    auto bytes = static_cast<size_t>(std::max<int64_t>(next.position - at.position, 1));
    pieces.push_back({at.offset, std::min(next.offset, to), bytes});
    bytes_left -= std::min(bytes, bytes_left);
    at = next;
  }
  return OkStatus();
}

StatusOr<LocatedBatches> Segment::read_span(Place start, Place sound_end,
                                            const ReadRequest& request) {
  auto wanted =
      std::min(request.bytes_max, kReadBytesMax) + static_cast<size_t>(index_interval_bytes_);
  LocatedBatches out;
  out.next = request.from;
  while (start.position < sound_end.position && start.offset < request.limit) {
    auto left = static_cast<size_t>(sound_end.position - start.position);
    ASSIGN_OR_RETURN(Span span, read_span_at(*file_, start.position, std::min(wanted, left)));
    Taken taken = take(span.bytes, start.offset, request);
    if (taken.end > taken.begin) {
      out.owner = span.owner;
      out.bytes = span.bytes.substr(taken.begin, taken.end - taken.begin);
      out.next = taken.next;
      return out;
    }
    start = {start.position + static_cast<int64_t>(taken.end), taken.next};
    left -= taken.end;
    if (taken.is_full || left == 0) break;
    if (taken.is_damaged || taken.needed > left) {
      RETURN_IF_ERROR(fence_from(start));
      return aborted("damage was found: position={}", start.position);
    }
    wanted = std::max(wanted, taken.needed);
  }
  return out;
}

namespace {

// The first record of the batch at or after the timestamp, at or above the offset.
StatusOr<std::optional<TimestampAndOffset>> find_in_batch(std::string_view batch,
                                                          const BatchHeader& header,
                                                          int64_t timestamp, Offset from) {
  RecordReader reader;
  ASSIGN_OR_RETURN(std::string_view block, reader.open(batch, header));
  RecordCursor cursor(header, block);
  Record record;
  while (cursor.next(record)) {
    if (record.timestamp_ms >= timestamp && record.offset >= from.value)
      return TimestampAndOffset{Offset(record.offset), TimestampMs(record.timestamp_ms)};
  }
  return std::optional<TimestampAndOffset>();
}

constexpr size_t kSearchBytes = size_t{1} << 20;

}  // namespace

StatusOr<std::optional<TimestampAndOffset>> Segment::find_timestamp(int64_t timestamp, Offset from,
                                                                    Offset limit) {
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(ensure_index());
    if (index_->max_timestamp() < timestamp) return std::optional<TimestampAndOffset>();
    from = std::max(from, index_->locate_timestamp(timestamp).offset);
  }
  while (from < limit) {
    ASSIGN_OR_RETURN(Batches batches, read(from, limit, kSearchBytes));
    if (batches.bytes.empty()) break;
    for (std::string_view rest = batches.bytes; !rest.empty();) {
      ASSIGN_OR_RETURN(BatchHeader header, RecordReader::take_header(rest));
      std::string_view batch = rest.substr(0, header.size_bytes());
      rest.remove_prefix(batch.size());
      if (header.max_timestamp < timestamp) continue;
      ASSIGN_OR_RETURN(auto found, find_in_batch(batch, header, timestamp, from));
      if (found.has_value()) return found;
    }
    from = batches.next;
  }
  return std::optional<TimestampAndOffset>();
}

StatusOr<int64_t> Segment::max_timestamp(Offset limit) {
  IndexEntry entry;
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(ensure_index());
    if (index_->end() <= limit) return index_->max_timestamp();
    entry = index_->locate(limit);
  }
  int64_t max = entry.max_timestamp_before;
  for (Offset from = entry.offset; from < limit;) {
    ASSIGN_OR_RETURN(Batches batches, read(from, limit, kSearchBytes));
    if (batches.bytes.empty()) break;
    for (std::string_view rest = batches.bytes; !rest.empty();) {
      ASSIGN_OR_RETURN(BatchHeader header, RecordReader::take_header(rest));
      rest.remove_prefix(header.size_bytes());
      max = std::max(max, header.max_timestamp);
    }
    from = batches.next;
  }
  return max;
}

StatusOr<int64_t> Segment::first_timestamp() {
  if (first_timestamp_ == INT64_MIN && size_bytes() > 0) {
    char bytes[kBatchHeaderBytes];
    ASSIGN_OR_RETURN(size_t size, file_->read_at(0, sizeof bytes, bytes));
    auto header = parse_batch_header({bytes, size});
    first_timestamp_ = header.has_value() ? header->max_timestamp : -1;
  }
  return std::max<int64_t>(first_timestamp_, -1);
}

size_t Segment::index_entry_count() const {
  absl::MutexLock lock(&mutex_);
  return index_.has_value() ? index_->entry_count() : 0;
}

}  // namespace kappa::log
