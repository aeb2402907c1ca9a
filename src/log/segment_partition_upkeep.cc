// The housekeeper's part of a partition: retention, trimming, and the exchange of segments for what
// a compaction made of them. Every change of the layout is: new layout on disk, then in memory,
// then the files that nobody needs any more are removed.

#include <algorithm>

#include "base/logging.h"
#include "log/retention.h"
#include "log/segment_partition.h"

namespace kappa::log {
namespace {

// When the segment's newest record was written, by its own clock.
StatusOr<int64_t> newest_of(Segment& segment) {
  ASSIGN_OR_RETURN(int64_t newest, segment.max_timestamp(segment.end()));
  return newest >= 0 ? newest : segment.seen_since_ms();
}

StatusOr<int64_t> oldest_of(Segment& segment) {
  ASSIGN_OR_RETURN(int64_t oldest, segment.first_timestamp());
  return oldest >= 0 ? oldest : segment.seen_since_ms();
}

// The first millisecond at which something of this time is older than the age.
int64_t after(int64_t time_ms, int64_t age_ms) {
  return time_ms > INT64_MAX - 1 - age_ms ? INT64_MAX : time_ms + age_ms + 1;
}

}  // namespace

bool SegmentPartition::is_over() const {
  absl::MutexLock lock(&mutex_);
  return !refusal_.ok() || flusher_ == nullptr;
}

Offset SegmentPartition::settled_end() const {
  absl::MutexLock lock(&mutex_);
  return settled_end_;
}

StatusOr<Upkeep> SegmentPartition::upkeep() {
  Upkeep upkeep;
  if (is_over()) return upkeep;
  const int64_t now_ms = env_.wall_ms();
  RETURN_IF_ERROR(close_if_lagging(now_ms, upkeep));
  RETURN_IF_ERROR(apply_retention(now_ms, upkeep));
  RETURN_IF_ERROR(remove_due_files(now_ms, upkeep));
  ASSIGN_OR_RETURN(Dirt dirt, find_free_dirt(now_ms));
  upkeep.next_ms = std::min(upkeep.next_ms, dirt.next_ms);
  // A compaction that must be done comes before all that only may.
  if (dirt.is_wanted) upkeep.dirtiness = dirt.ratio;
  return upkeep;
}

// --- retention

Status SegmentPartition::close_active_segment() {
  {
    absl::MutexLock lock(&mutex_);
    if (!refusal_.ok()) return refusal_;
    if (segments_.back()->size_bytes() > 0) RETURN_IF_ERROR(roll());
  }
  sync();
  return OkStatus();
}

Status SegmentPartition::close_if_lagging(int64_t now_ms, Upkeep& upkeep) {
  const TopicConfig config = this->config();
  if (!config.is_compacted || config.compaction_lag_ms_max == INT64_MAX) return OkStatus();
  const std::shared_ptr<Segment> active = segments().back();
  if (active->size_bytes() == 0) {
    // Its first record will ask for no look by itself.
    upkeep.next_ms = std::min(upkeep.next_ms, after(now_ms, config.compaction_lag_ms_max));
    return OkStatus();
  }
  ASSIGN_OR_RETURN(int64_t oldest, oldest_of(*active));
  const int64_t due_ms = after(oldest, config.compaction_lag_ms_max);
  if (due_ms <= now_ms) return close_active_segment();
  upkeep.next_ms = std::min(upkeep.next_ms, due_ms);
  return OkStatus();
}

Status SegmentPartition::apply_retention(int64_t now_ms, Upkeep& upkeep) {
  auto segments = this->segments();
  if (segments.back()->size_bytes() == 0) segments.pop_back();  // nothing in it could go
  std::vector<SegmentSize> sizes;
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool is_below = i + 1 < segments.size() && segments[i + 1]->base() <= log_start();
    sizes.push_back({segments[i]->size_bytes(), is_below});
  }
  ASSIGN_OR_RETURN(
      RetentionVerdict verdict,
      decide_retention(sizes, config(), now_ms, [&](size_t i) { return newest_of(*segments[i]); }));
  upkeep.next_ms = std::min(upkeep.next_ms, verdict.next_ms);
  {
    absl::MutexLock lock(&mutex_);
    upkeep_bytes_ = verdict.next_bytes;
  }
  size_t count = verdict.count;
  if (count == 0) return OkStatus();
  const Offset free = holds_->free_up_to(segments[count - 1]->end());
  while (count > 0 && segments[count - 1]->end() > free) --count;
  if (count == 0) return OkStatus();
  const Offset new_start = segments[count - 1]->end();
  if (new_start > settled_end()) RETURN_IF_ERROR(close_active_segment());
  // A sync that failed, or an append beside it, leaves some of them for the next look.
  while (count > 0 && segments[count - 1]->end() > settled_end()) --count;
  if (count == 0) return OkStatus();
  LOG_INFO("retention: directory={} log_start={} segments={}", directory_,
           segments[count - 1]->end(), count);
  return move_start(segments[count - 1]->end());
}

