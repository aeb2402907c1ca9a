#include "kafka/broker/fetch_sessions.h"

#include <algorithm>
#include <limits>

#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithSessions = 7;
constexpr int16_t kFirstVersionWithIds = 13;
constexpr int32_t kInitialEpoch = 0;
constexpr int32_t kFinalEpoch = -1;

int32_t after(int32_t epoch) {
  return epoch == std::numeric_limits<int32_t>::max() ? 1 : epoch + 1;
}

}  // namespace

// --- one session

size_t FetchedPartition::size_bytes() const {
  constexpr size_t kPlaceBytes = 96;  // of the list and the map, about
  return sizeof *this + kPlaceBytes + 2 * topic.size();
}

void FetchSession::put(FetchedPartition partition) {
  Key key{partition.topic, partition.topic_id, partition.wanted.index};
  auto found = places_.find(key);
  if (found != places_.end()) {
    found->second->wanted = partition.wanted;
    return;
  }
  size_bytes_ += partition.size_bytes();
  partitions_.push_back(std::move(partition));
  places_.emplace(std::move(key), std::prev(partitions_.end()));
}

void FetchSession::fill(const FetchRequest& request, const FetchResponse& response) {
  absl::MutexLock lock(&mutex_);
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions)
      put({.topic = std::string(topic.name), .topic_id = topic.topic_id, .wanted = partition});
  }
  for (const auto& topic : response.topics) {
    for (const auto& answer : topic.partitions)
      take_news({topic.name, topic.topic_id, answer.index}, answer);
  }
}

int16_t FetchSession::update(const FetchRequest& request, bool has_topic_ids) {
  absl::MutexLock lock(&mutex_);
  if (request.session_epoch != next_epoch_) return error::kInvalidFetchSessionEpoch;
  if (has_topic_ids != has_topic_ids_) return error::kFetchSessionTopicIdError;
  next_epoch_ = after(next_epoch_);
  for (const auto& topic : request.topics) {
    for (const auto& partition : topic.partitions)
      put({.topic = std::string(topic.name), .topic_id = topic.topic_id, .wanted = partition});
  }
  for (const auto& topic : request.forgotten_topics) {
    for (int32_t index : topic.partitions) {
      auto found = places_.find(Key{std::string(topic.name), topic.topic_id, index});
      if (found == places_.end()) continue;
      size_bytes_ -= found->second->size_bytes();
      partitions_.erase(found->second);
      places_.erase(found);
    }
  }
  return error::kNone;
}

std::vector<FetchedPartition> FetchSession::partitions() const {
  absl::MutexLock lock(&mutex_);
  return {partitions_.begin(), partitions_.end()};
}

bool FetchSession::take_news(const Key& key, const FetchResponse::Topic::Partition& answer) {
  auto found = places_.find(key);
  if (found == places_.end()) return true;  // forgotten meanwhile: what was read is told
  FetchedPartition& known = *found->second;
  const bool has_records = answer.records && answer.records->size() > 0;
  const bool is_error = answer.error_code != error::kNone;
  const bool has_news = has_records || is_error || answer.diverging_epoch.epoch >= 0 ||
                        answer.high_watermark != known.high_watermark ||
                        answer.log_start_offset != known.log_start_offset;
  // After an error the next answer without one is news.
  known.high_watermark = is_error ? -1 : answer.high_watermark;
  known.log_start_offset = is_error ? -1 : answer.log_start_offset;
  // What had records is read after the others next time: an answer's limit starves nobody.
  if (has_records) partitions_.splice(partitions_.end(), partitions_, found->second);
  return has_news;
}

int16_t FetchSession::finish(int32_t epoch, FetchResponse& response) {
  absl::MutexLock lock(&mutex_);
  if (after(epoch) != next_epoch_) return error::kInvalidFetchSessionEpoch;
  for (auto& topic : response.topics) {
    std::erase_if(topic.partitions, [&](const auto& answer) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return !take_news({topic.name, topic.topic_id, answer.index}, answer);
    });
  }
  std::erase_if(response.topics, [](const auto& topic) { return topic.partitions.empty(); });
  return error::kNone;
}

bool FetchSession::is_empty() const {
  absl::MutexLock lock(&mutex_);
  return partitions_.empty();
}

size_t FetchSession::size_bytes() const {
  absl::MutexLock lock(&mutex_);
  return sizeof *this + size_bytes_;
}

// --- one request

void FetchContext::take_partitions() {
  partitions_ = session_->partitions();
  request_.topics.clear();
  for (const FetchedPartition& partition : partitions_) {
    const bool is_same = !request_.topics.empty() &&
                         request_.topics.back().name == partition.topic &&
                         request_.topics.back().topic_id == partition.topic_id;
    if (!is_same)
      request_.topics.push_back({.name = partition.topic, .topic_id = partition.topic_id});
    request_.topics.back().partitions.push_back(partition.wanted);
  }
}

