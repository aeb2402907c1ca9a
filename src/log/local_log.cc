#include "log/local_log.h"

#include <algorithm>
#include <set>

#include "base/logging.h"
#include "log/parallel.h"
#include "log/topic_list.h"

namespace kappa::log {
namespace {

constexpr int64_t kProducerIdBlock = 1000;

Status unknown_topic(std::string_view name) { return not_found("unknown topic: name={}", name); }
Status unknown_topic(const TopicId& id) { return not_found("unknown topic: id={}", id); }

TopicId random_topic_id(env::Env& env) {
  TopicId id;
  env.random_bytes(reinterpret_cast<char*>(id.bytes.data()), id.bytes.size());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0f) | 0x40);  // version 4
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562
  return id;
}

}  // namespace

// One partition that is opened, and what comes of it.
struct LocalLog::Opening {
  std::string directory;
  TopicConfig config;
  StatusOr<std::shared_ptr<SegmentPartition>> opened = internal_error("not opened");
  std::vector<std::string> notes;
};

StatusOr<std::unique_ptr<Log>> Log::open(env::Env& env, LogOptions options) {
  return LocalLog::open(env, std::move(options));
}

StatusOr<std::unique_ptr<LocalLog>> LocalLog::open(env::Env& env, LogOptions options) {
  RETURN_IF_ERROR(env::create_directories(env, env::join_path(options.directory, "partitions")));
  ASSIGN_OR_RETURN(auto lock, env.lock_file(env::join_path(options.directory, "lock")));
  std::unique_ptr<LocalLog> log(new LocalLog(env, std::move(options), std::move(lock)));
  RETURN_IF_ERROR(log->recover());
  return log;
}

LocalLog::LocalLog(env::Env& env, LogOptions options, std::unique_ptr<env::FileLock> lock)
    : env_(env),
      options_(std::move(options)),
      lock_(std::move(lock)),
      flusher_(std::make_unique<Flusher>(env)),
      housekeeper_(std::make_unique<Housekeeper>(env, options_)) {}

LocalLog::~LocalLog() {
  housekeeper_->stop();
  for (auto& partition : partitions()) partition->stop(unavailable("log is closed"));
}

std::vector<std::shared_ptr<SegmentPartition>> LocalLog::partitions() const {
  std::vector<std::shared_ptr<SegmentPartition>> all;
  absl::MutexLock lock(&mutex_);
  for (const auto& [name, topic] : topics_)
    all.insert(all.end(), topic.partitions.begin(), topic.partitions.end());
  return all;
}

std::string LocalLog::partition_path(std::string_view topic, int32_t index) const {
  return fmt::format("{}/partitions/{}-{}", options_.directory, topic, index);
}

Status LocalLog::recover() {
  auto loaded = load_topics(env_, options_.directory);
  std::vector<TopicDescription> topics;
  if (loaded.ok()) {
    topics = std::move(*loaded);
  } else if (loaded.status().code() != StatusCode::kNotFound) {
    return loaded.status();
  } else {
    std::string path = env::join_path(options_.directory, "partitions");
    ASSIGN_OR_RETURN(auto names, env_.list_directory(path));
    if (!names.empty())
      return data_loss("topic list is missing but there are partitions: path={}", path);
    RETURN_IF_ERROR(save_topics(env_, options_.directory, {}));
  }
  RETURN_IF_ERROR(remove_leftovers(topics));
  ASSIGN_OR_RETURN(auto settings, load_server_settings(env_, options_.directory));
  {
    absl::MutexLock lock(&mutex_);
    server_settings_ = std::move(settings);
  }
  ASSIGN_OR_RETURN(auto opened, open_topics(topics));
  for (Topic& topic : opened) {
    for (const auto& partition : topic.partitions) housekeeper_->add(partition);
    absl::MutexLock lock(&mutex_);
    names_[topic.description.id] = topic.description.name;
    topics_.emplace(topic.description.name, std::move(topic));
  }
  absl::MutexLock lock(&producer_id_mutex_);
  ASSIGN_OR_RETURN(reserved_producer_ids_, load_producer_ids(env_, options_.directory));
  next_producer_id_ = reserved_producer_ids_;
  return OkStatus();
}

