#include "log/segment_partition.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"

namespace kappa::log {
namespace {

// How much may be appended before the durable watermark is saved again.
constexpr int64_t kWatermarkBytes = int64_t{16} << 20;
// Kafka's producer.id.expiration.ms.
constexpr int64_t kProducerExpiryMs = 24 * 3600 * 1000;

}  // namespace

Status SegmentPartition::create(env::Env& env, const std::string& directory,
                                const TopicConfig& config) {
  RETURN_IF_ERROR(env::remove_directory_and_files(env, directory));
  RETURN_IF_ERROR(env.create_directory(directory));
  return Segment::create(env, directory, {Offset(0)}, config.index_interval_bytes).status();
}

StatusOr<std::shared_ptr<SegmentPartition>> SegmentPartition::open(
    env::Env& env, std::string directory, const TopicConfig& config, Flusher& flusher,
    Housekeeper& housekeeper, std::vector<std::string>& notes) {
  ASSIGN_OR_RETURN(auto recovered, recover_partition(env, directory, config.index_interval_bytes));
  for (const std::string& note : recovered.notes) LOG_WARN("recovery: {}", note);
  notes.insert(notes.end(), recovered.notes.begin(), recovered.notes.end());
  auto partition = std::shared_ptr<SegmentPartition>(new SegmentPartition(
      env, std::move(directory), config, flusher, housekeeper, std::move(recovered)));
  partition->holds_ = std::make_shared<HoldList>([weak = std::weak_ptr(partition)] {
    if (auto held = weak.lock()) held->look_again();
  });
  return partition;
}

SegmentPartition::SegmentPartition(env::Env& env, std::string directory, const TopicConfig& config,
                                   Flusher& flusher, Housekeeper& housekeeper,
                                   RecoveredPartition recovered)
    : env_(env),
      directory_(std::move(directory)),
      opened_at_(recovered.watermark),
      high_watermark_(recovered.watermark.offset.value),
      log_end_(recovered.watermark.offset.value),
      log_start_(recovered.layout.log_start.value),
      last_stable_(recovered.watermark.offset.value),
      config_(config),
      flusher_(&flusher),
      housekeeper_(&housekeeper),
      segments_(std::move(recovered.segments)),
      producers_(std::move(recovered.producers)),
      durable_(recovered.watermark.offset),
      layout_(std::move(recovered.layout)),
      settled_end_(recovered.watermark.segment_base),
      last_generation_(layout_.last_generation),
      saved_(recovered.watermark) {
  for (const auto& segment : segments_) size_bytes_ += segment->size_bytes();
  absl::MutexLock lock(&mutex_);
  update_last_stable();
}

TopicConfig SegmentPartition::config() const {
  absl::ReaderMutexLock lock(&config_mutex_);
  return config_;
}

void SegmentPartition::change_config(const TopicConfig& config) {
  {
    absl::MutexLock lock(&mutex_);
    {
      absl::MutexLock config_lock(&config_mutex_);
      config_ = config;
    }
    if (!config.is_synced) {
      high_watermark_ = log_end_.load();
      update_last_stable();
    }
    ask_for_upkeep();
  }
  // What durability=os has shown to readers must be on disk before sync is promised.
  if (config.is_synced) sync();
  notify_watchers();
}

// --- append

void SegmentPartition::append(std::string batch, Acks acks, AppendCallback done) {
  append_from(AppendSource::kClient, std::move(batch), acks, std::move(done));
}

void SegmentPartition::append_internal(std::string batch, Acks acks, AppendCallback done) {
  append_from(AppendSource::kServer, std::move(batch), acks, std::move(done));
}

void SegmentPartition::append_from(AppendSource source, std::string batch, Acks acks,
                                   AppendCallback done) {
  CheckedBatch checked = check_batch(batch, source, config(), env_.wall_ms());
  if (!checked.status.ok()) {
    done(refuse(checked.error, checked.status));
    return;
  }
  std::optional<AppendAnswer> answer;
  {
    absl::MutexLock lock(&mutex_);
    answer = write(batch, checked.header, acks, done);
  }
  if (!config().is_synced) notify_watchers();
  if (answer.has_value()) done(std::move(*answer));
}

AppendAnswer SegmentPartition::refuse(AppendError error, const Status& status) const {
  return {annotate(status, directory_), error, {}};
}

std::optional<AppendAnswer> SegmentPartition::write(std::string& batch, BatchHeader header,
                                                    Acks acks, AppendCallback& done) {
  if (!refusal_.ok()) return refuse(AppendError::kStorage, refusal_);
  const TopicConfig config = this->config();
  if (header.has_producer()) {
    SequenceVerdict verdict = producers_.sequences.check(header);
    if (verdict.duplicate_of.has_value())
      return answer_duplicate(*verdict.duplicate_of, acks, done);
    if (verdict.error != AppendError::kNone)
      return refuse(verdict.error,
                    aborted("sequence refused: producer_id={} epoch={} sequence={}",
                            header.producer_id, header.producer_epoch, header.base_sequence));
    if (!producers_.transactions.may_append(header))
      return refuse(AppendError::kInvalidTransactionState,
                    aborted("the producer has a transaction open that the batch is not part of: "
                            "producer_id={} epoch={}",
                            header.producer_id, header.producer_epoch));
  }
  header.base = log_end();
  set_base_offset(batch, header.base, 0);
  Status written = write_to_segment(batch, header);
  if (!written.ok()) return refuse(AppendError::kStorage, written);

  producers_.note(header, batch, env_.wall_ms());
  log_end_ = header.next().value;
  if (unsynced_.segments.empty() || unsynced_.segments.back() != segments_.back())
    unsynced_.segments.push_back(segments_.back());
  AppendAnswer answer;
  answer.result.base = header.base;
  answer.result.log_start = log_start();
  if (config.is_log_append_time) answer.result.log_append_time = TimestampMs(header.max_timestamp);
  if (!config.is_synced) {
    high_watermark_ = header.next().value;
    update_last_stable();
    if (unsynced_.segments.size() > 1) ask_for_sync();
    return answer;
  }
  ask_for_sync();
  if (acks != Acks::kAll) return answer;
  waiters_.push_back({header.next(), std::move(done), answer.result});
  return std::nullopt;
}

std::optional<AppendAnswer> SegmentPartition::answer_duplicate(const ProducerBatch& original,
                                                               Acks acks, AppendCallback& done) {
  AppendAnswer answer;
  answer.result.base = original.base;
  answer.result.log_start = log_start();
  answer.result.log_append_time = TimestampMs(original.log_append_time);
  answer.result.is_duplicate = true;
  Offset until = original.last + 1;
  if (acks != Acks::kAll || !config().is_synced || until <= durable_) return answer;
  auto at = std::upper_bound(waiters_.begin(), waiters_.end(), until,
                             [](Offset o, const Waiter& w) { return o < w.until; });
  waiters_.insert(at, Waiter{until, std::move(done), answer.result});
  return std::nullopt;
}

bool SegmentPartition::is_full(const BatchHeader& batch) const {
  constexpr int64_t kKafkaIndexEntryBytes = 8;
  Segment& active = *segments_.back();
  if (active.size_bytes() == 0) return false;
  const TopicConfig config = this->config();
  if (active.size_bytes() + static_cast<int64_t>(batch.size_bytes()) > config.segment_bytes ||
      batch.next() - active.base() > INT32_MAX)
    return true;
  const auto entries = static_cast<int64_t>(active.index_entry_count());
  if ((entries + 1) * kKafkaIndexEntryBytes > config.segment_index_bytes) return true;
  // By the records' clock when there is one, as Kafka does: a replayed history rolls like the
  // first.
  const int64_t age_max = config.segment_age_ms_max() - jitter_ms_;
  const int64_t first = active.first_timestamp().value_or(-1);
  if (first >= 0) return batch.max_timestamp - first > age_max;
  return env_.wall_ms() - active.seen_since_ms() > age_max;
}

Status SegmentPartition::write_to_segment(std::string_view batch, const BatchHeader& header) {
  if (is_full(header)) {
    RETURN_IF_ERROR(roll());
    ask_for_upkeep();
  }
  Segment& segment = *segments_.back();
  const int64_t position = segment.size_bytes();
  Status written = segment.append(batch, header);
  if (written.ok()) {
    size_bytes_ += static_cast<int64_t>(batch.size());
    if (size_bytes_ >= upkeep_bytes_) ask_for_upkeep();
    return written;
  }
  // A part may be there: it must not be taken for a batch later.
  Status truncated = segment.file().truncate(position);
  if (!truncated.ok()) refusal_ = annotate(truncated, "partition takes no writes");
  return written;
}

void SegmentPartition::ask_for_upkeep() {
  upkeep_bytes_ = INT64_MAX;
  if (housekeeper_ != nullptr) housekeeper_->add(weak_from_this());
}

Status SegmentPartition::roll() {
  const TopicConfig config = this->config();
  ASSIGN_OR_RETURN(auto segment,
                   Segment::create(env_, directory_, {log_end()}, config.index_interval_bytes));
  // Both can be rebuilt: a failure costs time at the next start, no more.
  Status saved = segments_.back()->save_index();
  producers_.expire(env_.wall_ms() - kProducerExpiryMs);
  if (saved.ok()) saved = save_producers(env_, directory_, log_end(), producers_);
  if (!saved.ok()) LOG_WARN("cannot save index: {}", message_of(saved));
  segments_.push_back(std::move(segment));
  unsynced_.has_new_files = true;
  const int64_t jitter_max = std::min(config.segment_jitter_ms, config.segment_age_ms_max());
  if (jitter_max > 0)
    jitter_ms_ = static_cast<int64_t>(env_.random_u64() % static_cast<uint64_t>(jitter_max));
  return OkStatus();
}

void SegmentPartition::ask_for_sync() {
  if (is_sync_asked_ || flusher_ == nullptr) return;
  is_sync_asked_ = true;
  flusher_->add(shared_from_this());
}

// --- group commit

Watermark SegmentPartition::end_place() const {
  return {log_end(), segments_.back()->base(), segments_.back()->size_bytes()};
}

void SegmentPartition::sync() {
  absl::MutexLock sync_lock(&sync_mutex_);
  Unsynced unsynced;
  {
    absl::MutexLock lock(&mutex_);
    is_sync_asked_ = false;
    if (is_sync_over_) return;
    unsynced = std::exchange(unsynced_, {});
    unsynced.end = end_place();
  }
  Status status = sync_files(unsynced);
  finish_sync(status, unsynced.end);
  if (status.ok()) save_progress(unsynced.end);
}

Status SegmentPartition::sync_files(const Unsynced& unsynced) {
  for (const auto& segment : unsynced.segments) RETURN_IF_ERROR(segment->file().sync());
  if (unsynced.has_new_files) return env_.sync_directory(directory_);
  return OkStatus();
}

void SegmentPartition::finish_sync(const Status& status, const Watermark& end) {
  std::deque<Waiter> answered;
  AppendAnswer failure;
  {
    absl::MutexLock lock(&mutex_);
    if (!status.ok()) {
      is_sync_over_ = true;
      refusal_ =
          unavailable("partition takes no writes since a sync failed: {}", message_of(status));
      LOG_ERROR("{}: {}", directory_, message_of(refusal_));
      failure = refuse(AppendError::kStorage, refusal_);
      answered.swap(waiters_);
    } else {
      durable_ = end.offset;
      // Never back: with durability=os it was ahead of the disk.
      high_watermark_ = std::max(high_watermark_.load(), end.offset.value);
      update_last_stable();
      while (!waiters_.empty() && waiters_.front().until <= durable_) {
        answered.push_back(std::move(waiters_.front()));
        waiters_.pop_front();
      }
    }
  }
  for (Waiter& waiter : answered) {
    if (status.ok()) failure.result = waiter.result;
    waiter.done(failure);
  }
  if (status.ok()) notify_watchers();
}

void SegmentPartition::save_progress(const Watermark& end) {
  bool is_far =
      end.segment_base != saved_.segment_base || end.position - saved_.position >= kWatermarkBytes;
  if (!is_far) {
    Status status = write_watermark_hint(env_, directory_, end);
    if (!status.ok() && !std::exchange(is_hint_missed_, true))
      LOG_WARN("cannot note how far the log is durable: {}", message_of(status));
    return;
  }
  Status status = save_watermark(env_, directory_, end);
  if (status.ok()) {
    saved_ = end;
    absl::MutexLock lock(&mutex_);
    settled_end_ = end.segment_base;
  } else {
    LOG_WARN("cannot save the durable watermark: {}", message_of(status));
  }
}

Status SegmentPartition::close() {
  sync();
  {
    absl::MutexLock lock(&mutex_);
    flusher_ = nullptr;
    housekeeper_ = nullptr;
    if (!refusal_.ok()) return refusal_;
    refusal_ = unavailable("log is closed");
  }
  sync();  // what came in between
  absl::MutexLock lock(&mutex_);
  if (is_sync_over_) return refusal_;
  Watermark end = end_place();
  if (end == opened_at_) return OkStatus();
  RETURN_IF_ERROR(segments_.back()->save_index());
  RETURN_IF_ERROR(save_producers(env_, directory_, end.offset, producers_));
  return save_watermark(env_, directory_, end);
}

void SegmentPartition::stop(const Status& why) {
  std::deque<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    flusher_ = nullptr;
    housekeeper_ = nullptr;
    is_sync_over_ = true;
    if (refusal_.ok()) refusal_ = why;
    waiters.swap(waiters_);
  }
  {
    absl::MutexLock layout_lock(&layout_mutex_);  // waits for a trim that is at work
  }
  for (Waiter& waiter : waiters) waiter.done(refuse(AppendError::kStorage, why));
  notify_watchers();
}

