#include "app/settings.h"

namespace kappa::app {
namespace {

std::string replace_dots(std::string name, char by, bool is_upper) {
  for (char& c : name) {
    if (c == '.') c = by;
    if (is_upper && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

// Our own names among Kafka's begin with kappa; flags and variables need not say so.
std::string short_name(const std::string& name) {
  constexpr std::string_view kOurs = "kappa.";
  return name.starts_with(kOurs) ? name.substr(kOurs.size()) : name;
}

}  // namespace

const std::vector<Setting>& server_settings() {
  static const std::vector<Setting> kSettings = {
      {"data", "DIR", "Directory of the log; made when absent", "./kappa-data"},
      {"kafka.listen", "HOST:PORT", "Where Kafka clients connect; port 0 takes a free one",
       "127.0.0.1:9092"},
      {"sql.listen", "HOST:PORT", "Where PostgreSQL clients connect; port 0 takes a free one",
       "127.0.0.1:7432"},
      {"auto.create.topics.enable", "BOOL",
       "Whether asking for a topic that does not exist makes it", "true"},
      {"num.partitions", "N", "Partitions of a topic that is made without saying how many", "1"},
      {"kappa.accept.any.replication.factor", "BOOL",
       "Let topics be asked for with more copies than the one that is kept", "false"},
      {"max.incremental.fetch.session.cache.slots", "N",
       "How many Kafka clients may fetch incrementally at the same time", "1000"},
      {"workers", "N", "Threads that keep views up to date (default: one per core)", ""},
      {"memory", "SIZE", "Memory for views and queries, e.g. 8GiB (default: half of the machine's)",
       ""},
      {"group.consumer.heartbeat.interval.ms", "MS",
       "How often members of groups of the newer protocol send heartbeats", "5000"},
      {"group.consumer.max.heartbeat.interval.ms", "MS",
       "The longest heartbeat interval that a group may set for itself", "15000"},
      {"group.consumer.max.session.timeout.ms", "MS",
       "The longest session that a group of the newer protocol may set for itself", "60000"},
      {"group.consumer.max.size", "N", "Members that a group of the newer protocol may have",
       "2147483647"},
      {"group.consumer.migration.policy", "POLICY",
       "Whether groups with members may change their protocol: bidirectional, upgrade, downgrade "
       "or "
       "disabled",
       "bidirectional"},
      {"group.consumer.min.heartbeat.interval.ms", "MS",
       "The shortest heartbeat interval that a group may set for itself", "5000"},
      {"group.consumer.min.session.timeout.ms", "MS",
       "The shortest session that a group of the newer protocol may set for itself", "45000"},
      {"group.consumer.session.timeout.ms", "MS",
       "How long members of groups of the newer protocol may be silent", "45000"},
      {"group.initial.rebalance.delay.ms", "MS",
       "How long a new consumer group waits for more members (default: 0 on a loopback address, "
       "else 3000)",
       ""},
      {"group.max.size", "N", "Members that a consumer group may have", "2147483647"},
      {"group.max.session.timeout.ms", "MS", "The longest session that a member may ask for",
       "1800000"},
      {"group.min.session.timeout.ms", "MS", "The shortest session that a member may ask for",
       "6000"},
      {"offset.metadata.max.bytes", "N", "The longest text that may be committed with an offset",
       "4096"},
      {"offsets.retention.minutes", "MIN",
       "How long the offsets of a group without members are kept", "10080"},
      {"transaction.max.timeout.ms", "MS", "The longest that a transaction may ask for", "900000"},
      {"transactional.id.expiration.ms", "MS", "How long an unused transactional id is kept",
       "604800000"},
      {"log.level", "LEVEL", "What the server tells on standard error: error, warn, info or debug",
       "info"},
  };
  return kSettings;
}

std::string flag_of(const Setting& setting) {
  return "--" + replace_dots(short_name(setting.name), '-', false);
}

std::string variable_of(const Setting& setting) {
  return "KAPPA_" + replace_dots(short_name(setting.name), '_', true);
}

SettingValues resolve_settings(const SettingValues& flags, const ReadVariable& variable,
                               const SettingValues& file) {
  SettingValues values;
  for (const Setting& setting : server_settings()) {
    std::string& value = values[setting.name];
    auto flag = flags.find(setting.name);
    auto in_file = file.find(setting.name);
    const char* in_environment = variable(variable_of(setting).c_str());
    if (flag != flags.end()) {
      value = flag->second;
    } else if (in_environment != nullptr) {
      value = in_environment;
    } else if (in_file != file.end()) {
      value = in_file->second;
    } else {
      value = setting.default_value;
    }
  }
  return values;
}

}  // namespace kappa::app
