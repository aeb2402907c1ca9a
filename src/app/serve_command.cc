#include "app/serve_command.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/cluster_id.h"
#include "app/stop_signal.h"
#include "base/logging.h"
#include "engine/engine.h"
#include "env/descriptors.h"
#include "env/env.h"
#include "kafka/broker/broker.h"
#include "kafka/broker/group_places.h"
#include "kafka/broker/transactional_ids.h"
#include "log/log.h"
#include "net/server.h"
#include "serve/pg_catalog/bootstrap.h"
#include "serve/postgres/server.h"

namespace kappa::app {
namespace {

// Every connection is a descriptor, and so is every file that is in use: each gets its share of
// those that may be had, so that none of them takes all.
struct DescriptorShares {
  size_t files = 0;
  size_t kafka_connections = 0;
  size_t sql_connections = 0;
};

DescriptorShares share_descriptors() {
  constexpr size_t kUnknown = 1024;
  size_t count = env::raise_descriptor_limit();
  if (count == 0) count = kUnknown;
  return {.files = count / 10 * 3,
          .kafka_connections = count / 20 * 11,
          .sql_connections = count / 10};  // what is left is for all else
}

// The running parts. They stop from the clients inwards: conversations, sockets, engine, log.
class RunningServer {
 public:
  static StatusOr<std::unique_ptr<RunningServer>> start(env::Env& env,
                                                        const ServerOptions& options) {
    auto server = std::unique_ptr<RunningServer>(new RunningServer);
    RETURN_IF_ERROR(server->open_store(env, options));
    RETURN_IF_ERROR(server->open_network(env, options));
    return server;
  }

  ~RunningServer() { stop_network(); }

  Address kafka() const { return kafka_address_; }
  Address sql() const { return sql_address_; }

  Status stop() {
    stop_network();
    broker_.reset();
    postgres_.reset();
    engine_.reset();
    return log_->close();
  }

 private:
  RunningServer() = default;

  // Clients get their goodbye first; after it no session is left.
  void stop_network() {
    if (postgres_ != nullptr) postgres_->stop();
    if (network_ != nullptr) network_->stop();
  }

  Status open_store(env::Env& env, const ServerOptions& options) {
    env::set_open_files_max(descriptors_.files);
    RETURN_IF_ERROR(env::create_directories(env, options.data_directory));
    log_options_.directory = options.data_directory;
    log_options_.is_upkeep_deferred = true;
    ASSIGN_OR_RETURN(log_, log::Log::open(env, log_options_));
    ASSIGN_OR_RETURN(cluster_id_, cluster_id(env, options.data_directory));
    for (const std::string& note : log_->recovery_notes()) LOG_WARN("recovery: {}", note);
    const std::string state_directory = env::join_path(options.data_directory, "state");
    auto on_progress = [](const std::string& progress) { LOG_INFO("{}", progress); };
    ASSIGN_OR_RETURN(
        engine_, engine::Engine::open(
                     env, *log_,
                     {.state_directory = state_directory,
                      .worker_count = options.worker_count,
                      .memory_bytes = options.memory_bytes,
                      .on_progress = on_progress,
                      .group_places = [this] { return groups(); },
                      .transactional_ids = [this] { return kafka::transactional_ids(*broker_); }}));
    log_->begin_upkeep();
    return OkStatus();
  }

  // Asked for by SQL sessions, which begin after the broker and end before it.
  std::vector<engine::GroupPlace> groups() const {
    std::vector<engine::GroupPlace> places;
    for (auto& place : kafka::committed_places(*broker_))
      places.push_back({std::move(place.group), std::move(place.state), place.member_count,
                        std::move(place.topic), place.partition, place.offset});
    return places;
  }

  Status open_network(env::Env& env, const ServerOptions& options) {
    int thread_count = static_cast<int>(std::min<size_t>(options.worker_count, 4));
    network_ = net::Server::start(thread_count);
    const net::ListenOptions kafka_limits{.connections_max = descriptors_.kafka_connections};
    const net::ListenOptions sql_limits{.connections_max = descriptors_.sql_connections};
    kafka::BrokerOptions broker_options = options.broker;
    broker_options.cluster_id = cluster_id_;
    broker_options.log = log_options_;
    ASSIGN_OR_RETURN(broker_, kafka::Broker::open(env, *log_, network_->timers(), broker_options));
    // Made when a client first asks it: making it takes longer than the rest of an empty start.
    auto make_catalog = [this] { return engine_->bootstrap(serve::pg_catalog::bootstrap_sql()); };
    postgres_ = serve::postgres::Server::create(
        env, [this] { return engine_->connect(); },
        {.product = "kappa " KAPPA_VERSION, .make_catalog = make_catalog});
    auto accept_sql = [this](std::shared_ptr<net::Connection> connection) {
      return postgres_->accept(std::move(connection));
    };
    kafka_address_ = options.kafka;
    sql_address_ = options.sql;
    ASSIGN_OR_RETURN(kafka_address_.port,
                     network_->listen(options.kafka.host, options.kafka.port,
                                      broker_->session_factory(), kafka_limits));
    ASSIGN_OR_RETURN(sql_address_.port,
                     network_->listen(options.sql.host, options.sql.port, accept_sql, sql_limits));
    return OkStatus();
  }

  const DescriptorShares descriptors_ = share_descriptors();
  log::LogOptions log_options_;
  std::string cluster_id_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<net::Server> network_;
  std::unique_ptr<kafka::Broker> broker_;
  std::unique_ptr<serve::postgres::Server> postgres_;
  Address kafka_address_;
  Address sql_address_;
};

ExitCode refuse(const Status& status) {
  fmt::print(stderr, "kappa serve: {}\n", message_of(status));
  return exit_code_of(status);
}

}  // namespace

ExitCode run_server(const ServerOptions& options) {
  env::Env& env = env::posix_env();
  if (Status status = init_logging(options.log_level); !status.ok()) return refuse(status);
  auto stop = StopSignal::install(env);
  if (!stop.ok()) return refuse(stop.status());
  auto server = RunningServer::start(env, options);
  if (!server.ok()) return refuse(server.status());
  (*stop)->ready();
  fmt::print("ready kafka={} sql={} data={}\n", to_string((*server)->kafka()),
             to_string((*server)->sql()), options.data_directory);
  std::fflush(stdout);
  (*stop)->wait();
  Status stopped = (*server)->stop();
  if (!stopped.ok()) return refuse(stopped);
  LOG_INFO("stopped");
  return kOk;
}

}  // namespace kappa::app
