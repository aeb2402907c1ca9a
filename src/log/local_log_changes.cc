// Changes of topics that are in use: their settings, and more partitions. Each is: new partitions
// on disk, the new list of topics on disk, then in memory, then whoever observes is told.

#include "log/local_log.h"
#include "log/topic_list.h"
#include "log/topic_settings.h"

namespace kappa::log {

StatusOr<TopicDescription> LocalLog::changeable(const TopicId& id) const {
  if (is_closed_) return unavailable("log is closed");
  return find_topic(id);
}

Status LocalLog::check_change(const TopicDescription& before, const TopicDescription& after) {
  return observer_ == nullptr ? OkStatus() : observer_->check_change(before, after);
}

Status LocalLog::save_changed(const TopicDescription& changed) const {
  std::vector<TopicDescription> all = topics();
  for (TopicDescription& topic : all) {
    if (topic.id == changed.id) topic = changed;
  }
  return save_topics(env_, options_.directory, all);
}

StatusOr<TopicDescription> LocalLog::change_settings(const TopicId& id, SettingsChange change,
                                                     ChangeMode mode) {
  absl::MutexLock change_lock(&change_mutex_);
  ASSIGN_OR_RETURN(const TopicDescription before, changeable(id));
  TopicDescription after = before;
  RETURN_IF_ERROR(change(after.settings));
  ASSIGN_OR_RETURN(const TopicConfig config,
                   make_checked_config(after.settings, options_for(after.name)));
  RETURN_IF_ERROR(check_change(before, after));
  if (mode == ChangeMode::kCheckOnly || after.settings == before.settings) return after;
  RETURN_IF_ERROR(save_changed(after));
  std::vector<std::shared_ptr<SegmentPartition>> partitions;
  {
    absl::MutexLock lock(&mutex_);
    Topic& topic = topics_.find(after.name)->second;
    topic.description = after;
    ++topics_version_;
    partitions = topic.partitions;
  }
  for (const auto& partition : partitions) partition->change_config(config);
  if (observer_ != nullptr) observer_->changed(after);
  return after;
}

StatusOr<std::vector<std::shared_ptr<SegmentPartition>>> LocalLog::make_partitions(
    const TopicDescription& before, const TopicDescription& after) {
  ASSIGN_OR_RETURN(const TopicConfig config,
                   make_topic_config(after.settings, options_for(after.name)));
  for (int32_t i = before.partition_count; i < after.partition_count; ++i)
    RETURN_IF_ERROR(SegmentPartition::create(env_, partition_path(after.name, i), config));
  RETURN_IF_ERROR(env_.sync_directory(env::join_path(options_.directory, "partitions")));
  std::vector<std::string> notes;  // an empty partition has none
  std::vector<std::shared_ptr<SegmentPartition>> made;
  for (int32_t i = before.partition_count; i < after.partition_count; ++i) {
    ASSIGN_OR_RETURN(auto partition,
                     SegmentPartition::open(env_, partition_path(after.name, i), config, *flusher_,
                                            *housekeeper_, notes));
    made.push_back(std::move(partition));
  }
  return made;
}

StatusOr<TopicDescription> LocalLog::add_partitions(const TopicId& id, int32_t partition_count,
                                                    ChangeMode mode) {
  absl::MutexLock change_lock(&change_mutex_);
  ASSIGN_OR_RETURN(const TopicDescription before, changeable(id));
  if (partition_count <= before.partition_count)
    return invalid_argument("topic has {} partitions already: name={} partitions={}",
                            before.partition_count, before.name, partition_count);
  if (partition_count > kPartitionsMax)
    return invalid_argument("a topic has 1 to {} partitions: name={} partitions={}", kPartitionsMax,
                            before.name, partition_count);
  TopicDescription after = before;
  after.partition_count = partition_count;
  RETURN_IF_ERROR(check_change(before, after));
  if (mode == ChangeMode::kCheckOnly) return after;
  ASSIGN_OR_RETURN(auto made, make_partitions(before, after));
  RETURN_IF_ERROR(save_changed(after));
  for (const auto& partition : made) housekeeper_->add(partition);
  {
    absl::MutexLock lock(&mutex_);
    Topic& topic = topics_.find(after.name)->second;
    topic.description = after;
    ++topics_version_;
    topic.partitions.insert(topic.partitions.end(), made.begin(), made.end());
  }
  if (observer_ != nullptr) observer_->changed(after);
  return after;
}

void LocalLog::observe(TopicObserver* observer) {
  absl::MutexLock change_lock(&change_mutex_);
  observer_ = observer;
}

}  // namespace kappa::log
