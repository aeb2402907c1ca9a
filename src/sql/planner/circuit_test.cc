// The law: after every step a view's contents are what DuckDB answers to its query over the same
// rows. Every query of view_queries.h is planned, fed with random inserts and deletes in steps of
// random size, and compared after each; half way the circuit is saved and loaded again.

#include <gtest/gtest.h>
#include <duckdb/main/client_context.hpp>

#include <cmath>
#include <map>
#include <random>

#include "data/row_codec.h"
#include "flow/circuit.h"
#include "sql/planner.h"
#include "sql/planner/memory_tables.h"
#include "sql/planner/plan_text.h"
#include "sql/planner/view_queries.h"

namespace kappa::sql {
namespace {

using testing::Row;
using Multiset = std::map<std::string, int64_t>;

std::string text_of(const duckdb::Value& value) {
  // The order of additions shows in a double's last digits.
  if (value.type().id() == duckdb::LogicalTypeId::DOUBLE && !value.IsNull()) {
    return fmt::format("{:.9g}", value.GetValue<double>());
  }
  return value.ToSQLString();
}

std::string text_of(duckdb::DataChunk& chunk, size_t row) {
  std::string text;
  for (size_t column = 0; column < chunk.ColumnCount(); ++column) {
    text += (column > 0 ? " | " : "") + text_of(chunk.GetValue(column, row));
  }
  return text;
}

Multiset contents_of(const flow::Circuit& circuit, const data::Types& types) {
  Multiset result;
  const flow::TraceSnapshot snapshot = circuit.contents();
  data::RowCodec codec(types);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(),
                   duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()));
  flow::TraceCursor cursor(snapshot);
  for (cursor.seek(""); cursor.is_valid(); cursor.next()) {
    codec.decode({cursor.entry().bytes}, chunk);
    result[text_of(chunk, 0)] += cursor.entry().weight;
  }
  return result;
}

// Random rows for each table, and their changes.
class Changes {
 public:
  explicit Changes(unsigned seed) : random_(seed) {}

  size_t below(size_t bound) { return random_() % bound; }

  Row row(const std::string& table) {
    if (table == "orders") {
      return {duckdb::Value::BIGINT(below(12)), integer(5), integer(10), price(), word(), time()};
    }
    if (table == "customers") return {integer(6), word(), word()};
    if (table == "pairs") return {integer(4), integer(4)};
    return {word(), integer(5), span()};
  }

 private:
  duckdb::Value maybe(duckdb::Value value) {
    return below(5) == 0 ? duckdb::Value(value.type()) : value;
  }
  duckdb::Value integer(size_t bound) { return maybe(duckdb::Value::INTEGER(below(bound))); }
  duckdb::Value price() { return maybe(duckdb::Value::DECIMAL(int64_t(below(500)), 10, 2)); }
  duckdb::Value word() {
    static const char* const kWords[] = {"open", "void", "a longer word than twelve", "eu", "Open"};
    return maybe(duckdb::Value(kWords[below(5)]));
  }
  duckdb::Value time() {
    const int64_t hour = int64_t{3600} * 1000000;
    return maybe(duckdb::Value::TIMESTAMP(
        duckdb::timestamp_t(int64_t{1704067200} * 1000000 + below(72) * hour)));
  }
  duckdb::Value span() {
    return maybe(duckdb::Value::INTERVAL(int32_t(below(2)), int32_t(below(3)), 0));
  }

  std::mt19937 random_;
};

class CircuitTest : public testing::TablesTest {
 protected:
  // One step's change of a table: rows are inserted and deleted there, and returned with weights.
  std::vector<std::pair<Row, int64_t>> change(Changes& changes, const std::string& name) {
    std::vector<std::pair<Row, int64_t>> delta;
    auto& rows = table(name).rows;
    const bool has_deletes = !table(name).is_append_only();
    for (size_t count = changes.below(24); count > 0; --count) {
      if (has_deletes && !rows.empty() && changes.below(5) < 2) {
        std::swap(rows[changes.below(rows.size())], rows.back());
        delta.emplace_back(rows.back(), -1);
        rows.pop_back();
      } else {
        rows.push_back(changes.row(name));
        delta.emplace_back(rows.back(), 1);
      }
    }
    return delta;
  }

