#pragma once
// A Kafka broker over a Log: answers the protocol for one node that leads every partition. No
// sockets: its sessions take bytes and give bytes (net/session.h).
//
//   bytes -> KafkaSession -> frame -> Call -> dispatch (api_table.h) -> handlers/*.cc ->
//   AnswerQueue
//
// Borrows env, log and timers, which must outlive it; it must outlive its sessions. Stop the
// server (so that no session is left) before destroying it, and both before the log. Thread-safe.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "env/env.h"
#include "kafka/groups/group_options.h"
#include "kafka/transactions/transaction_options.h"
#include "log/log.h"
#include "net/session.h"
#include "net/timers.h"

namespace kappa::kafka {

class FetchSessions;
class GroupCoordinator;
class TransactionCoordinator;

struct BrokerOptions {
  int32_t node_id = 1;
  std::string cluster_id = "kappa";
  // What clients are told to connect to; empty and 0: what they dialled.
  std::string advertised_host;
  int advertised_port = 0;
  bool auto_create_topics = true;
  int32_t partition_count_default = 1;
  int32_t partition_count_max = 10'000;        // of one topic
  log::LogOptions log;                         // what the log was opened with: topics' defaults
  bool accept_any_replication_factor = false;  // for suites that insist on 3; kept as 1
  size_t request_bytes_max = size_t{100} << 20;
  size_t fetch_bytes_max = size_t{55} << 20;
  size_t connection_bytes_max = size_t{96} << 20;  // held for one connection; then it must wait
  GroupOptions groups;
  int32_t fetch_sessions_max = 1000;  // clients that fetch incrementally at the same time
  TransactionOptions transactions;
  size_t answers_bytes_max = size_t{512} << 20;  // of all connections; then fetches get less
};

struct Address {
  std::string host;
  int32_t port = 0;
};

class Broker {
 public:
  // Reads the consumer groups and the transactions from the log. Errors: those of reading it.
  static StatusOr<std::unique_ptr<Broker>> open(env::Env& env, log::Log& log, net::Timers& timers,
                                                BrokerOptions options);
  ~Broker();

  net::SessionFactory session_factory();

  log::Log& log() const { return log_; }
  net::Timers& timers() const { return timers_; }
  const BrokerOptions& options() const { return options_; }
  env::Env& env() const { return env_; }
  GroupCoordinator& groups() const { return *groups_; }
  FetchSessions& fetch_sessions() const { return *fetch_sessions_; }
  TransactionCoordinator& transactions() const { return *transactions_; }
  // What one Fetch may bring now: less and less, the more answers wait for clients that read
  // slowly.
  size_t fetch_bytes_max() const;
  const std::shared_ptr<std::atomic<int64_t>>& held_answers() const { return held_answers_; }
  // Where the client of this connection finds the broker.
  Address advertised(const net::Connection& connection) const;

 private:
  Broker(env::Env& env, log::Log& log, net::Timers& timers, BrokerOptions options);

  env::Env& env_;
  log::Log& log_;
  net::Timers& timers_;
  const BrokerOptions options_;
  std::unique_ptr<GroupCoordinator> groups_;
  const std::unique_ptr<FetchSessions> fetch_sessions_;
  std::unique_ptr<TransactionCoordinator> transactions_;
  const std::shared_ptr<std::atomic<int64_t>> held_answers_ =
      std::make_shared<std::atomic<int64_t>>(0);
};

}  // namespace kappa::kafka
