// Many of everything on one server: topics and partitions, connections, groups, and clients that
// do not read what they asked for. What each costs in memory and descriptors, how long the server
// takes to start with them, and what they do to the latency of a producer beside them. The clients
// are plain sockets: thousands of librdkafka's would measure themselves.
// Usage: scale_bench [--topics N] [--partitions N] [--connections N] [--groups N]
//          [--slow-readers N] [--samples N]

#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "kafka/protocol/messages/all.h"
#include "kafka_socket.h"
#include "log/batch_builder.h"
#include "process_memory.h"
#include "report.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

using namespace kappa::kafka;  // NOLINT: the messages

constexpr int32_t kTimeoutMs = 600'000;
constexpr size_t kRecordBytes = 100;
constexpr int kSlowFetches = 8;  // that each slow reader asks for at once
constexpr size_t kBulkBytes = size_t{64} << 20;
constexpr size_t kBulkBatchBytes = 900'000;

struct Options {
  int topics = 1000;
  int32_t partitions = 10;  // of each topic
  int connections = 10'000;
  int groups = 500;
  int slow_readers = 100;
  int samples = 2000;  // of a latency
};

std::string topic_name(int i) { return fmt::format("scale-{:04}", i); }

std::string make_batch(int count, size_t bytes) {
  log::BatchBuilder builder;
  const std::string value(bytes, 'x');
  for (int i = 0; i < count; ++i) builder.add({.timestamp_ms = 1, .value = value});
  auto batch = std::move(builder).build();
  KAPPA_CHECK_OK(batch.status());
  return *std::move(batch);
}

void create_topic(KafkaSocket& client, const std::string& name, int32_t partitions) {
  CreateTopicsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.partition_count = partitions;
  topic.replication_factor = 1;
  auto response = client.call<CreateTopicsApi>(5, request);
  KAPPA_CHECK_EQ(response.topics.at(0).error_code, 0);
}

// The batch to each of the first partitions of the topic.
void produce(KafkaSocket& client, const std::string& name, int32_t partitions,
             const std::string& batch) {
  ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = kTimeoutMs;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  for (int32_t i = 0; i < partitions; ++i) {
    topic.partitions.push_back({.index = i, .records = Bytes{batch}});
  }
  auto response = client.call<ProduceApi>(9, request);
  for (const auto& partition : response.topics.at(0).partitions) {
    KAPPA_CHECK_EQ(partition.error_code, 0);
  }
}

FetchRequest fetch_request(const std::string& name, int32_t bytes_max) {
  FetchRequest request;
  request.max_bytes = bytes_max;
  auto& topic = request.topics.emplace_back();
  topic.name = name;
  topic.partitions.push_back({.index = 0, .fetch_offset = 0, .max_bytes = bytes_max});
  return request;
}

// Milliseconds in ascending order.
class Latencies {
 public:
  template <typename Function>
  static Latencies measure(int count, Function function) {
    Latencies measured;
    for (int i = 0; i < count; ++i) {
      Stopwatch clock;
      function();
      measured.ms_.push_back(clock.seconds() * 1000);
    }
    std::sort(measured.ms_.begin(), measured.ms_.end());
    return measured;
  }
  double at(double share) const {
    return ms_[static_cast<size_t>(share * static_cast<double>(ms_.size() - 1))];
  }

 private:
  std::vector<double> ms_;
};

class ScaleBench {
 public:
  explicit ScaleBench(Options options) : options_(options) {}

  int run() {
    restart("", 0);
    create_topic(*client_, "probe", 1);
    alone_ = probe();
    report_latency("produce.empty_server", alone_);
    measure_partitions();
    measure_restarts();
    measure_groups();
    measure_connections();
    measure_slow_readers();
    report({"scale.descriptors", "", static_cast<double>(open_descriptors(server_->process()))});
    return 0;
  }

 private:
  double resident_kib() const { return memory_mib(server_->process(), "VmRSS") * 1024; }
  double partition_count() const { return double{1} * options_.topics * options_.partitions; }

  // Stops the server by the signal, if one is named, and starts it up to its first answer.
  void restart(const std::string& name, int signal) {
    Stopwatch stopping;
    client_.reset();
    if (server_ != nullptr) server_->stop(signal);
    const double stopped = stopping.seconds();
    Stopwatch starting;
    auto server = system_test::ServerProcess::start(
        {.data_directory = directory_.path() + "/data", .more = {"--log-level", "error"}});
    KAPPA_CHECK_OK(server.status());
    server_ = *std::move(server);
    client_ = std::make_unique<KafkaSocket>(server_->kafka());
    client_->call<ApiVersionsApi>(2, {});
    if (name.empty()) return;
    report({"scale.stop." + name, "s", stopped});
    report({"scale.start." + name, "s", starting.seconds()});
    report({"scale.start." + name + ".resident", "MiB", resident_kib() / 1024});
  }

