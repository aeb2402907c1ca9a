// The log beside the machine: appends of 1 MB batches beside a plain file write of the same bytes,
// reads beside memory.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <future>

#include "base/crc32c.h"
#include "log/batch_builder.h"
#include "log/log.h"
#include "log/records.h"

namespace kappa::log {
namespace {

std::string batch_of(size_t records, size_t value_bytes) {
  BatchBuilder builder;
  std::string value(value_bytes, 'v');
  for (size_t i = 0; i < records; ++i)
    builder.add({.timestamp_ms = static_cast<int64_t>(i), .value = value});
  return std::move(builder).build().value();
}

class Directory {
 public:
  Directory() {
    const char* base = getenv("KAPPA_BENCH_DIR");
    path_ = fmt::format("{}/kappa-log-bench-XXXXXX", base != nullptr ? base : "/tmp");
    if (mkdtemp(path_.data()) == nullptr) abort();
  }
  ~Directory() {
    if (system(("rm -rf " + path_).c_str()) != 0) abort();
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Topic {
  explicit Topic(const char* durability) {
    log = Log::open(env::posix_env(), {.directory = directory.path()}).value();
    auto description = log->create_topic("t", 1, {{"durability", durability}}).value();
    partition = log->partition(description.id, 0).value();
  }
  void append(std::string batch) {
    std::promise<void> done;
    partition->append(std::move(batch), Acks::kAll, [&done](const AppendAnswer& answer) {
      if (!answer.status.ok()) abort();
      done.set_value();
    });
    done.get_future().wait();
  }
  Directory directory;
  std::unique_ptr<Log> log;
  std::shared_ptr<Partition> partition;
};

void append(benchmark::State& state, const char* durability) {
  Topic topic(durability);
  std::string batch = batch_of(1000, 1000);
  for (auto _ : state) topic.append(batch);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * batch.size()));
}
BENCHMARK_CAPTURE(append, os, "os")->Iterations(1000)->UseRealTime();
BENCHMARK_CAPTURE(append, sync, "sync")->Iterations(1000)->UseRealTime();

void plain_write(benchmark::State& state, bool is_synced) {
  Directory directory;
  auto file = env::posix_env().open_file(directory.path() + "/f", env::OpenMode::kCreate).value();
  std::string batch = batch_of(1000, 1000);
  for (auto _ : state) {
    std::string copy = batch;  // as the append does
    if (!file->append(copy).ok() || (is_synced && !file->sync().ok())) abort();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * batch.size()));
}
BENCHMARK_CAPTURE(plain_write, os, false)->Iterations(1000)->UseRealTime();
BENCHMARK_CAPTURE(plain_write, sync, true)->Iterations(1000)->UseRealTime();

void read_log(benchmark::State& state) {
  Topic topic("os");
  std::string batch = batch_of(4000, 200);
  for (int i = 0; i < 200; ++i) topic.append(batch);
  int64_t bytes = 0, records = 0;
  for (auto _ : state) {
    RecordReader reader;
    for (Offset next(0); next < topic.partition->high_watermark();) {
      Batches batches = topic.partition->read(next, 4 << 20).value();
      if (state.range(0) != 0) {
        Status read = reader.for_each(batches.bytes, next, [&records](const Record& record) {
          records += static_cast<int64_t>(record.value->size() > 0);
        });
        if (!read.ok()) abort();
      }
      next = batches.next;
      bytes += static_cast<int64_t>(batches.bytes.size());
    }
  }
  state.SetBytesProcessed(bytes);
  state.SetItemsProcessed(records);
}
BENCHMARK(read_log)->ArgName("records")->Arg(0)->Arg(1);

void checksum(benchmark::State& state) {
  std::string bytes(1 << 20, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(checksum);

}  // namespace
}  // namespace kappa::log
