// A broker and nothing else, for the interoperation tests: serves the log in a directory until
// SIGTERM. Takes the flags of `kappa serve` that it understands and prints its ready line.

#include <csignal>
#include <cstdio>
#include <string>

#include "base/check.h"
#include "base/logging.h"
#include "env/env.h"
#include "kafka/broker/broker.h"
#include "log/log.h"
#include "net/server.h"

namespace {

using namespace kappa;

constexpr const char* kUsage =
    "usage: kafka_broker --data DIR --kafka-listen HOST:PORT\n"
    "                    [--group-consumer-session-timeout-ms MS]\n"
    "                    [--group-consumer-heartbeat-interval-ms MS]\n";

struct Arguments {
  std::string directory;
  std::string host;
  int port = 0;
  kafka::GroupOptions groups;
};

bool parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--data") out.directory = value;
    if (flag == "--group-consumer-session-timeout-ms") {
      out.groups.consumer_session_timeout_ms = std::atoi(value.c_str());
    }
    if (flag == "--group-consumer-heartbeat-interval-ms") {
      out.groups.consumer_heartbeat_interval_ms = std::atoi(value.c_str());
    }
    if (flag == "--kafka-listen") {
      auto colon = value.rfind(':');
      if (colon == std::string::npos) return false;
      out.host = value.substr(0, colon);
      out.port = std::atoi(value.c_str() + colon + 1);
    }
  }
  return !out.directory.empty() && !out.host.empty();
}

Status serve(const Arguments& arguments, const sigset_t& signals) {
  kafka::BrokerOptions options;
  options.cluster_id = "test-cluster";
  options.log.directory = arguments.directory;
  options.groups = arguments.groups;
  options.groups.initial_rebalance_delay_ms = 0;
  ASSIGN_OR_RETURN(auto log, log::Log::open(env::posix_env(), options.log));
  auto server = net::Server::start(2);
  ASSIGN_OR_RETURN(auto broker,
                   kafka::Broker::open(env::posix_env(), *log, server->timers(), options));
  ASSIGN_OR_RETURN(int port,
                   server->listen(arguments.host, arguments.port, broker->session_factory()));
  std::printf("ready kafka=%s:%d\n", arguments.host.c_str(), port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server->stop();
  return log->close();
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  sigset_t signals;  // blocked before any thread starts, so that sigwait() gets them
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  KAPPA_CHECK_OK(init_logging("info"));
  Status status = serve(arguments, signals);
  if (!status.ok()) LOG_ERROR("{}", message_of(status));
  return status.ok() ? 0 : 1;
}