  // What a producer of single records waits for.
  Latencies probe() {
    const std::string batch = make_batch(1, kRecordBytes);
    return Latencies::measure(options_.samples, [&] { produce(*client_, "probe", 1, batch); });
  }
  void report_latency(const std::string& name, const Latencies& measured) {
    const bool is_first = &measured == &alone_;
    for (auto [share, label] : {std::pair(0.5, "p50"), std::pair(0.99, "p99")}) {
      report({fmt::format("scale.{}.{}", name, label), "ms", measured.at(share),
              is_first ? 0 : alone_.at(share), is_first ? "" : "the empty server"});
    }
  }
  // What `count` of them have added to the resident memory since `before`.
  void report_memory(const std::string& name, double before, double count) {
    report({"scale.memory." + name, "KiB", (resident_kib() - before) / count});
  }

  void write_to_all(const std::string& batch) {
    for (int i = 0; i < options_.topics; ++i) {
      produce(*client_, topic_name(i), options_.partitions, batch);
    }
  }

  void measure_partitions() {
    const double before = resident_kib();
    Stopwatch creating;
    for (int i = 0; i < options_.topics; ++i) {
      create_topic(*client_, topic_name(i), options_.partitions);
    }
    report({"scale.create.all", "s", creating.seconds()});
    report({"scale.create.per_partition", "ms", creating.seconds() * 1000 / partition_count()});
    report_memory("per_partition.empty", before, partition_count());
    const std::string batch = make_batch(10, kRecordBytes);
    Stopwatch writing;
    write_to_all(batch);
    report({"scale.write_to_each", "s", writing.seconds()});
    report_memory("per_partition.written", before, partition_count());
    report({"scale.descriptors.partitions", "",
            static_cast<double>(open_descriptors(server_->process()))});
    report_latency("produce.beside_partitions", probe());
    MetadataRequest all;
    auto metadata = Latencies::measure(20, [&] {
      auto response = client_->call<MetadataApi>(9, all);
      KAPPA_CHECK_GE(response.topics.size(), static_cast<size_t>(options_.topics));
    });
    report({"scale.metadata.all_topics.p50", "ms", metadata.at(0.5)});
    report({"scale.metadata.all_topics.max", "ms", metadata.at(1)});
  }

  void measure_restarts() {
    restart("after_stop", SIGTERM);
    write_to_all(make_batch(1, kRecordBytes));
    restart("after_kill", SIGKILL);
    restart("after_idle_stop", SIGTERM);
  }

  // A group of one member, which leads it.
  struct Member {
    KafkaSocket socket;
    std::string group;
    std::string id;
    int32_t generation = 0;
  };
  Member join(int index) {
    Member member{KafkaSocket(server_->kafka()), fmt::format("group-{:03}", index), "", 0};
    JoinGroupRequest joining;
    joining.group_id = member.group;
    joining.session_timeout_ms = joining.rebalance_timeout_ms = kTimeoutMs;
    joining.protocol_type = "consumer";
    joining.protocols.push_back({"range", Bytes{"topics"}});
    auto joined = member.socket.call<JoinGroupApi>(3, joining);
    KAPPA_CHECK_EQ(joined.error_code, 0);
    member.id = joined.member_id;
    member.generation = joined.generation_id;
    SyncGroupRequest syncing;
    syncing.group_id = member.group;
    syncing.generation_id = member.generation;
    syncing.member_id = member.id;
    syncing.assignments.push_back({member.id, Bytes{"all"}});
    KAPPA_CHECK_EQ(member.socket.call<SyncGroupApi>(2, syncing).error_code, 0);
    return member;
  }
  // The offsets of one topic's partitions.
  void commit(Member& member, const std::string& name) {
    OffsetCommitRequest request;
    request.group_id = member.group;
    request.generation_id_or_member_epoch = member.generation;
    request.member_id = member.id;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    for (int32_t i = 0; i < options_.partitions; ++i) {
      topic.partitions.push_back({.index = i, .committed_offset = 5});
    }
    auto response = member.socket.call<OffsetCommitApi>(7, request);
    for (const auto& partition : response.topics.at(0).partitions) {
      KAPPA_CHECK_EQ(partition.error_code, 0);
    }
  }

  void measure_groups() {
    const double before = resident_kib();
    Stopwatch joining;
    for (int i = 0; i < options_.groups; ++i) members_.push_back(join(i));
    report({"scale.groups.join_all", "s", joining.seconds()});
    size_t next = 0;
    auto committed = Latencies::measure(options_.groups * 4, [&] {
      const std::string name = topic_name(static_cast<int>(next) % options_.topics);
      commit(members_[next % members_.size()], name);
      ++next;
    });
    report({"scale.groups.commit.p50", "ms", committed.at(0.5)});
    report({"scale.groups.commit.p99", "ms", committed.at(0.99)});
    report_memory("per_group", before, options_.groups);
  }

