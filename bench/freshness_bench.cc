// How long a record takes from produce() to being part of an answer that a PostgreSQL client reads:
// 1,000 records a second, first alone, then while a view's replay runs beside them; for a topic
// that is synced and for one that is not. Beside the replay, a plain file is appended and synced at
// the same pace: what the disk itself takes then.
// Usage: freshness_bench [--kafka HOST:PORT --sql URL] [--records N] [--plain]
//   with addresses: measures that server, once; --plain: for people

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/check.h"
#include "kafka_producer.h"
#include "report.h"
#include "sql_client.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

constexpr int kRecordsPerSecond = 1000;
constexpr int kHistoryRecords = 3'000'000;
constexpr double kGoalMs = 20;
// Without a pause the asking client alone would keep a core busy.
constexpr std::chrono::microseconds kBetweenQueries{300};

struct Percentiles {
  double p50_ms = 0;
  double p99_ms = 0;
};

Percentiles percentiles_of(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  auto at = [&](double share) {
    auto index = static_cast<size_t>(share * static_cast<double>(seconds.size() - 1));
    return seconds[index] * 1000;
  };
  return {.p50_ms = at(0.5), .p99_ms = at(0.99)};
}

// Produces on a thread of its own at an even pace; asks for the newest record every now and then.
class Probe {
 public:
  Probe(const std::string& kafka, const std::string& url, const std::string& durability, int count)
      : kafka_(kafka), url_(url), durability_(durability), sent_at_(static_cast<size_t>(count)) {}

  Percentiles run() {
    SqlClient sql(url_);
    sql.run(fmt::format("CREATE TABLE freshness_probe (id BIGINT) WITH (durability = '{}')",
                        durability_));  // its topic goes with it
    sql.run(
        "CREATE MATERIALIZED VIEW freshness_newest AS SELECT max(id) AS id FROM freshness_probe");
    std::thread producer([this] { produce(); });
    std::vector<double> waited = watch(sql);
    producer.join();
    sql.run("DROP MATERIALIZED VIEW freshness_newest");
    sql.run("DROP TABLE freshness_probe");
    return percentiles_of(std::move(waited));
  }

 private:
  void produce() {
    KafkaProducer producer(kafka_, {{"linger.ms", "0"}});
    producer.send("freshness_probe", R"({"id": -1})");  // connects
    producer.flush();
    double begin = clock_.seconds();
    for (size_t i = 0; i < sent_at_.size(); ++i) {
      auto due = std::chrono::duration<double>(begin + static_cast<double>(i) / kRecordsPerSecond -
                                               clock_.seconds());
      if (due.count() > 0) std::this_thread::sleep_for(due);
      sent_at_[i] = clock_.seconds();
      producer.send("freshness_probe", fmt::format("{{\"id\": {}}}", i));
    }
    producer.flush();
  }

  std::vector<double> watch(SqlClient& sql) {
    std::vector<double> waited;
    while (waited.size() < sent_at_.size()) {
      std::string newest = sql.run("SELECT id FROM freshness_newest");
      double now = clock_.seconds();
      size_t visible = newest.empty() ? 0 : static_cast<size_t>(std::stoll(newest) + 1);
      while (waited.size() < visible) waited.push_back(now - sent_at_[waited.size()]);
      std::this_thread::sleep_for(kBetweenQueries);
    }
    return waited;
  }

  std::string kafka_, url_, durability_;
  Stopwatch clock_;
  std::vector<std::atomic<double>> sent_at_;
};

void produce_history(const std::string& kafka) {
  KafkaProducer producer(kafka, {{"compression.codec", "lz4"}, {"linger.ms", "20"}});
  for (int i = 0; i < kHistoryRecords; ++i) {
    producer.send("history", fmt::format("{{\"k\": {}, \"v\": {}}}", i % 1000, i));
  }
  producer.flush();
}

// Replaces a view over a long history, again and again, until told to stop.
class EndlessReplay {
 public:
  explicit EndlessReplay(const std::string& url) : thread_([this, url] { run(url); }) {}
  ~EndlessReplay() {
    is_stopping_ = true;
    thread_.join();
  }

