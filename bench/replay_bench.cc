// Replay: JSON records of about 200 bytes from the log through a filter and a group-by, beside bare
// simdjson over the same bytes and DuckDB's read_json + GROUP BY of the same data.
// Usage: replay_bench [--records N] [--directory DIR]

#include <simdjson.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <duckdb.hpp>
#include <fstream>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "env/env.h"
#include "log/batch_builder.h"
#include "log/log.h"
#include "report.h"
#include "stopwatch.h"
#include "system/server_process.h"

namespace kappa::bench {
namespace {

constexpr int kPartitions = 2;
constexpr int kRecordsPerBatch = 1000;
constexpr double kSimdjsonGoal = 0.5, kDuckdbGoal = 1, kScalingGoal = 1.7;

std::string record_of(int64_t i) {
  uint64_t mixed = static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15ull;
  return fmt::format(
      R"({{"id":{},"small":{},"large":{},"price":{},"user":"user-{:08x}","city":"Zurich-{:04}",)"
      R"("active":{},"at":"2024-03-{:02}T12:{:02}:{:02}Z","note":"some words that nobody groups by"}})",
      i, mixed % 100, mixed % 100'000, mixed % 1000, mixed >> 32, mixed % 9000,
      (mixed & 1) != 0 ? "true" : "false", i % 28 + 1, i % 60, i / 60 % 60);
}

// A line per record, and the same in the log.
Status write_input(log::Log& log, const std::string& lines_path, int64_t count) {
  ASSIGN_OR_RETURN(auto topic, log.create_topic("records", kPartitions, {{"durability", "os"}}));
  std::ofstream lines(lines_path);
  for (int64_t first = 0; first < count; first += kRecordsPerBatch) {
    log::BatchBuilder builder;
    for (int64_t i = first; i < std::min(first + kRecordsPerBatch, count); ++i) {
      std::string record = record_of(i);
      builder.add({.timestamp_ms = 1'700'000'000'000 + i, .value = record});
      lines << record << '\n';
    }
    ASSIGN_OR_RETURN(
        auto partition,
        log.partition(topic.id, static_cast<int32_t>(first / kRecordsPerBatch % kPartitions)));
    ASSIGN_OR_RETURN(std::string batch, std::move(builder).build());
    Status appended;
    partition->append(std::move(batch), log::Acks::kLeader,
                      [&](log::AppendAnswer answer) { appended = answer.status; });
    RETURN_IF_ERROR(appended);
  }
  return OkStatus();
}

class NoRows final : public engine::ResultSink {
 public:
  Status columns(const std::vector<engine::ResultColumn>&) override { return OkStatus(); }
  Status rows(duckdb::DataChunk& chunk) override {
    if (chunk.size() > 0) value = chunk.GetValue(0, 0).ToString();
    return OkStatus();
  }
  void notice(std::string_view, std::string_view) override {}
  void complete(std::string_view) override {}
  std::string value;
};

// Runs a text; gives its last value.
StatusOr<std::string> run(engine::Session& session, const std::string& sql) {
  NoRows rows;
  ASSIGN_OR_RETURN(auto statements, session.parse(sql));
  for (auto& statement : statements) {
    ASSIGN_OR_RETURN(auto prepared, session.prepare(std::move(statement), {}));
    RETURN_IF_ERROR(session.execute(*prepared, {}, rows));
  }
  return rows.value;
}

std::string query_over(const std::string& relation, const std::string& group) {
  return fmt::format(
      "SELECT {0}, count(*) AS n, sum(price) AS s FROM {1} WHERE price >= 100 GROUP BY {0}", group,
      relation);
}

// Seconds from CREATE MATERIALIZED VIEW to its answer, and the sum of all groups to compare.
StatusOr<std::pair<double, std::string>> replay(log::Log& log, size_t workers,
                                                const std::string& group) {
  ASSIGN_OR_RETURN(auto engine, engine::Engine::open(
                                    env::posix_env(), log,
                                    {.worker_count = workers, .memory_bytes = int64_t{8} << 30}));
  auto session = engine->connect();
  RETURN_IF_ERROR(
      run(*session,
          "CREATE SOURCE IF NOT EXISTS records (id BIGINT, small INTEGER, large INTEGER, "
          "price INTEGER) WITH (topic = 'records') FORMAT PLAIN ENCODE JSON")
          .status());
  Stopwatch clock;
  RETURN_IF_ERROR(
      run(*session, "CREATE MATERIALIZED VIEW v AS " + query_over("records", group)).status());
  double seconds = clock.seconds();
  ASSIGN_OR_RETURN(std::string sum, run(*session, "SELECT sum(s) FROM v"));
  RETURN_IF_ERROR(run(*session, "DROP MATERIALIZED VIEW v").status());
  return std::pair(seconds, sum);
}

double duckdb_seconds(const std::string& path, size_t threads, const std::string& group,
                      std::string& sum) {
  duckdb::DuckDB database(nullptr);
  duckdb::Connection connection(database);
  connection.Query(fmt::format("SET threads = {}", threads));
  std::string relation = fmt::format(
      "read_json('{}', format = 'newline_delimited', columns = {{id: 'BIGINT', small: 'INTEGER', "
      "large: 'INTEGER', price: 'INTEGER'}})",
      path);
  Stopwatch clock;
  auto result = connection.Query("SELECT sum(s) FROM (" + query_over(relation, group) + ")");
  if (result->HasError()) std::exit((fmt::print(stderr, "{}\n", result->GetError()), 1));
  sum = result->Fetch()->GetValue(0, 0).ToString();
  return clock.seconds();
}

// One thread's share: parses every record and reads the fields that the source declares.
int64_t parse_share(const char* begin, size_t size) {
  simdjson::ondemand::parser parser;
  parser.threaded = false;
  simdjson::ondemand::document_stream records;
  if (parser.iterate_many(begin, size, size_t{1} << 20).get(records)) return -1;
  int64_t sum = 0;
  for (auto record : records) {
    int64_t id = 0, small = 0, large = 0, price = 0;
    if (record["id"].get(id) || record["small"].get(small) || record["large"].get(large) ||
        record["price"].get(price)) {
      return -1;
    }
    if (price >= 100) sum += price;
  }
  return sum;
}

double simdjson_seconds(const simdjson::padded_string& text, size_t threads, int64_t& sum) {
  std::vector<size_t> cuts = {0};
  for (size_t i = 1; i < threads; ++i) {
    cuts.push_back(
        std::string_view(text.data(), text.size()).find('\n', text.size() / threads * i) + 1);
  }
  cuts.push_back(text.size());
  std::vector<int64_t> sums(threads);
  Stopwatch clock;
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    running.emplace_back(
        [&, i] { sums[i] = parse_share(text.data() + cuts[i], cuts[i + 1] - cuts[i]); });
  }
  for (auto& thread : running) thread.join();
  sum = 0;
  for (int64_t share : sums) sum += share;
  return clock.seconds();
}

Status measure_group(log::Log& log, const std::string& path, const simdjson::padded_string& text,
                     double count, const std::string& group) {
  double one_worker = 0;
  for (size_t threads : {size_t{1}, size_t{2}}) {
    std::string name =
        fmt::format("replay.{}.{}", group == "small" ? "100_groups" : "100000_groups", threads);
    ASSIGN_OR_RETURN(auto ours, replay(log, threads, group));
    int64_t bare_sum = 0;
    std::string duck_sum;
    double bare = simdjson_seconds(text, threads, bare_sum);
    double duck = duckdb_seconds(path, threads, group, duck_sum);
    if (ours.second != duck_sum || ours.second != std::to_string(bare_sum)) {
      return internal_error("sums differ: ours={} duckdb={} simdjson={}", ours.second, duck_sum,
                            bare_sum);
    }
    double rate = count / ours.first;
    report({name + ".simdjson", "records/s", rate, count / bare, "bare simdjson, as many threads",
            kSimdjsonGoal});
    report({name + ".duckdb", "records/s", rate, count / duck, "DuckDB read_json, as many threads",
            kDuckdbGoal});
    if (threads == 1) one_worker = rate;
    if (threads == 2)
      report({name + ".scaling", "records/s", rate, one_worker, "one worker", kScalingGoal});
  }
  return OkStatus();
}

Status measure(const std::string& directory, int64_t count) {
  std::string path = directory + "/records.jsonl";
  ASSIGN_OR_RETURN(auto log, log::Log::open(env::posix_env(), {.directory = directory + "/log"}));
  RETURN_IF_ERROR(write_input(*log, path, count));
  sync();  // or writing it out disturbs the first measurements
  simdjson::padded_string text;
  if (simdjson::padded_string::load(path).get(text)) return unavailable("cannot read {}", path);
  for (const char* group : {"small", "large"}) {
    RETURN_IF_ERROR(measure_group(*log, path, text, static_cast<double>(count), group));
  }
  return log->close();
}

}  // namespace
}  // namespace kappa::bench

int main(int argc, char** argv) {
  CLI::App app("replay of JSON records, beside simdjson and DuckDB");
  int64_t count = 10'000'000;
  std::string directory;
  app.add_option("--records", count);
  app.add_option("--directory", directory,
                 "where the input is written (about 4 GB; default: temporary)");
  CLI11_PARSE(app, argc, argv);
  kappa::system_test::TemporaryDirectory temporary;
  kappa::Status status =
      kappa::bench::measure(directory.empty() ? temporary.path() : directory, count);
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
