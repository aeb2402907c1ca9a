// The same librdkafka client, with the same settings, against our server and against Apache Kafka,
// in turns, in one run: how fast records go in and come out, and how long one takes from produce()
// to a consumer that waits for it. Ours with durability=os, which promises what Kafka does by
// default, and synced.
// Usage: kafka_peer_bench --ours HOST:PORT --peer HOST:PORT [--peer-name NAME] [--only REGEX]
//          [--rounds N] [--megabytes N] [--seconds N]            (scripts/bench-kafka starts both)

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <regex>
#include <thread>
#include <vector>

#include "base/check.h"
#include "kafka_consumer.h"
#include "kafka_producer.h"
#include "report.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

constexpr int kRecordsPerSecond = 5000;
constexpr size_t kLatencyRecordBytes = 100;
constexpr int kWarmUpRounds = 2;  // until the peer's compiler has seen the hot paths

struct Options {
  std::string ours, peer;
  std::string peer_name = "Apache Kafka";
  std::string only = ".*";
  int rounds = 3;
  int megabytes = 200;  // of values, per measurement
  int seconds = 20;     // of a latency measurement
};

// A server with the settings that a topic gets there.
struct Side {
  std::string name;
  std::string address;
  std::string topic_setting;  // NAME=VALUE, or empty
  double goal = 0;            // of our ratio to the peer
};

struct Case {
  size_t record_bytes;
  int partition_count;
  std::string codec;

  std::string name() const {
    return fmt::format("{}B.p{}.{}", record_bytes, partition_count, codec);
  }
};

struct Throughput {
  double produce_mb = 0;
  double fetch_mb = 0;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Text that compresses to about a third, as JSON does; the same in every run.
std::vector<std::string> make_values(size_t bytes) {
  constexpr size_t kValues = 500;
  const std::vector<std::string> names = {"\"user\": ", "\"amount\": ", "\"page\": ", "\"at\": "};
  std::mt19937 random(7);
  std::vector<std::string> values(kValues);
  for (std::string& value : values) {
    while (value.size() < bytes) value += fmt::format("{}{}, ", names[random() % 4], random());
    value.resize(bytes);
  }
  return values;
}

// A topic for one measurement, deleted with all its bytes.
class Topic {
 public:
  Topic(const Side& side, int partition_count) : side_(side) {
    static int number = 0;
    name_ = fmt::format("bench-{}-{}", side.name, ++number);
    std::vector<std::string> command = {"create",       name_,
                                        "--partitions", std::to_string(partition_count),
                                        "--config",     "file.delete.delay.ms=0"};
    if (!side.topic_setting.empty()) {
      command.insert(command.end(), {"--config", side.topic_setting});
    }
    run(command);
  }
  Topic(const Topic&) = delete;
  ~Topic() { run({"delete", name_}); }
  const std::string& name() const { return name_; }

