// Records of 1 KB over librdkafka, with its own defaults and idempotent, into the log; beside a
// plain file that takes the very same batches with write and fdatasync; for both durabilities. And
// what the client does at most: the same records to librdkafka's own mock broker, which only
// parses.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "base/check.h"
#include "env/env.h"
#include "kafka_producer.h"
#include "log/log.h"
#include "log/record_batch.h"
#include "report.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

constexpr int kRecords = 300'000;
constexpr size_t kRecordBytes = 1000;
constexpr double kGoal = 0.5;

double produce_seconds(const std::string& kafka, std::map<std::string, std::string> settings) {
  settings["queue.buffering.max.messages"] = "200000";
  KafkaProducer producer(kafka, settings);
  std::string value(kRecordBytes, 'x');
  Stopwatch clock;
  for (int i = 0; i < kRecords; ++i) {
    value.replace(0, 8, fmt::format("{:08}", i));
    producer.send("t", value);
  }
  producer.flush();
  return clock.seconds();
}

// The topic's batches, each as the bytes that the client sent.
StatusOr<std::vector<std::string>> read_batches(const std::string& directory) {
  ASSIGN_OR_RETURN(auto log, log::Log::open(env::posix_env(), {.directory = directory}));
  ASSIGN_OR_RETURN(auto topic, log->find_topic("t"));
  ASSIGN_OR_RETURN(auto partition, log->partition(topic.id, 0));
  std::vector<std::string> batches;
  for (Offset at{0}; at < partition->high_watermark();) {
    ASSIGN_OR_RETURN(auto read, partition->read(at, 1));
    batches.emplace_back(read.bytes);
    at = read.next;
  }
  RETURN_IF_ERROR(log->close());
  return batches;
}

double write_seconds(const std::string& path, const std::vector<std::string>& batches,
                     bool is_synced) {
  int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  KAPPA_CHECK_GE(file, 0);
  Stopwatch clock;
  for (const std::string& batch : batches) {
    KAPPA_CHECK_EQ(write(file, batch.data(), batch.size()), static_cast<ssize_t>(batch.size()));
    if (is_synced) KAPPA_CHECK_EQ(fdatasync(file), 0);
  }
  double seconds = clock.seconds();
  close(file);
  return seconds;
}

double megabytes() { return static_cast<double>(kRecords) * kRecordBytes / 1e6; }

Status measure(const std::string& durability, bool is_idempotent) {
  system_test::TemporaryDirectory directory;
  std::string data = directory.path() + "/data";
  ASSIGN_OR_RETURN(auto server, system_test::ServerProcess::start({.data_directory = data}));
  auto created =
      system_test::run_program({system_test::program_path(), "topic", "create", "t", "--config",
                                "durability=" + durability, "--bootstrap", server->kafka()});
  if (created.exit_code != 0) return internal_error("{}", created.errors);
  double ours =
      produce_seconds(server->kafka(), {{"enable.idempotence", is_idempotent ? "true" : "false"}});
  server->stop(SIGTERM);
  ASSIGN_OR_RETURN(auto batches, read_batches(data));
  double reference = write_seconds(directory.path() + "/plain", batches, durability == "sync");
  report(
      {"produce." + durability + (is_idempotent ? ".idempotent" : ""), "MB/s", megabytes() / ours,
       megabytes() / reference,
       durability == "sync" ? "write + fdatasync of the same batches" : "write of the same batches",
       is_idempotent ? 0 : kGoal});
  return OkStatus();
}

void measure_client() {
  for (const char* is_idempotent : {"false", "true"}) {
    double seconds = produce_seconds(
        "mock", {{"test.mock.num.brokers", "1"}, {"enable.idempotence", is_idempotent}});
    report({fmt::format("produce.client_alone.idempotent_{}", is_idempotent), "MB/s",
            megabytes() / seconds, 0, "", 0});
  }
}

}  // namespace
}  // namespace kappa::bench

int main() {
  for (const char* durability : {"sync", "os"}) {
    for (bool is_idempotent : {false, true}) {
      kappa::Status status = kappa::bench::measure(durability, is_idempotent);
      if (!status.ok()) return fmt::print(stderr, "{}\n", status.ToString()), 1;
    }
  }
  kappa::bench::measure_client();
  return 0;
}
