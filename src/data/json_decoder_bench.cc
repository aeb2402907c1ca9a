// The JSON decoder beside bare simdjson (on demand) that touches every field of the same bytes.
// Records of about 200 bytes, 8 columns. Counters: records per second.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <simdjson.h>

#include <random>

#include "data/json_decoder.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;

constexpr size_t kRecords = 2048;

const std::vector<RecordColumn>& columns() {
  static const std::vector<RecordColumn> columns = {
      {"order_id", LogicalType::BIGINT},      {"customer_id", LogicalType::BIGINT},
      {"product", LogicalType::VARCHAR},      {"country", LogicalType::VARCHAR},
      {"price", LogicalType::DOUBLE},         {"quantity", LogicalType::INTEGER},
      {"ordered_at", LogicalType::TIMESTAMP}, {"comment", LogicalType::VARCHAR}};
  return columns;
}

std::string record_text(std::mt19937_64& random, size_t id) {
  static const char* const kCountries[] = {"DE", "FR", "US", "JP", "BR"};
  const auto pick = [&](uint64_t below) { return random() % below; };
  return fmt::format(
      R"({{"order_id":{},"customer_id":{},"product":"SKU-{:08}","country":"{}","price":{}.{:02},)"
      R"("quantity":{},"ordered_at":"2013-{:02}-{:02}T{:02}:{:02}:{:02}Z",)"
      R"("comment":"please leave it at the door {}"}})",
      700'000'000 + id, pick(1'000'000), pick(100'000), kCountries[pick(5)], pick(1000), pick(100),
      1 + pick(20), 1 + pick(12), 1 + pick(28), pick(24), pick(60), pick(60), pick(1'000'000));
}

// Records as they lie in a batch: one behind the other.
struct Input {
  std::string bytes;
  std::vector<RecordView> records;

  Input() {
    std::mt19937_64 random(1);
    std::vector<size_t> ends;
    for (size_t i = 0; i < kRecords; ++i) {
      bytes += record_text(random, i);
      ends.push_back(bytes.size());
    }
    const size_t size = bytes.size();
    bytes.append(64, '\0');
    size_t begin = 0;
    for (const size_t end : ends) {
      RecordView record;
      record.value = std::string_view(bytes).substr(begin, end - begin);
      record.readable_beyond_value = size + 64 - end;
      records.push_back(record);
      begin = end;
    }
  }
};

const Input& input() {
  static const Input input;
  return input;
}

void set_rate(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRecords));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * (input().bytes.size() - 64)));
}

// The value of field `index`, by the type that its column has.
bool touch(simdjson::ondemand::value value, size_t index) {
  switch (columns()[index].type.id()) {
    case duckdb::LogicalTypeId::BIGINT:
    case duckdb::LogicalTypeId::INTEGER: {
      int64_t number;
      if (value.get_int64().get(number)) return false;
      benchmark::DoNotOptimize(number);
      return true;
    }
    case duckdb::LogicalTypeId::DOUBLE: {
      double number;
      if (value.get_double().get(number)) return false;
      benchmark::DoNotOptimize(number);
      return true;
    }
    default: {
      std::string_view text;
      if (value.get_string().get(text)) return false;
      benchmark::DoNotOptimize(text);
      return true;
    }
  }
}

bool touch_record(simdjson::ondemand::parser& parser, const RecordView& record) {
  simdjson::ondemand::document document;
  const auto size = record.value->size();
  if (parser.iterate(record.value->data(), size, size + 64).get(document)) return false;
  simdjson::ondemand::object object;
  if (document.get_object().get(object)) return false;
  size_t index = 0;
  for (auto field : object) {
    if (field.error() || !touch(field.value(), index++)) return false;
  }
  return index == columns().size();
}

void bare_simdjson(benchmark::State& state) {
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    for (const auto& record : input().records) {
      if (!touch_record(parser, record)) return state.SkipWithError("does not parse");
    }
  }
  set_rate(state);
}
BENCHMARK(bare_simdjson);

void decode(benchmark::State& state, std::vector<size_t> used) {
  auto decoder = make_json_decoder(columns(), std::move(used)).value();
  duckdb::DataChunk out;
  const auto& types = decoder->output_types();
  out.Initialize(duckdb::Allocator::DefaultAllocator(), {types.begin(), types.end()});
  std::vector<BadRecord> bad;
  for (auto _ : state) {
    decoder->decode(input().records, out, bad, nullptr);
    benchmark::DoNotOptimize(out.data.data());
    if (!bad.empty()) return state.SkipWithError(bad[0].reason.c_str());
  }
  set_rate(state);
}
BENCHMARK_CAPTURE(decode, uses_2_of_8, std::vector<size_t>{1, 4});
BENCHMARK_CAPTURE(decode, uses_8_of_8, std::vector<size_t>{0, 1, 2, 3, 4, 5, 6, 7});

}  // namespace
}  // namespace kappa::data
