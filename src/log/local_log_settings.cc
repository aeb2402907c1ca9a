// Settings of the server that change while it runs: checked against all topics that follow them,
// then on disk, then in memory, then in the open partitions.

#include "log/local_log.h"
#include "log/server_settings.h"
#include "log/topic_settings.h"

namespace kappa::log {
namespace {

constexpr size_t kOwnersMax = 10'000;

Status check_defaults(const SettingsOwner& owner, const TopicSettings& settings) {
  if (owner.scope == SettingsScope::kGroup) return OkStatus();  // its coordinator's business
  for (const auto& [name, value] : settings) RETURN_IF_ERROR(check_server_setting(name, value));
  return OkStatus();
}

}  // namespace

struct LocalLog::NewConfig {
  std::string topic;
  TopicConfig config;
};

LogOptions LocalLog::options_for(std::string_view topic, const ServerSettings& settings) const {
  LogOptions options = options_;
  if (!follows_defaults(topic)) return options;
  for (const auto& [name, value] : changed_defaults(settings)) options.defaults[name] = value;
  return options;
}

LogOptions LocalLog::options_for(std::string_view topic) const {
  absl::MutexLock lock(&mutex_);
  return options_for(topic, server_settings_);
}

LogOptions LocalLog::options() const { return options_for(""); }

TopicSettings LocalLog::server_settings(const SettingsOwner& owner) const {
  absl::MutexLock lock(&mutex_);
  auto found = server_settings_.find(owner);
  return found == server_settings_.end() ? TopicSettings() : found->second;
}

std::vector<SettingsOwner> LocalLog::settings_owners() const {
  std::vector<SettingsOwner> owners;
  absl::MutexLock lock(&mutex_);
  for (const auto& [owner, settings] : server_settings_) owners.push_back(owner);
  return owners;
}

StatusOr<std::vector<LocalLog::NewConfig>> LocalLog::new_configs(
    const ServerSettings& settings) const {
  std::vector<NewConfig> configs;
  for (const TopicDescription& topic : topics()) {
    if (!follows_defaults(topic.name)) continue;
    auto config = make_checked_config(topic.settings, options_for(topic.name, settings));
    if (!config.ok())
      return annotate(config.status(), fmt::format("with what topic {} has set", topic.name));
    configs.push_back({topic.name, *config});
  }
  // Topics to come must be possible too.
  RETURN_IF_ERROR(make_checked_config({}, options_for("", settings)).status());
  return configs;
}

Status LocalLog::change_server_settings(const SettingsOwner& owner, SettingsChange change,
                                        ChangeMode mode) {
  absl::MutexLock change_lock(&change_mutex_);
  if (is_closed_) return unavailable("log is closed");
  ServerSettings all;
  {
    absl::MutexLock lock(&mutex_);
    all = server_settings_;
  }
  const TopicSettings before = all[owner];
  RETURN_IF_ERROR(change(all[owner]));
  const TopicSettings after = all[owner];
  if (after.empty()) all.erase(owner);
  if (all.size() > kOwnersMax)
    return failed_precondition("at most {} groups and brokers may have settings", kOwnersMax);
  RETURN_IF_ERROR(check_defaults(owner, after));
  std::vector<NewConfig> configs;
  if (owner.scope != SettingsScope::kGroup) {
    ASSIGN_OR_RETURN(configs, new_configs(all));
  }
  if (mode == ChangeMode::kCheckOnly || after == before) return OkStatus();
  RETURN_IF_ERROR(save_server_settings(env_, options_.directory, all));
  std::vector<std::pair<std::shared_ptr<SegmentPartition>, TopicConfig>> changed;
  {
    absl::MutexLock lock(&mutex_);
    server_settings_ = std::move(all);
    for (const NewConfig& config : configs) {
      for (const auto& partition : topics_.find(config.topic)->second.partitions)
        changed.emplace_back(partition, config.config);
    }
  }
  for (const auto& [partition, config] : changed) partition->change_config(config);
  return OkStatus();
}

}  // namespace kappa::log