void FetchContext::finish(FetchResponse& response) {
  if (may_open_) session_ = sessions_.open(*this, response);
  if (session_ == nullptr) return;
  if (!may_open_) {
    response.error_code = session_->finish(request_.session_epoch, response);
    if (response.error_code != error::kNone) return response.topics.clear();
  }
  response.session_id = session_->id();
}

// --- all sessions

std::unique_ptr<FetchContext> FetchSessions::begin(FetchRequest request, int16_t version) {
  std::unique_ptr<FetchContext> context(new FetchContext(*this, std::move(request)));
  if (version < kFirstVersionWithSessions) return context;
  context->has_topic_ids_ = version >= kFirstVersionWithIds;
  const FetchRequest& wanted = context->request_;
  if (wanted.session_epoch != kInitialEpoch && wanted.session_epoch != kFinalEpoch) {
    go_on(*context);
    return context;
  }
  if (wanted.session_id != 0) close(wanted.session_id);
  context->may_open_ = wanted.session_epoch == kInitialEpoch;
  return context;
}

void FetchSessions::go_on(FetchContext& context) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(context.request_.session_id);
  if (found == entries_.end()) {
    context.error_ = error::kFetchSessionIdNotFound;
    return;
  }
  Entry& entry = found->second;
  context.error_ = entry.session->update(context.request_, context.has_topic_ids_);
  if (context.error_ != error::kNone) return;
  const size_t size_bytes = entry.session->size_bytes();
  size_bytes_ += size_bytes - entry.size_bytes;
  entry.size_bytes = size_bytes;
  entry.used_ms = env_.wall_ms();
  context.session_ = entry.session;
  context.take_partitions();
  if (entry.session->is_empty()) {
    // Nothing left to remember: it ends here.
    context.session_ = nullptr;
    erase(found);
  } else if (size_bytes_ > limits_.bytes_max) {
    // It grew beyond the limit: this answer is its last, and the client will begin anew.
    erase(found);
  }
}

std::shared_ptr<FetchSession> FetchSessions::open(const FetchContext& context,
                                                  const FetchResponse& response) {
  auto count = [](const auto& topics) {
    size_t partitions = 0;
    for (const auto& topic : topics) partitions += topic.partitions.size();
    return partitions;
  };
  if (count(context.request_.topics) == 0) return nullptr;
  absl::MutexLock lock(&mutex_);
  int32_t id = 0;
  while (id == 0 || entries_.contains(id)) id = static_cast<int32_t>(env_.random_u64() >> 33);
  auto session = std::make_shared<FetchSession>(id, context.has_topic_ids_);
  session->fill(context.request_, response);
  const int64_t now_ms = env_.wall_ms();
  const size_t size_bytes = session->size_bytes();
  if (!make_room(size_bytes, now_ms)) return nullptr;
  entries_[id] = {session, now_ms, now_ms, size_bytes};
  size_bytes_ += size_bytes;
  return session;
}

bool FetchSessions::make_room(size_t size_bytes, int64_t now_ms) {
  auto is_full = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return entries_.size() >= static_cast<size_t>(std::max(limits_.sessions_max, 0)) ||
           size_bytes_ + size_bytes > limits_.bytes_max;
  };
  while (is_full() && !entries_.empty()) {
    auto oldest = entries_.begin(), smallest = entries_.end();
    for (auto it = entries_.begin(); it != entries_.end(); ++it) {
      if (it->second.used_ms < oldest->second.used_ms) oldest = it;
      const bool is_old = now_ms - it->second.created_ms > limits_.eviction_ms;
      if (is_old && it->second.size_bytes < size_bytes &&
          (smallest == entries_.end() || it->second.size_bytes < smallest->second.size_bytes))
        smallest = it;
    }
    if (now_ms - oldest->second.used_ms > limits_.eviction_ms) {
      erase(oldest);
    } else if (smallest != entries_.end()) {
      erase(smallest);
    } else {
      return false;
    }
  }
  return !is_full();
}

void FetchSessions::erase(Entries::iterator entry) {
  size_bytes_ -= entry->second.size_bytes;
  entries_.erase(entry);
}

void FetchSessions::close(int32_t id) {
  absl::MutexLock lock(&mutex_);
  auto found = entries_.find(id);
  if (found != entries_.end()) erase(found);
}

size_t FetchSessions::session_count() const {
  absl::MutexLock lock(&mutex_);
  return entries_.size();
}

size_t FetchSessions::size_bytes() const {
  absl::MutexLock lock(&mutex_);
  return size_bytes_;
}

}  // namespace kappa::kafka