Status LocalLog::remove_leftovers(const std::vector<TopicDescription>& topics) {
  std::set<std::string> known;
  for (const TopicDescription& topic : topics) {
    for (int32_t i = 0; i < topic.partition_count; ++i) known.insert(partition_path(topic.name, i));
  }
  std::string directory = env::join_path(options_.directory, "partitions");
  ASSIGN_OR_RETURN(auto names, env_.list_directory(directory));
  for (const std::string& name : names) {
    std::string path = env::join_path(directory, name);
    if (known.count(path) > 0) continue;
    if (!env_.list_directory(path).ok()) {
      LOG_WARN("not a partition, left alone: path={}", path);
      continue;
    }
    LOG_INFO("removing what is left of a deleted topic: path={}", path);
    RETURN_IF_ERROR(env::remove_directory_and_files(env_, path));
  }
  return OkStatus();
}

StatusOr<std::vector<LocalLog::Topic>> LocalLog::open_topics(
    const std::vector<TopicDescription>& descriptions) {
  std::vector<Opening> openings;
  for (const TopicDescription& description : descriptions) {
    ASSIGN_OR_RETURN(TopicConfig config,
                     make_topic_config(description.settings, options_for(description.name)));
    for (int32_t i = 0; i < description.partition_count; ++i)
      openings.push_back({partition_path(description.name, i), config});
  }
  run_parallel(env_, openings.size(), [&](size_t i) {
    Opening& opening = openings[i];
    opening.opened = SegmentPartition::open(env_, opening.directory, opening.config, *flusher_,
                                            *housekeeper_, opening.notes);
  });
  std::vector<Topic> topics;
  auto next = openings.begin();
  for (const TopicDescription& description : descriptions) {
    Topic& topic = topics.emplace_back(Topic{.description = description});
    for (int32_t i = 0; i < description.partition_count; ++i, ++next) {
      ASSIGN_OR_RETURN(auto partition, std::move(next->opened));
      topic.partitions.push_back(std::move(partition));
      notes_.insert(notes_.end(), next->notes.begin(), next->notes.end());
    }
  }
  return topics;
}

std::vector<TopicDescription> LocalLog::descriptions() const {
  std::vector<TopicDescription> all;
  for (const auto& [name, topic] : topics_) all.push_back(topic.description);
  return all;
}

StatusOr<TopicDescription> LocalLog::create_topic(std::string_view name, int32_t partition_count,
                                                  TopicSettings settings) {
  RETURN_IF_ERROR(check_topic_name(name));
  if (partition_count < 1 || partition_count > kPartitionsMax)
    return invalid_argument("a topic has 1 to {} partitions: name={} partitions={}", kPartitionsMax,
                            name, partition_count);
  absl::MutexLock change_lock(&change_mutex_);
  ASSIGN_OR_RETURN(TopicConfig config, make_checked_config(settings, options_for(name)));
  TopicDescription description{std::string(name), random_topic_id(env_), partition_count,
                               std::move(settings)};
  if (is_closed_) return unavailable("log is closed");
  std::vector<TopicDescription> all;
  {
    absl::MutexLock lock(&mutex_);
    if (topics_.count(name) > 0) return already_exists("topic exists: name={}", name);
    all = descriptions();
  }
  for (int32_t i = 0; i < partition_count; ++i)
    RETURN_IF_ERROR(SegmentPartition::create(env_, partition_path(name, i), config));
  RETURN_IF_ERROR(env_.sync_directory(env::join_path(options_.directory, "partitions")));
  ASSIGN_OR_RETURN(auto opened, open_topics({description}));
  Topic& topic = opened.front();
  all.push_back(description);
  RETURN_IF_ERROR(save_topics(env_, options_.directory, all));
  for (const auto& partition : topic.partitions) housekeeper_->add(partition);
  absl::MutexLock lock(&mutex_);
  names_[description.id] = description.name;
  topics_.emplace(description.name, std::move(topic));
  ++topics_version_;
  return description;
}