 private:
  void run(const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {system_test::program_path(), "topic"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--bootstrap", side_.address});
    auto done = system_test::run_program(command);
    if (done.exit_code == 0) return;
    fmt::print(stderr, "topic {} at {}: {}\n", name_, side_.name, done.errors);
    std::exit(1);
  }

  const Side& side_;
  std::string name_;
};

std::map<std::string, std::string> producer_settings(const Case& what) {
  return {{"compression.codec", what.codec},
          {"linger.ms", "5"},
          {"batch.size", "1000000"},
          {"queue.buffering.max.messages", "500000"},
          {"acks", "all"}};
}

double produce_seconds(const std::string& address, const std::string& topic, const Case& what,
                       size_t count) {
  std::vector<std::string> values = make_values(what.record_bytes);
  KafkaProducer producer(address, producer_settings(what));
  Stopwatch clock;
  for (size_t i = 0; i < count; ++i) producer.send(topic, values[i % values.size()]);
  producer.flush();
  return clock.seconds();
}

// From the first record to the last: how long a consumer takes to connect is not what is measured.
double fetch_seconds(const std::string& address, const std::string& topic, const Case& what,
                     size_t count) {
  KafkaConsumer consumer(address, topic, what.partition_count);
  size_t got = 0;
  auto take = [&](std::string_view value) {
    KAPPA_CHECK_EQ(value.size(), what.record_bytes);
    ++got;
  };
  consumer.poll(take);
  Stopwatch clock;
  while (got < count) consumer.poll(take);
  return clock.seconds();
}

Throughput measure(const Side& side, const Case& what, int megabytes) {
  size_t count = static_cast<size_t>(megabytes) * 1'000'000 / what.record_bytes;
  Topic topic(side, what.partition_count);
  double produced = produce_seconds(side.address, topic.name(), what, count);
  double fetched = fetch_seconds(side.address, topic.name(), what, count);
  return {.produce_mb = megabytes / produced, .fetch_mb = megabytes / fetched};
}

// What the client does at most: records to librdkafka's own mock broker, which only parses.
void report_client_alone(const Case& what, int megabytes) {
  size_t count = static_cast<size_t>(megabytes) * 1'000'000 / what.record_bytes;
  std::vector<std::string> values = make_values(what.record_bytes);
  auto settings = producer_settings(what);
  settings["test.mock.num.brokers"] = "1";
  KafkaProducer producer("mock", settings);
  Stopwatch clock;
  for (size_t i = 0; i < count; ++i) producer.send("t", values[i % values.size()]);
  producer.flush();
  report({"kafka_peer.produce.client_alone." + what.name(), "MB/s", megabytes / clock.seconds(), 0,
          "", 0});
}

void compare_throughput(const std::vector<Side>& ours, const Side& peer, const Case& what,
                        const Options& options) {
  std::map<std::string, std::vector<double>> produced, fetched;
  for (int round = 0; round < options.rounds; ++round) {
    auto run = [&](const Side& side) {
      Throughput measured = measure(side, what, options.megabytes);
      produced[side.name].push_back(measured.produce_mb);
      fetched[side.name].push_back(measured.fetch_mb);
    };
    for (const Side& side : ours) run(side);
    run(peer);
  }
  for (const Side& side : ours) {
    report({fmt::format("kafka_peer.produce.{}.{}", side.name, what.name()), "MB/s",
            median(produced[side.name]), median(produced[peer.name]), options.peer_name,
            side.goal});
    report({fmt::format("kafka_peer.fetch.{}.{}", side.name, what.name()), "MB/s",
            median(fetched[side.name]), median(fetched[peer.name]), options.peer_name, side.goal});
  }
  report_client_alone(what, options.megabytes);
}

// Milliseconds from produce() to the consumer, of records at an even pace, in ascending order.
std::vector<double> measure_latency(const Side& side, int seconds) {
  auto count = static_cast<size_t>(seconds) * kRecordsPerSecond;
  Topic topic(side, 1);
  KafkaProducer producer(side.address, {{"linger.ms", "0"}, {"acks", "all"}});
  KafkaConsumer consumer(side.address, topic.name(), 1);
  Stopwatch clock;
  auto send = [&] {
    std::string value(kLatencyRecordBytes, ' ');
    double now = clock.seconds();
    std::memcpy(value.data(), &now, sizeof now);
    producer.send(topic.name(), value);
  };
  std::vector<double> waited;
  auto take = [&](std::string_view value) {
    double sent = 0;
    std::memcpy(&sent, value.data(), sizeof sent);
    waited.push_back((clock.seconds() - sent) * 1000);
  };
  send();  // connects both
  consumer.poll(take);
  waited.clear();
  std::thread pace([&] {
    double begin = clock.seconds();
    for (size_t i = 0; i < count; ++i) {
      double due = begin + static_cast<double>(i) / kRecordsPerSecond - clock.seconds();
      if (due > 0) std::this_thread::sleep_for(std::chrono::duration<double>(due));
      send();
    }
    producer.flush();
  });
  while (waited.size() < count) consumer.poll(take);
  pace.join();
  std::sort(waited.begin(), waited.end());
  return waited;
}

void compare_latency(const std::vector<Side>& ours, const Side& peer, const Options& options) {
  measure_latency(peer, options.seconds);  // compiles what it needs for small requests
  auto reference = measure_latency(peer, options.seconds);
  const std::map<std::string, double> shares = {{"p50", 0.5}, {"p99", 0.99}, {"p99.9", 0.999}};
  for (const Side& side : ours) {
    auto measured = measure_latency(side, options.seconds);
    for (const auto& [name, share] : shares) {
      auto index = static_cast<size_t>(share * static_cast<double>(measured.size() - 1));
      report({fmt::format("kafka_peer.latency.{}.{}", side.name, name), "ms", measured[index],
              reference[index], options.peer_name, 1, true});
    }
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (size_t bytes : {100, 1000, 10'000}) {
    for (int partitions : {1, 16}) {
      for (const char* codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
        cases.push_back({bytes, partitions, codec});
      }
    }
  }
  return cases;
}

void run(const Options& options) {
  const std::vector<Side> ours = {{"os", options.ours, "durability=os", 2},
                                  {"sync", options.ours, "durability=sync", 1}};
  const Side peer = {"peer", options.peer, "", 0};
  std::regex only(options.only);
  constexpr int kWarmUpMegabytes = 100;
  for (int i = 0; i < kWarmUpRounds; ++i) {
    for (const Case& what : {Case{100, 1, "none"}, Case{1000, 16, "lz4"}}) {
      measure(peer, what, kWarmUpMegabytes);
      measure(ours.front(), what, kWarmUpMegabytes);
    }
  }
  if (std::regex_search("latency", only)) compare_latency(ours, peer, options);
  for (const Case& what : all_cases()) {
    if (std::regex_search(what.name(), only)) compare_throughput(ours, peer, what, options);
  }
}

}  // namespace
}  // namespace kappa::bench

int main(int argc, char** argv) {
  CLI::App app("produce, fetch and latency beside Apache Kafka");
  kappa::bench::Options options;
  app.add_option("--ours", options.ours)->required();
  app.add_option("--peer", options.peer)->required();
  app.add_option("--peer-name", options.peer_name);
  app.add_option("--only", options.only);
  app.add_option("--rounds", options.rounds)->check(CLI::PositiveNumber);
  app.add_option("--megabytes", options.megabytes)->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  kappa::bench::run(options);
  return 0;
}
