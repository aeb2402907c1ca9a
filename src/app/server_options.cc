#include "app/server_options.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <thread>

#include "kafka/groups/group_settings.h"

namespace kappa::app {
namespace {

constexpr size_t kWorkersMax = 256;
constexpr int64_t kMemoryMin = int64_t{64} << 20;

// The number at the beginning of the text, and what follows it.
StatusOr<std::pair<int64_t, std::string>> parse_number(const std::string& text) {
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return invalid_argument("not a number: {}", text);
  return std::pair(number, std::string(end, text.data() + text.size()));
}

StatusOr<int64_t> unit_bytes(const std::string& unit) {
  struct Unit {
    const char* name;
    int64_t bytes;
  };
  static constexpr std::array<Unit, 10> kUnits = {{{"", 1},
                                                   {"B", 1},
                                                   {"kB", 1000},
                                                   {"MB", 1000 * 1000},
                                                   {"GB", 1000 * 1000 * 1000},
                                                   {"KiB", 1 << 10},
                                                   {"MiB", 1 << 20},
                                                   {"GiB", 1 << 30},
                                                   {"TB", int64_t{1000} * 1000 * 1000 * 1000},
                                                   {"TiB", int64_t{1} << 40}}};
  for (const Unit& known : kUnits) {
    if (unit == known.name) return known.bytes;
  }
  return invalid_argument("unknown unit {}; known are B kB MB GB TB KiB MiB GiB TiB", unit);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

StatusOr<Address> parse_listen_address(const std::string& name, const std::string& text) {
  auto address = parse_address(text);
  if (!address.ok()) return annotate(address.status(), name);
  if (!is_loopback(address->host)) {
    return permission_denied(
        "{}: {} can be reached by other machines, and this version has no authentication; listen "
        "on a loopback address such as 127.0.0.1 and use an SSH tunnel from elsewhere",
        name, text);
  }
  return address;
}

StatusOr<size_t> parse_workers(const std::string& text) {
  if (text.empty()) return std::max<size_t>(1, std::thread::hardware_concurrency());
  auto parsed = parse_number(text);
  bool is_whole = parsed.ok() && parsed->second.empty();
  if (!is_whole || parsed->first < 1 || parsed->first > static_cast<int64_t>(kWorkersMax)) {
    return invalid_argument("workers: a number from 1 to {} is needed, got {}", kWorkersMax, text);
  }
  return static_cast<size_t>(parsed->first);
}

StatusOr<int64_t> parse_memory(const std::string& text) {
  if (text.empty()) {
    int64_t machine = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
    return std::max(kMemoryMin, machine / 2);
  }
  auto bytes = parse_size(text);
  if (!bytes.ok()) return annotate(bytes.status(), "memory");
  if (*bytes < kMemoryMin) return invalid_argument("memory: at least 64MiB, got {}", text);
  return bytes;
}

// A whole number of 32 bits, not less than min.
StatusOr<int32_t> parse_count(const SettingValues& values, const std::string& name, int32_t min) {
  const std::string& text = values.at(name);
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  auto parsed = parse_number(text);
  if (!parsed.ok() || !parsed->second.empty() || parsed->first < min || parsed->first > kMax) {
    return invalid_argument("{}: a number from {} to {} is needed, got {}", name, min, kMax, text);
  }
  return static_cast<int32_t>(parsed->first);
}

StatusOr<kafka::MigrationPolicy> parse_migration_policy(const std::string& text) {
  using Policy = kafka::MigrationPolicy;
  for (auto policy :
       {Policy::kBidirectional, Policy::kUpgrade, Policy::kDowngrade, Policy::kDisabled}) {
    if (text == kafka::name_of(policy)) return policy;
  }
  return invalid_argument(
      "group.consumer.migration.policy: bidirectional, upgrade, downgrade or disabled is needed, "
      "got {}",
      text);
}

// What groups may set for themselves.
Status parse_consumer_bounds(const SettingValues& values, kafka::GroupOptions& groups) {
  for (const auto& setting : kafka::group_setting_definitions()) {
    const std::string min_name(setting.min_name);
    const std::string max_name(setting.max_name);
    ASSIGN_OR_RETURN(groups.*setting.min, parse_count(values, min_name, 1));
    ASSIGN_OR_RETURN(groups.*setting.max, parse_count(values, max_name, 1));
    if (groups.*setting.max < groups.*setting.min)
      return invalid_argument("{}: {} is less than {}, {}", max_name, groups.*setting.max, min_name,
                              groups.*setting.min);
  }
  return OkStatus();
}

// Groups of the newer protocol.
Status parse_consumer_options(const SettingValues& values, kafka::GroupOptions& groups) {
  const std::string session = "group.consumer.session.timeout.ms";
  const std::string interval = "group.consumer.heartbeat.interval.ms";
  ASSIGN_OR_RETURN(groups.consumer_session_timeout_ms, parse_count(values, session, 1));
  ASSIGN_OR_RETURN(groups.consumer_heartbeat_interval_ms, parse_count(values, interval, 1));
  ASSIGN_OR_RETURN(groups.consumer_members_max, parse_count(values, "group.consumer.max.size", 1));
  ASSIGN_OR_RETURN(groups.migration_policy,
                   parse_migration_policy(values.at("group.consumer.migration.policy")));
  RETURN_IF_ERROR(parse_consumer_bounds(values, groups));
  if (groups.consumer_heartbeat_interval_ms < groups.consumer_session_timeout_ms) return OkStatus();
  return invalid_argument("{}: {} is not less than the session, {}", interval,
                          groups.consumer_heartbeat_interval_ms,
                          groups.consumer_session_timeout_ms);
}

StatusOr<bool> parse_boolean(const SettingValues& values, const std::string& name) {
  const std::string& text = values.at(name);
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid_argument("{}: true or false is needed, got {}", name, text);
}

Status parse_broker_options(const SettingValues& values, kafka::BrokerOptions& broker) {
  ASSIGN_OR_RETURN(broker.auto_create_topics, parse_boolean(values, "auto.create.topics.enable"));
  ASSIGN_OR_RETURN(broker.accept_any_replication_factor,
                   parse_boolean(values, "kappa.accept.any.replication.factor"));
  ASSIGN_OR_RETURN(broker.partition_count_default, parse_count(values, "num.partitions", 1));
  if (broker.partition_count_default > broker.partition_count_max)
    return invalid_argument("num.partitions: a topic has at most {} partitions, got {}",
                            broker.partition_count_max, broker.partition_count_default);
  ASSIGN_OR_RETURN(broker.fetch_sessions_max,
                   parse_count(values, "max.incremental.fetch.session.cache.slots", 0));
  return OkStatus();
}

StatusOr<kafka::GroupOptions> parse_group_options(const SettingValues& values, bool is_local) {
  kafka::GroupOptions groups;
  const std::string delay = "group.initial.rebalance.delay.ms";
  if (is_local) groups.initial_rebalance_delay_ms = 0;
  if (!values.at(delay).empty()) {
    ASSIGN_OR_RETURN(groups.initial_rebalance_delay_ms, parse_count(values, delay, 0));
  }
  ASSIGN_OR_RETURN(groups.members_max, parse_count(values, "group.max.size", 1));
  ASSIGN_OR_RETURN(groups.session_timeout_min_ms,
                   parse_count(values, "group.min.session.timeout.ms", 1));
  ASSIGN_OR_RETURN(groups.session_timeout_max_ms,
                   parse_count(values, "group.max.session.timeout.ms", 1));
  RETURN_IF_ERROR(parse_consumer_options(values, groups));
  ASSIGN_OR_RETURN(groups.offset_metadata_bytes_max,
                   parse_count(values, "offset.metadata.max.bytes", 0));
  ASSIGN_OR_RETURN(int64_t minutes, parse_count(values, "offsets.retention.minutes", 1));
  groups.offsets_retention_ms = minutes * 60'000;
  if (groups.session_timeout_max_ms < groups.session_timeout_min_ms) {
    return invalid_argument("group.max.session.timeout.ms: {} is less than the minimum, {}",
                            groups.session_timeout_max_ms, groups.session_timeout_min_ms);
  }
  return groups;
}

StatusOr<kafka::TransactionOptions> parse_transaction_options(const SettingValues& values) {
  kafka::TransactionOptions transactions;
  ASSIGN_OR_RETURN(transactions.timeout_max_ms,
                   parse_count(values, "transaction.max.timeout.ms", 1));
  ASSIGN_OR_RETURN(transactions.expiry_ms,
                   parse_count(values, "transactional.id.expiration.ms", 1));
  return transactions;
}

}  // namespace

StatusOr<Address> parse_address(const std::string& text) {
  size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return invalid_argument("HOST:PORT is needed, got {}", text);
  }
  Address address{.host = text.substr(0, colon)};
  if (address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  auto port = parse_number(text.substr(colon + 1));
  if (!port.ok() || !port->second.empty() || port->first > 65535) {
    return invalid_argument("a port from 0 to 65535 is needed, got {}", text);
  }
  address.port = static_cast<int>(port->first);
  return address;
}

std::string to_string(const Address& address) {
  bool is_v6 = address.host.find(':') != std::string::npos;
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
               : fmt::format("{}:{}", address.host, address.port);
}

StatusOr<int64_t> parse_size(const std::string& text) {
  ASSIGN_OR_RETURN(auto parsed, parse_number(text));
  auto [number, unit] = parsed;
  ASSIGN_OR_RETURN(int64_t bytes, unit_bytes(unit));
  if (number > std::numeric_limits<int64_t>::max() / bytes) {
    return invalid_argument("too large: {}", text);
  }
  return number * bytes;
}

StatusOr<ServerOptions> parse_server_options(const SettingValues& values) {
  ServerOptions options;
  options.data_directory = values.at("data");
  if (options.data_directory.empty()) return invalid_argument("data: a directory is needed");
  ASSIGN_OR_RETURN(options.kafka, parse_listen_address("kafka.listen", values.at("kafka.listen")));
  ASSIGN_OR_RETURN(options.sql, parse_listen_address("sql.listen", values.at("sql.listen")));
  ASSIGN_OR_RETURN(options.worker_count, parse_workers(values.at("workers")));
  ASSIGN_OR_RETURN(options.memory_bytes, parse_memory(values.at("memory")));
  options.log_level = values.at("log.level");
  RETURN_IF_ERROR(parse_broker_options(values, options.broker));
  ASSIGN_OR_RETURN(options.broker.groups,
                   parse_group_options(values, is_loopback(options.kafka.host)));
  ASSIGN_OR_RETURN(options.broker.transactions, parse_transaction_options(values));
  return options;
}

}  // namespace kappa::app