Status LocalLog::delete_topic(const TopicId& id) {
  absl::MutexLock change_lock(&change_mutex_);
  if (is_closed_) return unavailable("log is closed");
  std::vector<TopicDescription> remaining;
  {
    absl::MutexLock lock(&mutex_);
    if (names_.count(id) == 0) return unknown_topic(id);
    remaining = descriptions();
  }
  std::erase_if(remaining, [&id](const TopicDescription& t) { return t.id == id; });
  RETURN_IF_ERROR(save_topics(env_, options_.directory, remaining));
  Topic topic;
  {
    absl::MutexLock lock(&mutex_);
    auto it = topics_.find(names_.at(id));
    topic = std::move(it->second);
    topics_.erase(it);
    names_.erase(id);
    ++topics_version_;
  }
  for (auto& partition : topic.partitions) {
    partition->stop(not_found("topic was deleted: name={}", topic.description.name));
    housekeeper_->forget(partition.get());
  }
  // The topic is gone whatever happens to its files; what stays is removed at the next start.
  Status removed = remove_partitions(topic.description);
  if (!removed.ok()) LOG_WARN("cannot remove a deleted topic: {}", message_of(removed));
  return OkStatus();
}

Status LocalLog::remove_partitions(const TopicDescription& description) {
  for (int32_t i = 0; i < description.partition_count; ++i) {
    RETURN_IF_ERROR(env::remove_directory_and_files(env_, partition_path(description.name, i)));
  }
  return env_.sync_directory(env::join_path(options_.directory, "partitions"));
}

std::vector<TopicDescription> LocalLog::topics() const {
  absl::MutexLock lock(&mutex_);
  return descriptions();
}

StatusOr<TopicDescription> LocalLog::find_topic(std::string_view name) const {
  absl::MutexLock lock(&mutex_);
  auto it = topics_.find(name);
  if (it == topics_.end()) return unknown_topic(name);
  return it->second.description;
}

StatusOr<TopicDescription> LocalLog::find_topic(const TopicId& id) const {
  absl::MutexLock lock(&mutex_);
  auto it = names_.find(id);
  if (it == names_.end()) return unknown_topic(id);
  return topics_.find(it->second)->second.description;
}

StatusOr<std::shared_ptr<Partition>> LocalLog::partition(const TopicId& id, int32_t index) const {
  absl::MutexLock lock(&mutex_);
  auto it = names_.find(id);
  if (it == names_.end()) return unknown_topic(id);
  const auto& partitions = topics_.find(it->second)->second.partitions;
  if (index < 0 || static_cast<size_t>(index) >= partitions.size())
    return not_found("unknown partition: topic={} partition={}", it->second, index);
  return std::shared_ptr<Partition>(partitions[static_cast<size_t>(index)]);
}

StatusOr<int64_t> LocalLog::allocate_producer_id() {
  absl::MutexLock lock(&producer_id_mutex_);
  if (next_producer_id_ == reserved_producer_ids_) {
    RETURN_IF_ERROR(
        save_producer_ids(env_, options_.directory, reserved_producer_ids_ + kProducerIdBlock));
    reserved_producer_ids_ += kProducerIdBlock;
  }
  return next_producer_id_++;
}

std::vector<std::string> LocalLog::recovery_notes() const { return notes_; }

Status LocalLog::close() {
  absl::MutexLock change_lock(&change_mutex_);
  if (is_closed_) return OkStatus();
  is_closed_ = true;
  housekeeper_->stop();
  const auto all = partitions();
  std::vector<Status> closed(all.size());
  run_parallel(env_, all.size(), [&](size_t i) { closed[i] = all[i]->close(); });
  Status result;
  for (const Status& status : closed) {
    if (result.ok()) result = status;
  }
  return result;
}

}  // namespace kappa::log
