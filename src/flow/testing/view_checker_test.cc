#include "flow/testing/view_checker.h"

#include <gtest/gtest.h>

#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "base/check.h"
#include "flow/chunks.h"

namespace kappa::flow {

namespace {

using duckdb::LogicalTypeId;
using duckdb::Value;

}  // namespace

NodePtr ViewChecker::add_table(const std::string& definition, bool is_append_only) {
  database_.run("CREATE TABLE " + definition);
  auto table = std::make_unique<Table>();
  table->name = definition.substr(0, definition.find('('));
  table->types = database_.types_of(table->name);
  table->is_append_only = is_append_only;
  tables_.push_back(std::move(table));
  return make_node(InputSpec{tables_.size() - 1, is_append_only}, {}, tables_.back()->types);
}

std::unique_ptr<Circuit> ViewChecker::make_circuit(WorkerPool& pool) {
  Plan plan{root_, {}};
  for (const auto& table : tables_) plan.inputs.push_back(table->types);
  auto circuit = Circuit::create(std::move(plan), database_.context(), pool);
  KAPPA_CHECK_OK(circuit.status());
  return std::move(circuit).value();
}

void ViewChecker::start(NodePtr root, const std::string& sql) {
  root_ = std::move(root);
  sql_ = sql;
  for (size_t workers : {1, 2, 4}) {
    Running running;
    running.pool = make_worker_pool(workers, false);
    running.circuit = make_circuit(*running.pool);
    running_.push_back(std::move(running));
  }
}

Value ViewChecker::random_value(const duckdb::LogicalType& type) {
  if (below(8) == 0) return Value(type);
  int64_t n = static_cast<int64_t>(below(static_cast<size_t>(domain_))) - 1;
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return Value::BOOLEAN(n > 0);
    case LogicalTypeId::VARCHAR:
      return Value(n % 3 == 0 ? "a text that is longer than others, " + std::to_string(n)
                              : "t" + std::to_string(n));
    case LogicalTypeId::DOUBLE:
      return Value::DOUBLE(static_cast<double>(n) * 0.25);
    case LogicalTypeId::DECIMAL:
      return Value(std::to_string(n) + ".25").DefaultCastAs(type);
    case LogicalTypeId::INTERVAL:
      return Value::INTERVAL(0, static_cast<int32_t>(n), 0);
    case LogicalTypeId::DATE:
      return Value::DATE(duckdb::date_t(static_cast<int32_t>(20000 + n)));
    case LogicalTypeId::TIMESTAMP:
      return Value::TIMESTAMP(duckdb::timestamp_t(1700000000000000 + n * 1000000));
    case LogicalTypeId::LIST:
      return Value::LIST(duckdb::ListType::GetChildType(type),
                         {random_value(duckdb::ListType::GetChildType(type)),
                          random_value(duckdb::ListType::GetChildType(type))});
    default:
      return Value::BIGINT(n).DefaultCastAs(type);
  }
}