// --- reading

std::vector<std::shared_ptr<Segment>> SegmentPartition::segments() const {
  absl::MutexLock lock(&mutex_);
  return segments_;
}

Status SegmentPartition::no_such_offset(Offset offset) const {
  return out_of_range("offset is not in the log: offset={} log_start={} high_watermark={}", offset,
                      log_start(), high_watermark());
}

StatusOr<Batches> SegmentPartition::read(Offset from, size_t bytes_max) const {
  const Offset limit = high_watermark();
  if (from < log_start() || from > limit) return no_such_offset(from);
  return find_below(from, limit, bytes_max, &Segment::read);
}

StatusOr<LocatedBatches> SegmentPartition::locate(Offset from, size_t bytes_max) const {
  const Offset limit = high_watermark();
  if (from < log_start() || from > limit) return no_such_offset(from);
  return find_below(from, limit, bytes_max, &Segment::locate);
}

StatusOr<LocatedBatches> SegmentPartition::find_below(Offset from, Offset limit, size_t bytes_max,
                                                      SegmentRead read) const {
  for (Offset at = from; at < limit;) {
    std::shared_ptr<Segment> segment;
    {
      absl::MutexLock lock(&mutex_);
      auto after = std::upper_bound(
          segments_.begin(), segments_.end(), at,
          [](Offset o, const std::shared_ptr<Segment>& s) { return o < s->base(); });
      if (after != segments_.begin()) segment = *std::prev(after);
    }
    if (segment == nullptr) return no_such_offset(from);  // retention took it meanwhile
    ASSIGN_OR_RETURN(LocatedBatches batches, (*segment.*read)(at, limit, bytes_max));
    if (!batches.is_empty()) return batches;
    if (!segment->is_compacted() || segment->end() <= at)
      return data_loss("records are missing: directory={} offsets=[{}, {})", directory_, at,
                       std::min(segment->end(), limit));
    at = segment->end();
  }
  LocatedBatches none;
  none.next = limit;
  return none;
}

