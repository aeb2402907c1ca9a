#include "log/compaction.h"

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"

namespace kappa::log {
namespace {

// So much may wait for one sync: a large one would keep live appends waiting for theirs.
constexpr int64_t kUnsyncedBytesMax = int64_t{4} << 20;

HashKey random_key(env::Env& env) { return {env.random_u64(), env.random_u64()}; }

template <typename Fn>
Status for_each_batch(std::string_view batches, Fn&& fn) {
  while (!batches.empty()) {
    ASSIGN_OR_RETURN(BatchHeader header, RecordReader::take_header(batches));
    RETURN_IF_ERROR(fn(batches.substr(0, header.size_bytes()), header));
    batches.remove_prefix(header.size_bytes());
  }
  return OkStatus();
}

// A segment's next batches; none: its end. Errors: kDataLoss also where batches are missing.
StatusOr<Batches> read_next(Segment& segment, Offset at, size_t bytes_max) {
  if (at >= segment.end()) return Batches{.next = segment.end()};
  ASSIGN_OR_RETURN(Batches batches, segment.read(at, segment.end(), bytes_max));
  if (!batches.bytes.empty()) return batches;
  if (!segment.is_compacted())
    return data_loss("records are missing: offsets=[{}, {})", at, segment.end());
  batches.next = segment.end();
  return batches;
}

}  // namespace

Compaction::Compaction(env::Env& env, std::string directory, const TopicConfig& config,
                       size_t map_memory_bytes, CompactionPlan plan, CompactionTarget& target)
    : env_(env),
      directory_(std::move(directory)),
      config_(config),
      map_memory_bytes_(map_memory_bytes),
      plan_(std::move(plan)),
      target_(target),
      pass_begin_(plan_.first_dirty) {
  for (const auto& segment : plan_.segments) result_.bytes_before += segment->size_bytes();
  begin_pass();
}

Compaction::~Compaction() {
  if (output_ == nullptr || is_handed_over_) return;
  Status removed = Segment::remove_files(env_, directory_, output_->name());
  // The next start removes it.
  if (!removed.ok()) LOG_DEBUG("cannot remove an unfinished segment: {}", message_of(removed));
}

StatusOr<size_t> Compaction::step(size_t bytes_max) {
  switch (phase_) {
    case Phase::kMap:
      return step_map(bytes_max);
    case Phase::kCopy:
      return step_copy(bytes_max);
    case Phase::kDone:
      break;
  }
  return 0;
}

// --- map

void Compaction::begin_pass() {
  phase_ = pass_begin_ < plan_.end ? Phase::kMap : Phase::kDone;
  if (phase_ == Phase::kDone) return;
  ++result_.passes;
  map_.emplace(map_memory_bytes_, plan_.end - pass_begin_, random_key(env_));
  transactions_.emplace(plan_.transactions);
  mapped_to_ = plan_.end;
  is_full_ = false;
  at_ = pass_begin_;
  segment_ = 0;
  while (plan_.segments[segment_]->end() <= at_) ++segment_;
}

StatusOr<size_t> Compaction::step_map(size_t bytes_max) {
  Segment& segment = *plan_.segments[segment_];
  ASSIGN_OR_RETURN(Batches batches, read_next(segment, at_, bytes_max));
  RETURN_IF_ERROR(for_each_batch(
      batches.bytes, [this](auto batch, const auto& header) { return map_batch(batch, header); }));
  at_ = batches.next;
  if (at_ >= segment.end()) ++segment_;
  if (is_full_ || at_ >= plan_.end) begin_copy();
  return std::max<size_t>(batches.bytes.size(), 1);
}

Status Compaction::map_batch(std::string_view batch, const BatchHeader& header) {
  if (is_full_ || header.is_control() || transactions_->add_data(header)) return OkStatus();
  ASSIGN_OR_RETURN(std::string_view block, reader_.open(batch, header));
  RecordCursor cursor(header, block);
  Record record;
  while (!is_full_ && cursor.next(record)) {
    if (record.offset < pass_begin_.value || !record.key.has_value()) continue;
    is_full_ = !map_->put(*record.key, Offset(record.offset));
    if (is_full_) mapped_to_ = Offset(record.offset);
  }
  return is_full_ || cursor.ok() ? OkStatus() : RecordReader::damaged(header);
}

// --- copy

void Compaction::begin_copy() {
  phase_ = Phase::kCopy;
  transactions_.emplace(plan_.transactions);
  next_segments_.clear();
  group_end_ = 0;
}

Status Compaction::begin_group() {
  group_begin_ = group_end_;
  const Segment& first = *plan_.segments[group_begin_];
  int64_t size = 0;
  for (; group_end_ < plan_.segments.size(); ++group_end_) {
    const Segment& segment = *plan_.segments[group_end_];
    size += segment.size_bytes();
    const bool fits = size <= config_.segment_bytes && segment.end() - first.base() <= INT32_MAX;
    if (group_end_ > group_begin_ && (!fits || segment.base() >= mapped_to_)) break;
  }
  ASSIGN_OR_RETURN(int32_t generation, target_.next_generation());
  ASSIGN_OR_RETURN(output_, Segment::create(env_, directory_, {first.base(), generation},
                                            config_.index_interval_bytes));
  is_handed_over_ = false;
  segment_ = group_begin_;
  at_ = first.base();
  return OkStatus();
}

StatusOr<size_t> Compaction::step_copy(size_t bytes_max) {
  if (output_ == nullptr) RETURN_IF_ERROR(begin_group());
  Segment& segment = *plan_.segments[segment_];
  ASSIGN_OR_RETURN(Batches batches, read_next(segment, at_, bytes_max));
  RETURN_IF_ERROR(for_each_batch(
      batches.bytes, [this](auto batch, const auto& header) { return copy_batch(batch, header); }));
  at_ = batches.next;
  ASSIGN_OR_RETURN(size_t written, write_kept());
  if (at_ >= segment.end() && ++segment_ == group_end_) RETURN_IF_ERROR(finish_group());
  return std::max<size_t>(batches.bytes.size() + written, 1);
}

Status Compaction::copy_batch(std::string_view batch, const BatchHeader& header) {
  const int64_t now_ms = env_.wall_ms();
  BatchRule rule;
  rule.horizon_ms = now_ms + std::min(config_.delete_retention_ms, INT64_MAX - now_ms);
  if (header.is_control()) {
    rule.needs_horizon = transactions_->add_marker(header);
    rule.drops_all =
        rule.needs_horizon && header.has_delete_horizon() && header.base_timestamp <= now_ms;
  } else {
    rule.drops_all = transactions_->add_data(header);
  }
  auto last = plan_.last_offsets.find(header.producer_id);
  rule.keeps_empty = last != plan_.last_offsets.end() && last->second == header.last();
  return filter_.filter(
      batch, header, rule, [&](const Record& record) { return keeps(header, record, now_ms); },
      kept_);
}

bool Compaction::keeps(const BatchHeader& header, const Record& record, int64_t now_ms) const {
  if (header.is_control() || record.offset >= mapped_to_.value) return true;
  if (!record.key.has_value() || record.offset < map_->find(*record.key).value) return false;
  const bool is_past_horizon = header.has_delete_horizon() && header.base_timestamp <= now_ms;
  return record.value.has_value() || !is_past_horizon;
}

StatusOr<size_t> Compaction::write_kept() {
  const size_t size = kept_.size();
  if (size > 0) RETURN_IF_ERROR(output_->append_batches(kept_));
  kept_.clear();
  unsynced_bytes_ += static_cast<int64_t>(size);
  if (unsynced_bytes_ > kUnsyncedBytesMax) {
    RETURN_IF_ERROR(output_->file().sync());
    unsynced_bytes_ = 0;
  }
  return size;
}

Status Compaction::finish_group() {
  output_->set_end(plan_.segments[group_end_ - 1]->end());
  RETURN_IF_ERROR(output_->file().sync());
  unsynced_bytes_ = 0;
  Status saved = output_->save_index();
  if (!saved.ok()) LOG_WARN("cannot save index: {}", message_of(saved));
  const bool is_last =
      group_end_ == plan_.segments.size() || plan_.segments[group_end_]->base() >= mapped_to_;
  std::optional<Offset> cleaned_to;
  if (is_last) cleaned_to = mapped_to_;
  Status exchanged = target_.exchange(output_, cleaned_to);
  is_handed_over_ = exchanged.code() != StatusCode::kAborted;
  RETURN_IF_ERROR(exchanged);
  next_segments_.push_back(std::exchange(output_, nullptr));
  if (!is_last) return OkStatus();
  next_segments_.insert(next_segments_.end(),
                        plan_.segments.begin() + static_cast<ptrdiff_t>(group_end_),
                        plan_.segments.end());
  plan_.segments = next_segments_;
  pass_begin_ = mapped_to_;
  result_.bytes_after = 0;
  for (const auto& segment : plan_.segments) result_.bytes_after += segment->size_bytes();
  begin_pass();
  return OkStatus();
}

}  // namespace kappa::log