  void measure_connections() {
    const double before = resident_kib();
    Stopwatch connecting;
    for (int i = 0; i < options_.connections; ++i) {
      connections_.emplace_back(server_->kafka());
      connections_.back().call<ApiVersionsApi>(2, {});
    }
    report({"scale.connect_all", "s", connecting.seconds()});
    report_memory("per_connection.idle", before, options_.connections);
    report_latency("produce.beside_connections", probe());
    Stopwatch fetching;
    for (int i = 0; i < options_.connections; ++i) {
      auto& connection = connections_[static_cast<size_t>(i)];
      auto request = fetch_request(topic_name(i % options_.topics), 1 << 20);
      auto response = connection.call<FetchApi>(11, request);
      KAPPA_CHECK_EQ(response.topics.at(0).partitions.at(0).error_code, 0);
    }
    report({"scale.fetch_once_each", "s", fetching.seconds()});
    report_memory("per_connection.after_fetch", before, options_.connections);
    wait_in_fetches();
    report_memory("per_connection.waiting_fetch", before, options_.connections);
    report_latency("produce.beside_waiting_fetches", probe());
  }

  // Every connection asks for records that are not there.
  void wait_in_fetches() {
    for (int i = 0; i < options_.connections; ++i) {
      auto request = fetch_request(topic_name(i % options_.topics), 1 << 20);
      request.topics[0].partitions[0].fetch_offset = 11;  // its end
      request.max_wait_ms = kTimeoutMs;
      request.min_bytes = 1;
      connections_[static_cast<size_t>(i)].send<FetchApi>(11, request);
    }
  }

  void fill_bulk() {
    create_topic(*client_, "bulk", 1);
    const std::string batch = make_batch(1, kBulkBatchBytes);
    for (size_t bytes = 0; bytes < kBulkBytes; bytes += batch.size())
      produce(*client_, "bulk", 1, batch);
  }

  // Readers that ask for much and take nothing of it.
  void measure_slow_readers() {
    fill_bulk();
    const double before = resident_kib();
    constexpr int kReceiveBytes = 4096;
    std::vector<KafkaSocket> slow;
    for (int i = 0; i < options_.slow_readers; ++i) {
      slow.emplace_back(server_->kafka(), kReceiveBytes);
      for (int fetch = 0; fetch < kSlowFetches; ++fetch)
        slow.back().send<FetchApi>(11, fetch_request("bulk", 50 << 20));
    }
    report_latency("produce.beside_slow_readers", probe());
    report({"scale.memory.slow_readers", "MiB", (resident_kib() - before) / 1024});
    auto read = Latencies::measure(100, [&] {
      auto response = client_->call<FetchApi>(11, fetch_request(topic_name(0), 1 << 20));
      KAPPA_CHECK(response.topics.at(0).partitions.at(0).records.has_value());
    });
    report({"scale.fetch.beside_slow_readers.p50", "ms", read.at(0.5)});
    report({"scale.fetch.beside_slow_readers.p99", "ms", read.at(0.99)});
    slow.clear();
    client_->call<ApiVersionsApi>(2, {});
    report_latency("produce.after_slow_readers", probe());
    report({"scale.memory.after_slow_readers", "MiB", (resident_kib() - before) / 1024});
  }

  const Options options_;
  system_test::TemporaryDirectory directory_;
  std::unique_ptr<system_test::ServerProcess> server_;
  std::unique_ptr<KafkaSocket> client_;
  Latencies alone_;
  std::vector<Member> members_;
  std::vector<KafkaSocket> connections_;
};

void raise_file_limit() {
  rlimit limit{};
  KAPPA_CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  KAPPA_CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  report({"scale.descriptors.limit", "", static_cast<double>(limit.rlim_max)});
}

}  // namespace
}  // namespace kappa::bench

int main(int argc, char** argv) {
  CLI::App app("many topics, partitions, connections and groups on one server");
  kappa::bench::Options options;
  app.add_option("--topics", options.topics)->check(CLI::PositiveNumber);
  app.add_option("--partitions", options.partitions)->check(CLI::PositiveNumber);
  app.add_option("--connections", options.connections)->check(CLI::PositiveNumber);
  app.add_option("--groups", options.groups)->check(CLI::PositiveNumber);
  app.add_option("--slow-readers", options.slow_readers)->check(CLI::PositiveNumber);
  app.add_option("--samples", options.samples)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  kappa::bench::raise_file_limit();
  return kappa::bench::ScaleBench(options).run();
}