  static data::Delta delta_of(const std::vector<std::pair<Row, int64_t>>& changed,
                              const PlanInput& input, const data::Types& types) {
    data::Delta delta;
    if (changed.empty()) return delta;
    auto chunk = std::make_shared<data::DeltaChunk>();
    chunk->rows.Initialize(duckdb::Allocator::DefaultAllocator(),
                           duckdb::vector<duckdb::LogicalType>(types.begin(), types.end()));
    bool is_append_only = true;
    for (const auto& [row, weight] : changed) {
      for (size_t i = 0; i < types.size(); ++i) chunk->rows.data[i].Append(row[input.columns[i]]);
      chunk->weights.push_back(weight);
      is_append_only &= weight == 1;
    }
    chunk->rows.SetChildCardinality(changed.size());
    if (is_append_only) chunk->weights.clear();
    delta.chunks.push_back(std::move(chunk));
    return delta;
  }

  Multiset answer(const std::string& query) {
    Multiset result;
    auto answer = duck().Query(query);
    EXPECT_FALSE(answer->HasError()) << answer->GetError();
    if (answer->HasError()) return result;
    while (auto chunk = answer->Fetch()) {
      for (size_t row = 0; row < chunk->size(); ++row) ++result[text_of(*chunk, row)];
    }
    return result;
  }

  // As after a crash: a new circuit from the saved state.
  void restart(const PlannedView& view, flow::WorkerPool& pool,
               std::unique_ptr<flow::Circuit>& circuit) {
    const auto parts = circuit->save_state();
    auto restored = flow::Circuit::create(view.plan, *duck().context, pool);
    ASSERT_TRUE(restored.ok()) << restored.status();
    ASSERT_TRUE((*restored)->load_state(parts).ok());
    circuit = *std::move(restored);
  }

  void check(const std::string& query, size_t workers, unsigned seed) {
    for (auto& [name, table] : snapshot_->tables) table->rows.clear();
    auto view = plan_view(duck(), query);
    ASSERT_TRUE(view.ok()) << query << "\n" << view.status();
    auto pool = flow::make_worker_pool(workers, false);
    auto circuit = flow::Circuit::create(view->plan, *duck().context, *pool);
    ASSERT_TRUE(circuit.ok()) << query << "\n" << circuit.status();
    Changes changes(seed);
    for (int step = 0; step < 15; ++step) {
      std::map<std::string, std::vector<std::pair<Row, int64_t>>> changed;
      for (const char* name : {"orders", "customers", "pairs", "events"}) {
        if (step > 0 && changes.below(4) > 0) changed[name] = change(changes, name);
      }
      std::vector<std::unique_ptr<flow::InputDelta>> inputs;
      for (size_t i = 0; i < view->inputs.size(); ++i) {
        const PlanInput& input = view->inputs[i];
        data::Delta delta = delta_of(changed[input.relation], input, view->plan.inputs[i]);
        inputs.push_back(delta.is_empty() ? nullptr : flow::make_input(std::move(delta)));
      }
      if (step == 8) restart(*view, *pool, *circuit);
      auto output = (*circuit)->step(std::move(inputs));
      ASSERT_TRUE(output.ok()) << query << "\n" << output.status();
      ASSERT_EQ(contents_of(**circuit, view->types), answer(query))
          << query << "\nseed " << seed << ", step " << step << ", " << workers << " workers\n"
          << to_text(*view);
    }
    rows_seen_ += contents_of(**circuit, view->types).size();
  }

  size_t rows_seen_ = 0;
};

TEST_F(CircuitTest, EveryQueryEqualsDuckDbAfterEveryStep) {
  for (const char* query : testing::kViewQueries) check(query, 1, 1);
  EXPECT_GT(rows_seen_, 5 * std::size(testing::kViewQueries));
}

TEST_F(CircuitTest, EveryQueryEqualsDuckDbWithThreeWorkers) {
  for (const char* query : testing::kViewQueries) check(query, 3, 2);
}

}  // namespace
}  // namespace kappa::sql