 private:
  void run(const std::string& url) {
    SqlClient sql(url);
    for (int i = 0; !is_stopping_; ++i) {
      sql.run(
          fmt::format("CREATE OR REPLACE MATERIALIZED VIEW sums AS SELECT k, sum(v + {}) AS s "
                      "FROM history GROUP BY k",
                      i));
    }
  }

  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

// From when a record is due, 1,000 a second, until it is synced to a plain file.
Percentiles measure_disk(const std::string& path, int count) {
  int file = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  KAPPA_CHECK_GE(file, 0);
  std::vector<double> took;
  std::string record(100, 'x');
  Stopwatch clock;
  for (int i = 0; i < count; ++i) {
    double due = static_cast<double>(i) / kRecordsPerSecond;
    if (clock.seconds() < due) {
      std::this_thread::sleep_for(std::chrono::duration<double>(due - clock.seconds()));
    }
    KAPPA_CHECK_EQ(write(file, record.data(), record.size()), static_cast<ssize_t>(record.size()));
    KAPPA_CHECK_EQ(fdatasync(file), 0);
    took.push_back(clock.seconds() - due);
  }
  close(file);
  return percentiles_of(std::move(took));
}

void report_alone(const std::string& name, const Percentiles& measured) {
  report({name + ".p50", "ms", measured.p50_ms, 0, "", 0, true});
  report({name + ".p99", "ms", measured.p99_ms, kGoalMs, "limit of 20 ms", 1, true});
}

void measure_own_server(int count) {
  system_test::TemporaryDirectory directory;
  auto server = system_test::ServerProcess::start({.data_directory = directory.path()});
  if (!server.ok()) std::exit((fmt::print(stderr, "{}\n", server.status().ToString()), 1));
  std::string kafka = (*server)->kafka(), url = (*server)->sql_url();
  const std::vector<std::string> durabilities = {"sync", "os"};
  std::map<std::string, Percentiles> alone;
  for (const std::string& durability : durabilities) {
    alone[durability] = Probe(kafka, url, durability, count).run();
    report_alone("freshness." + durability, alone[durability]);
  }
  SqlClient(url).run(
      "CREATE SOURCE history (k BIGINT, v BIGINT) WITH (topic = 'history', "
      "partitions = 2) FORMAT PLAIN ENCODE JSON");
  produce_history(kafka);
  EndlessReplay replay(url);
  for (const std::string& durability : durabilities) {
    Percentiles beside = Probe(kafka, url, durability, count).run();
    std::string name = "freshness." + durability + ".beside_replay";
    report({name + ".p50", "ms", beside.p50_ms, alone[durability].p50_ms, "alone", 0, true});
    report({name + ".p99", "ms", beside.p99_ms, alone[durability].p99_ms, "alone", 3, true});
  }
  Percentiles disk = measure_disk(directory.path() + "/plain", count);
  report({"freshness.disk.beside_replay.p99", "ms", disk.p99_ms, 0, "", 0, true});
}

}  // namespace
}  // namespace kappa::bench

int main(int argc, char** argv) {
  CLI::App app("freshness: from produce to a PostgreSQL client's answer");
  std::string kafka, url;
  int count = 10'000;
  bool is_plain = false;
  app.add_option("--kafka", kafka);
  app.add_option("--sql", url);
  app.add_option("--records", count);
  app.add_flag("--plain", is_plain);
  CLI11_PARSE(app, argc, argv);
  using namespace kappa::bench;  // NOLINT: the program's own namespace
  if (kafka.empty()) return measure_own_server(count), 0;
  Percentiles measured = Probe(kafka, url, "sync", count).run();
  if (is_plain) {
    fmt::print("p50 {:.1f} ms, p99 {:.1f} ms\n", measured.p50_ms, measured.p99_ms);
  } else {
    report_alone("freshness.sync", measured);
  }
  return 0;
}
