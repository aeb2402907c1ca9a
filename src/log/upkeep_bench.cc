// Live produce beside a compaction: latencies of synced appends at a steady rate, on a log whose
// other topic has 256 MiB to compact, with the housekeeper as good as off and at its default.
//   KAPPA_BENCH_DIR=/var/tmp log_bench --benchmark_filter=produce_beside

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <future>
#include <random>
#include <thread>

#include "base/logging.h"
#include "log/batch_builder.h"
#include "log/log.h"

namespace kappa::log {
namespace {

constexpr int64_t kOldBytes = int64_t{256} << 20;
constexpr int64_t kNever = 1;  // byte a second

std::string keyed_batch(std::mt19937& random, size_t records) {
  BatchBuilder builder;
  const std::string value(200, 'v');
  for (size_t i = 0; i < records; ++i)
    builder.add({.timestamp_ms = 1000, .key = std::to_string(random() % 500'000), .value = value});
  return std::move(builder).build().value();
}

void append(Partition& partition, std::string batch, Acks acks) {
  std::promise<void> done;
  partition.append(std::move(batch), acks, [&done](const AppendAnswer& answer) {
    if (!answer.status.ok()) abort();
    done.set_value();
  });
  done.get_future().wait();
}

std::string make_old_log() {
  const char* base = getenv("KAPPA_BENCH_DIR");
  std::string path = fmt::format("{}/kappa-upkeep-bench-XXXXXX", base != nullptr ? base : "/tmp");
  if (mkdtemp(path.data()) == nullptr) abort();
  auto log = Log::open(env::posix_env(), {.directory = path, .background_bytes_per_second = kNever})
                 .value();
  auto topic =
      log->create_topic(
             "old", 1,
             {{"cleanup.policy", "compact"}, {"durability", "os"}, {"segment.bytes", "16777216"}})
          .value();
  (void)log->create_topic("live", 1, {}).value();
  auto partition = log->partition(topic.id, 0).value();
  std::mt19937 random(1);
  for (int64_t bytes = 0; bytes < kOldBytes; bytes = partition->log_end().value * 220)
    append(*partition, keyed_batch(random, 4000), Acks::kLeader);
  if (!log->close().ok()) abort();
  return path;
}

double at_quantile(const std::vector<double>& sorted, double quantile) {
  return sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size() - 1))];
}

// One append of 4 KB each 2 ms for ten seconds.
std::vector<double> latencies(Partition& partition) {
  std::mt19937 random(2);
  std::vector<double> microseconds;
  auto next = std::chrono::steady_clock::now();
  for (int i = 0; i < 5000; ++i) {
    next += std::chrono::milliseconds(2);
    std::this_thread::sleep_until(next);
    std::string batch = keyed_batch(random, 18);
    const auto begin = std::chrono::steady_clock::now();
    append(partition, std::move(batch), Acks::kAll);
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
    microseconds.push_back(took.count());
  }
  std::sort(microseconds.begin(), microseconds.end());
  return microseconds;
}

void produce_beside_compaction(benchmark::State& state) {
  spdlog::set_level(spdlog::level::warn);
  const std::string path = make_old_log();
  double p99_alone = 0;
  for (auto _ : state) {
    for (int64_t rate : {kNever, LogOptions().background_bytes_per_second}) {
      auto log =
          Log::open(env::posix_env(), {.directory = path, .background_bytes_per_second = rate})
              .value();
      auto old = log->partition(log->find_topic("old")->id, 0).value();
      const int64_t size = old->size_bytes();
      auto live = log->partition(log->find_topic("live")->id, 0).value();
      const auto sorted = latencies(*live);
      const std::string name = rate == kNever ? "alone" : "beside";
      state.counters[name + "_p50_us"] = at_quantile(sorted, 0.5);
      state.counters[name + "_p99_us"] = at_quantile(sorted, 0.99);
      state.counters[name + "_p999_us"] = at_quantile(sorted, 0.999);
      state.counters[name + "_compacted_mb"] =
          static_cast<double>(size - old->size_bytes()) / (1 << 20);
      if (rate == kNever) p99_alone = at_quantile(sorted, 0.99);
      state.counters["p99_ratio"] = at_quantile(sorted, 0.99) / p99_alone;
      if (!log->close().ok()) abort();
    }
  }
  if (system(("rm -rf " + path).c_str()) != 0) abort();
}
BENCHMARK(produce_beside_compaction)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace
}  // namespace kappa::log