StatusOr<Offset> SegmentPartition::trim(Offset new_start) {
  if (new_start > high_watermark()) return no_such_offset(new_start);
  if (new_start <= log_start()) return log_start();
  // What lies above must not be lost by the crash that the layout survives.
  sync();
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(refusal_);
  }
  RETURN_IF_ERROR(move_start(new_start));
  absl::MutexLock lock(&mutex_);
  ask_for_upkeep();
  return log_start();
}

Status SegmentPartition::move_start(Offset new_start) {
  absl::MutexLock layout_lock(&layout_mutex_);
  if (const Offset free = holds_->free_up_to(new_start); free < new_start)
    return unavailable("records from offset {} on are still needed by views: directory={}", free,
                       directory_);
  SegmentLayout next;
  size_t count = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (flusher_ == nullptr) return unavailable("partition is closed: directory={}", directory_);
    if (new_start <= layout_.log_start) return OkStatus();
    while (count + 1 < segments_.size() && segments_[count + 1]->base() <= new_start &&
           segments_[count]->end() <= settled_end_)
      ++count;
    next = layout_;
    next.log_start = new_start;
    next.last_generation = last_generation_;
    next.forget_below(segments_[count]->base());
  }
  RETURN_IF_ERROR(save_layout(env_, directory_, next));
  std::vector<std::shared_ptr<Segment>> gone;
  {
    absl::MutexLock lock(&mutex_);
    const auto end = segments_.begin() + static_cast<ptrdiff_t>(count);
    gone.assign(segments_.begin(), end);
    segments_.erase(segments_.begin(), end);
    for (const auto& segment : gone) size_bytes_ -= segment->size_bytes();
    layout_ = std::move(next);
    log_start_ = new_start.value;
    producers_.transactions.forget_below(new_start);
  }
  remove_later(std::move(gone));
  return OkStatus();
}

void SegmentPartition::remove_later(std::vector<std::shared_ptr<Segment>> segments) {
  const int64_t now_ms = env_.wall_ms();
  const int64_t delay_ms = std::min(config().file_delete_delay_ms, INT64_MAX - now_ms);
  for (const auto& segment : segments) removals_.push_back({now_ms + delay_ms, segment->name()});
}

Status SegmentPartition::remove_due_files(int64_t now_ms, Upkeep& upkeep) {
  absl::MutexLock layout_lock(&layout_mutex_);
  while (!removals_.empty() && removals_.front().due_ms <= now_ms) {
    const SegmentName name = removals_.front().name;
    RETURN_IF_ERROR(Segment::remove_files(env_, directory_, name));
    const std::string snapshot =
        env::join_path(directory_, Segment::file_name(name.base, ".producers"));
    const auto segments = this->segments();
    const bool is_base = std::any_of(segments.begin(), segments.end(),
                                     [&name](const auto& s) { return s->base() == name.base; });
    if (!is_base && env_.exists(snapshot)) RETURN_IF_ERROR(env_.remove_file(snapshot));
    removals_.pop_front();
  }
  if (!removals_.empty()) upkeep.next_ms = std::min(upkeep.next_ms, removals_.front().due_ms);
  return OkStatus();
}

std::unique_ptr<Hold> SegmentPartition::hold(Offset from, std::function<void()> on_blocked) {
  absl::MutexLock layout_lock(&layout_mutex_);
  return holds_->add(std::max(from, log_start()), std::move(on_blocked));
}

void SegmentPartition::look_again() {
  absl::MutexLock lock(&mutex_);
  ask_for_upkeep();
}

// --- compaction

StatusOr<SegmentPartition::Dirt> SegmentPartition::find_free_dirt(int64_t now_ms) const {
  ASSIGN_OR_RETURN(Dirt dirt, find_dirt(now_ms, Offset(INT64_MAX)));
  if (!dirt.is_wanted) return dirt;
  const Offset free = holds_->free_up_to(dirt.end);
  return free < dirt.end ? find_dirt(now_ms, free) : dirt;
}