StatusOr<std::vector<Piece>> SegmentPartition::cut(Offset from, Offset to, size_t piece_bytes,
                                                   size_t bytes_max) const {
  const Offset limit = high_watermark();
  auto segments = this->segments();
  if (from < log_start() || from < segments.front()->base() || from > limit || to > limit)
    return no_such_offset(from);
  std::vector<Piece> pieces;
  for (const auto& segment : segments) {
    if (from >= to || bytes_max == 0) break;
    if (segment->end() <= from) continue;
    RETURN_IF_ERROR(segment->cut(from, to, piece_bytes, bytes_max, pieces));
    from = pieces.back().to;
  }
  return pieces;
}

StatusOr<std::optional<TimestampAndOffset>> SegmentPartition::find_timestamp(
    TimestampMs timestamp) const {
  const Offset limit = high_watermark();
  const Offset start = log_start();
  for (const auto& segment : segments()) {
    if (segment->end() <= start) continue;
    ASSIGN_OR_RETURN(auto found, segment->find_timestamp(timestamp.value, start, limit));
    if (found.has_value()) return found;
  }
  return std::optional<TimestampAndOffset>();
}

StatusOr<std::optional<TimestampAndOffset>> SegmentPartition::max_timestamp() const {
  const Offset limit = high_watermark();
  int64_t max = INT64_MIN;
  std::shared_ptr<Segment> holder;
  for (const auto& segment : segments()) {
    if (segment->base() >= limit) break;
    ASSIGN_OR_RETURN(int64_t largest, segment->max_timestamp(limit));
    if (largest <= max) continue;
    max = largest;
    holder = segment;
  }
  if (holder == nullptr) return std::optional<TimestampAndOffset>();
  return holder->find_timestamp(max, log_start(), limit);
}

int64_t SegmentPartition::size_bytes() const {
  absl::MutexLock lock(&mutex_);
  return size_bytes_;
}

// --- watchers

Partition::WatchId SegmentPartition::watch(std::function<void()> advanced) {
  absl::MutexLock lock(&watch_mutex_);
  WatchId id = next_watch_id_++;
  watchers_.emplace(id, std::move(advanced));
  return id;
}

void SegmentPartition::unwatch(WatchId id) {
  absl::MutexLock lock(&watch_mutex_);
  watchers_.erase(id);
}

void SegmentPartition::notify_watchers() {
  absl::MutexLock lock(&watch_mutex_);
  for (auto& [id, advanced] : watchers_) advanced();
}

}  // namespace kappa::log
