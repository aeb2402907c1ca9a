// What a circuit costs: rows per second through filter and group-by, the latency of a step of one
// row, and join steps. One core unless the name says otherwise.

#include <benchmark/benchmark.h>

#include <duckdb/common/vector/flat_vector.hpp>
#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "base/check.h"
#include "flow/chunks.h"
#include "flow/circuit.h"
#include "flow/evaluator.h"
#include "flow/testing/test_database.h"

namespace kappa::flow {

namespace {

using duckdb::LogicalType;

constexpr size_t kRowsPerStep = 1 << 20;

TestDatabase& database() {
  static TestDatabase instance;
  return instance;
}

NodePtr input_node(const std::string& table) {
  return make_node(InputSpec{0, true}, {}, database().types_of(table));
}

// Rows (key, value BIGINT, text VARCHAR) with keys of the table's type.
data::Delta make_rows(size_t rows, size_t groups, bool has_text_key, uint64_t seed) {
  data::Delta delta;
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  data::Types types = {has_text_key ? LogicalType::VARCHAR : LogicalType::BIGINT,
                       LogicalType::BIGINT, LogicalType::BIGINT};
  for (size_t done = 0; done < rows; done += STANDARD_VECTOR_SIZE) {
    size_t count = std::min<size_t>(rows - done, STANDARD_VECTOR_SIZE);
    auto chunk = std::make_shared<data::DeltaChunk>();
    allocate(types, chunk->rows, count);
    for (size_t i = 0; i < count; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      auto key = static_cast<int64_t>((state >> 33) % groups);
      if (has_text_key) {
        duckdb::FlatVector::GetDataMutable<duckdb::string_t>(chunk->rows.data[0])[i] =
            duckdb::StringVector::AddString(chunk->rows.data[0], "key" + std::to_string(key));
      } else {
        duckdb::FlatVector::GetDataMutable<int64_t>(chunk->rows.data[0])[i] = key;
      }
      duckdb::FlatVector::GetDataMutable<int64_t>(chunk->rows.data[1])[i] =
          static_cast<int64_t>((state >> 20) % 1000);
      duckdb::FlatVector::GetDataMutable<int64_t>(chunk->rows.data[2])[i] =
          static_cast<int64_t>(done + i);
    }
    chunk->rows.SetChildCardinality(count);
    delta.chunks.push_back(std::move(chunk));
  }
  return delta;
}

std::unique_ptr<Circuit> make_circuit(NodePtr root, std::vector<data::Types> inputs,
                                      WorkerPool& pool) {
  auto circuit = Circuit::create({std::move(root), std::move(inputs)}, database().context(), pool);
  KAPPA_CHECK_OK(circuit.status());
  return std::move(circuit).value();
}

void create_tables() {
  static bool once = [] {
    database().run("CREATE TABLE numbers(k BIGINT, v BIGINT, n BIGINT)");
    database().run("CREATE TABLE texts(k VARCHAR, v BIGINT, n BIGINT)");
    return true;
  }();
  benchmark::DoNotOptimize(once);
}

std::vector<std::unique_ptr<InputDelta>> inputs_of(data::Delta delta) {
  std::vector<std::unique_ptr<InputDelta>> inputs;
  inputs.push_back(make_input(std::move(delta)));
  return inputs;
}

// SELECT k, count(*), sum(v) FROM t WHERE v >= 100 GROUP BY k
NodePtr filter_and_group(const std::string& table) {
  create_tables();
  NodePtr input = input_node(table);
  NodePtr kept = make_node(FilterSpec{database().bind("v >= 100", table)}, {input}, input->types);
  AggregateSpec spec = database().bind_aggregate("k", "count(*), sum(v)", table);
  return make_node(spec, {kept}, {input->types[0], LogicalType::BIGINT, LogicalType::HUGEINT});
}

// Arguments: groups, text key?, workers.
void replay_filter_and_group(benchmark::State& state) {
  std::string table = state.range(1) != 0 ? "texts" : "numbers";
  auto pool = make_worker_pool(static_cast<size_t>(state.range(2)), false);
  NodePtr root = filter_and_group(table);
  auto circuit = make_circuit(root, {database().types_of(table)}, *pool);
  data::Delta rows =
      make_rows(kRowsPerStep, static_cast<size_t>(state.range(0)), state.range(1) != 0, 1);
  for (auto _ : state) {
    auto output = circuit->step(inputs_of(rows));
    KAPPA_CHECK_OK(output.status());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRowsPerStep));
}
BENCHMARK(replay_filter_and_group)
    ->ArgNames({"groups", "text", "workers"})
    ->Args({100, 0, 1})
    ->Args({100000, 0, 1})
    ->Args({100, 1, 1})
    ->Args({100000, 1, 1})
    ->Args({100, 0, 2})
    ->Args({100000, 0, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void step_of_one_row(benchmark::State& state) {
  auto pool = make_worker_pool(static_cast<size_t>(state.range(0)), false);
  auto circuit = make_circuit(filter_and_group("numbers"), {database().types_of("numbers")}, *pool);
  KAPPA_CHECK_OK(circuit->step(inputs_of(make_rows(kRowsPerStep, 100000, false, 1))).status());
  data::Delta one = make_rows(1, 1000, false, 3);
  for (auto _ : state) KAPPA_CHECK_OK(circuit->step(inputs_of(one)).status());
}
BENCHMARK(step_of_one_row)->ArgName("workers")->Arg(1)->Arg(2)->UseRealTime();

// SELECT * FROM numbers a JOIN numbers b ON a.n = b.n, one side large; steps of the given size.
void join_step(benchmark::State& state) {
  create_tables();
  auto pool = make_worker_pool(1, false);
  data::Types types = database().types_of("numbers");
  NodePtr left = make_node(InputSpec{0, true}, {}, types);
  NodePtr right = make_node(InputSpec{1, true}, {}, types);
  JoinSpec spec;
  spec.keys.push_back({database().bind("n", "numbers")[0], database().bind("n", "numbers")[0]});
  data::Types both = types;
  both.insert(both.end(), types.begin(), types.end());
  auto circuit = make_circuit(make_node(spec, {left, right}, both), {types, types}, *pool);
  std::vector<std::unique_ptr<InputDelta>> large(2);
  large[1] = make_input(make_rows(kRowsPerStep, 100000, false, 1));
  KAPPA_CHECK_OK(circuit->step(std::move(large)).status());
  data::Delta rows = make_rows(static_cast<size_t>(state.range(0)), 100000, false, 2);
  for (auto _ : state) {
    std::vector<std::unique_ptr<InputDelta>> inputs(2);
    inputs[0] = make_input(rows);
    KAPPA_CHECK_OK(circuit->step(std::move(inputs)).status());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(join_step)->ArgName("rows")->Arg(1)->Arg(1000)->Arg(100000)->UseRealTime();

}  // namespace

}  // namespace kappa::flow