// One more or one fewer of some row; now and then several at once.
void ViewChecker::change(Table& table) {
  bool retracts = !table.is_append_only && !table.rows.empty() && below(5) < 2;
  if (retracts) {
    size_t i = below(table.rows.size());
    table.changes.push_back({table.rows[i], -1});
    table.rows.erase(table.rows.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
  Row row;
  if (!table.rows.empty() && below(4) == 0) {
    row = table.rows[below(table.rows.size())];
  } else {
    for (const auto& type : table.types) row.push_back(random_value(type));
  }
  int64_t weight = below(6) == 0 ? 2 : 1;
  for (int64_t i = 0; i < weight; ++i) table.rows.push_back(row);
  table.changes.push_back({row, weight});
}

data::Delta ViewChecker::cut(const Table& table) {
  data::Delta delta;
  auto changes = table.changes;
  std::shuffle(changes.begin(), changes.end(), random_);
  for (size_t done = 0; done < changes.size();) {
    size_t count = std::min(changes.size() - done, 1 + below(below(2) == 0 ? 3 : 2048));
    auto chunk = std::make_shared<data::DeltaChunk>();
    allocate(table.types, chunk->rows);
    std::vector<int64_t> weights;
    for (size_t i = 0; i < count; ++i) {
      const auto& [row, weight] = changes[done + i];
      for (size_t c = 0; c < row.size(); ++c) chunk->rows.data[c].Append(row[c]);
      weights.push_back(weight);
    }
    chunk->rows.SetChildCardinality(count);
    set_weights(weights, *chunk);
    delta.chunks.push_back(std::move(chunk));
    done += count;
  }
  return delta;
}

void ViewChecker::step(size_t rows) {
  for (auto& table : tables_) {
    size_t count = rows == 0 ? 0 : below(rows + 1);
    for (size_t i = 0; i < count; ++i) change(*table);
  }
  push();
}

void ViewChecker::step_one_row() {
  change(*tables_[below(tables_.size())]);
  push();
}

void ViewChecker::step_rows(size_t table, const std::vector<Row>& rows, int64_t weight) {
  for (const Row& row : rows) {
    auto& live = tables_[table]->rows;
    if (weight > 0) live.push_back(row);
    if (weight < 0) {
      auto same = std::find_if(live.begin(), live.end(), [&](const Row& other) {
        return std::equal(row.begin(), row.end(), other.begin(), Value::NotDistinctFrom);
      });
      KAPPA_CHECK(same != live.end());
      live.erase(same);
    }
    tables_[table]->changes.push_back({row, weight});
  }
  push();
}

void ViewChecker::push() {
  for (auto& running : running_) {
    std::vector<std::unique_ptr<InputDelta>> inputs;
    for (auto& table : tables_) {
      inputs.push_back(table->changes.empty() ? nullptr : make_input(cut(*table)));
    }
    auto output = running.circuit->step(std::move(inputs));
    KAPPA_CHECK_OK(output.status());
    data::RowCodec codec(root_->types);
    data::EncodedRows encoded;
    for (const auto& chunk : output->delta.chunks) {
      codec.encode(chunk->rows, encoded);
      for (size_t i = 0; i < chunk->size(); ++i) {
        running.sum[std::string(encoded[i])] += chunk->weight(i);
      }
    }
    if (&running == &running_[0]) errors_ = output->errors;
  }
  for (auto& table : tables_) {
    reload(*table);
    table->changes.clear();
  }
  check();
}

void ViewChecker::reload(const Table& table) {
  database_.run("DELETE FROM " + table.name);
  duckdb::Appender appender(database_.connection(), duckdb::Identifier(table.name));
  for (const Row& row : table.rows) {
    appender.BeginRow();
    for (const Value& value : row) appender.Append(value);
    appender.EndRow();
  }
  appender.Close();
}

// The first circuit is compared with DuckDB, the others with the first.
void ViewChecker::check() {
  Contents first;
  for (auto& running : running_) {
    SCOPED_TRACE(std::to_string(running.pool->worker_count()) + " workers: " + sql_);
    std::erase_if(running.sum, [](const auto& entry) { return entry.second == 0; });
    Contents contents;
    TraceSnapshot snapshot = running.circuit->contents();
    for (TraceCursor cursor(snapshot); cursor.is_valid(); cursor.next()) {
      contents[std::string(cursor.entry().bytes)] = cursor.entry().weight;
    }
    EXPECT_TRUE(contents == running.sum) << "the deltas do not add up to the contents";
    if (&running == &running_[0]) {
      compare(contents);
      first = contents;
    }
    EXPECT_TRUE(contents == first) << "the number of workers shows";
  }
}

void ViewChecker::compare(const Contents& contents) {
  database_.run("CREATE OR REPLACE TABLE kappa_view AS SELECT * FROM (" + sql_ + ") LIMIT 0");
  duckdb::Appender appender(database_.connection(), "kappa_view");
  data::RowCodec codec(root_->types);
  duckdb::DataChunk row;
  allocate(root_->types, row);
  for (const auto& [bytes, weight] : contents) {
    ASSERT_GT(weight, 0);
    codec.decode({bytes}, row);
    for (int64_t i = 0; i < weight; ++i) {
      appender.BeginRow();
      for (size_t c = 0; c < row.ColumnCount(); ++c) appender.Append(row.GetValue(c, 0));
      appender.EndRow();
    }
  }
  appender.Close();
  auto differing =
      database_.connection().Query("(SELECT 'missing', * FROM ((" + sql_ +
                                   ") EXCEPT ALL FROM kappa_view)) UNION ALL "
                                   "(SELECT 'extra', * FROM ((FROM kappa_view) EXCEPT ALL (" +
                                   sql_ + ")))");
  ASSERT_FALSE(differing->HasError()) << differing->GetError();
  if (auto chunk = differing->Fetch(); chunk && chunk->size() > 0) FAIL() << chunk->ToString();
}

void ViewChecker::restart() {
  for (auto& running : running_) {
    std::vector<StatePart> parts = running.circuit->save_state();
    running.circuit = make_circuit(*running.pool);
    KAPPA_CHECK_OK(running.circuit->load_state(parts));
  }
  check();
}

TEST(ViewChecker, KnowsWhatDuckDbAnswers) {
  TestDatabase database;
  database.run("CREATE TABLE a(x INTEGER)");
  database.run("INSERT INTO a VALUES (1), (2)");
  EXPECT_EQ(database.number("SELECT sum(x) FROM a"), 3);
  EXPECT_EQ(database.bind("x + 1, x", "a").size(), 2u);
  EXPECT_EQ(database.bind_aggregate("x % 2", "count(*), max(x)", "a").aggregates.size(), 2u);
}

}  // namespace kappa::flow
