#pragma once
// The log on this machine's disk. Directory (docs/formats/log.md):
//
//   lock, topics, settings, producer-ids, partitions/<topic>-<n>/…
//
// A topic exists when `topics` names it: its partitions are made before, and removed after. What
// `topics` does not name is left over from a crash and removed when the log is opened.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/flusher.h"
#include "log/housekeeper.h"
#include "log/log.h"
#include "log/segment_partition.h"
#include "log/server_settings.h"

namespace kappa::log {

inline constexpr int32_t kPartitionsMax = 10'000;  // of one topic

class LocalLog : public Log {
 public:
  static StatusOr<std::unique_ptr<LocalLog>> open(env::Env& env, LogOptions options);
  ~LocalLog() override;

  StatusOr<TopicDescription> create_topic(std::string_view name, int32_t partition_count,
                                          TopicSettings settings) override;
  Status delete_topic(const TopicId& id) override;
  uint64_t topics_version() const override { return topics_version_.load(); }
  StatusOr<TopicDescription> change_settings(const TopicId& id, SettingsChange change,
                                             ChangeMode mode) override;
  StatusOr<TopicDescription> add_partitions(const TopicId& id, int32_t partition_count,
                                            ChangeMode mode) override;
  TopicSettings server_settings(const SettingsOwner& owner) const override;
  std::vector<SettingsOwner> settings_owners() const override;
  Status change_server_settings(const SettingsOwner& owner, SettingsChange change,
                                ChangeMode mode) override;
  LogOptions options() const override;
  void observe(TopicObserver* observer) override;
  std::vector<TopicDescription> topics() const override;
  StatusOr<TopicDescription> find_topic(std::string_view name) const override;
  StatusOr<TopicDescription> find_topic(const TopicId& id) const override;
  StatusOr<std::shared_ptr<Partition>> partition(const TopicId& id, int32_t index) const override;
  StatusOr<int64_t> allocate_producer_id() override;
  void begin_upkeep() override { housekeeper_->begin(); }
  std::vector<std::string> recovery_notes() const override;
  Status close() override;

 private:
  struct Topic {
    TopicDescription description;
    std::vector<std::shared_ptr<SegmentPartition>> partitions;
  };

  struct Opening;

  LocalLog(env::Env& env, LogOptions options, std::unique_ptr<env::FileLock> lock);

  Status recover() ABSL_LOCKS_EXCLUDED(mutex_);
  Status remove_leftovers(const std::vector<TopicDescription>& topics);
  StatusOr<std::vector<Topic>> open_topics(const std::vector<TopicDescription>& descriptions);
  // The description of a topic that may be changed now.
  StatusOr<TopicDescription> changeable(const TopicId& id) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  Status check_change(const TopicDescription& before, const TopicDescription& after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // The topics that follow the server's settings, each as it is under them. Errors: when a topic's
  // own settings contradict them.
  struct NewConfig;
  StatusOr<std::vector<NewConfig>> new_configs(const ServerSettings& settings) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_) ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes, on disk, the partitions that `after` has and `before` has not.
  StatusOr<std::vector<std::shared_ptr<SegmentPartition>>> make_partitions(
      const TopicDescription& before, const TopicDescription& after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // The list of topics on disk, with this one as it is now.
  Status save_changed(const TopicDescription& changed) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(change_mutex_);
  // The options that hold for a topic under these settings of the server.
  LogOptions options_for(std::string_view topic, const ServerSettings& settings) const;
  // The same as things are.
  LogOptions options_for(std::string_view topic) const ABSL_LOCKS_EXCLUDED(mutex_);
  // All topics' descriptions in name order.
  std::vector<TopicDescription> descriptions() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  std::string partition_path(std::string_view topic, int32_t index) const;
  // Those of all topics.
  std::vector<std::shared_ptr<SegmentPartition>> partitions() const ABSL_LOCKS_EXCLUDED(mutex_);
  Status remove_partitions(const TopicDescription& description);

  env::Env& env_;
  const LogOptions options_;
  const std::unique_ptr<env::FileLock> lock_;
  const std::unique_ptr<Flusher> flusher_;
  const std::unique_ptr<Housekeeper> housekeeper_;
  std::vector<std::string> notes_;  // constant once open

  // Creation and deletion hold it while they write; lookups wait only for the maps.
  absl::Mutex change_mutex_;
  mutable absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(change_mutex_);
  std::map<std::string, Topic, std::less<>> topics_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<TopicId, std::string> names_ ABSL_GUARDED_BY(mutex_);
  ServerSettings server_settings_ ABSL_GUARDED_BY(mutex_);
  std::atomic<uint64_t> topics_version_ = 0;  // changed after the maps
  bool is_closed_ ABSL_GUARDED_BY(change_mutex_) = false;
  TopicObserver* observer_ ABSL_GUARDED_BY(change_mutex_) = nullptr;

  absl::Mutex producer_id_mutex_;
  int64_t next_producer_id_ ABSL_GUARDED_BY(producer_id_mutex_) = 0;
  int64_t reserved_producer_ids_ ABSL_GUARDED_BY(producer_id_mutex_) = 0;
};

}  // namespace kappa::log