StatusOr<SegmentPartition::Dirt> SegmentPartition::find_dirt(int64_t now_ms, Offset limit) const {
  Dirt dirt;
  const TopicConfig config = this->config();
  if (!config.is_compacted) return dirt;
  const auto segments = this->segments();
  limit = std::min({limit, settled_end(), last_stable()});
  {
    absl::MutexLock lock(&mutex_);
    dirt.first_dirty = std::max(layout_.cleaned_to, segments.front()->base());
  }
  dirt.end = dirt.first_dirty;
  int64_t clean_bytes = 0, dirty_bytes = 0, oldest = INT64_MAX;
  for (size_t i = 0; i + 1 < segments.size() && segments[i]->end() <= limit; ++i) {
    Segment& segment = *segments[i];
    if (segment.end() <= dirt.first_dirty) {
      clean_bytes += segment.size_bytes();
      continue;
    }
    if (config.compaction_lag_ms_min > 0) {
      ASSIGN_OR_RETURN(int64_t newest, newest_of(segment));
      const int64_t due_ms = after(newest, config.compaction_lag_ms_min);
      if (due_ms > now_ms) {
        dirt.next_ms = due_ms;
        break;
      }
    }
    if (config.compaction_lag_ms_max < INT64_MAX) {
      ASSIGN_OR_RETURN(int64_t begin, oldest_of(segment));
      oldest = std::min(oldest, begin);
    }
    dirty_bytes += segment.size_bytes();
    dirt.end = segment.end();
    dirt.segment_count = i + 1;
  }
  if (dirty_bytes == 0) return dirt;
  dirt.ratio = static_cast<double>(dirty_bytes) / static_cast<double>(clean_bytes + dirty_bytes);
  const int64_t must_ms =
      oldest == INT64_MAX ? INT64_MAX : after(oldest, config.compaction_lag_ms_max);
  dirt.is_wanted = dirt.ratio > config.cleanable_ratio_min || must_ms <= now_ms;
  if (!dirt.is_wanted) dirt.next_ms = std::min(dirt.next_ms, must_ms);
  return dirt;
}

std::unique_ptr<Compaction> SegmentPartition::begin_compaction(size_t map_memory_bytes) {
  auto dirt = find_free_dirt(env_.wall_ms());
  if (!dirt.ok() || !dirt->is_wanted || is_over()) return nullptr;
  CompactionPlan plan;
  {
    absl::MutexLock lock(&mutex_);
    if (segments_.size() <= dirt->segment_count ||
        segments_[dirt->segment_count - 1]->end() != dirt->end)
      return nullptr;  // a trim came between
    plan.segments.assign(segments_.begin(),
                         segments_.begin() + static_cast<ptrdiff_t>(dirt->segment_count));
    plan.last_offsets = producers_.sequences.last_offsets();
    plan.transactions = this;
  }
  plan.first_dirty = dirt->first_dirty;
  plan.end = dirt->end;
  return std::make_unique<Compaction>(env_, directory_, config(), map_memory_bytes, std::move(plan),
                                      *this);
}

StatusOr<int32_t> SegmentPartition::next_generation() {
  absl::MutexLock layout_lock(&layout_mutex_);
  if (is_layout_uncertain_)
    return failed_precondition("no compaction until the next start: directory={}", directory_);
  if (last_generation_ == INT32_MAX)
    return resource_exhausted("too many compactions: directory={}", directory_);
  return ++last_generation_;
}

Status SegmentPartition::exchange(std::shared_ptr<Segment> compacted,
                                  std::optional<Offset> cleaned_to) {
  absl::MutexLock layout_lock(&layout_mutex_);
  if (is_over()) return aborted("partition takes no more changes: directory={}", directory_);
  if (holds_->free_up_to(compacted->end()) < compacted->end())
    return aborted("a reader needs the records as they are: directory={}", directory_);
  if (!config().is_compacted)
    return aborted("topic is not compacted any more: directory={}", directory_);
  SegmentLayout next;
  size_t begin = 0, end = 0;
  {
    absl::MutexLock lock(&mutex_);
    while (begin < segments_.size() && segments_[begin]->base() < compacted->base()) ++begin;
    for (end = begin; end + 1 < segments_.size() && segments_[end]->end() <= compacted->end();)
      ++end;
    if (begin == end || segments_[begin]->base() != compacted->base() ||
        segments_[end - 1]->end() != compacted->end())
      return aborted("segments are gone: directory={} base={}", directory_, compacted->base());
    next = layout_;
    next.replace({compacted->name(), compacted->end(), compacted->size_bytes()});
    next.cleaned_to = std::max(next.cleaned_to, cleaned_to.value_or(Offset(0)));
    next.last_generation = last_generation_;
  }
  Status saved = env_.sync_directory(directory_);
  if (saved.ok()) saved = save_layout(env_, directory_, next);
  is_layout_uncertain_ = !saved.ok();
  RETURN_IF_ERROR(saved);
  std::vector<std::shared_ptr<Segment>> gone;
  {
    absl::MutexLock lock(&mutex_);
    const auto first = segments_.begin() + static_cast<ptrdiff_t>(begin);
    gone.assign(first, first + static_cast<ptrdiff_t>(end - begin));
    for (const auto& segment : gone) size_bytes_ -= segment->size_bytes();
    size_bytes_ += compacted->size_bytes();
    *first = std::move(compacted);
    segments_.erase(first + 1, first + static_cast<ptrdiff_t>(end - begin));
    layout_ = std::move(next);
    // Their records are no longer there.
    producers_.transactions.forget_below(layout_.cleaned_to);
  }
  remove_later(std::move(gone));
  return OkStatus();
}

}  // namespace kappa::log
