#pragma once
// The oracle of the operators' tests. A ViewChecker holds input tables in a DuckDB of its own and
// circuits with several numbers of workers over the same plan. Each step applies random changes to
// the tables, pushes them as deltas in a random cut, and compares every circuit's contents, and the
// sum of its output deltas, with what DuckDB answers to the SQL form over the whole tables.

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "flow/circuit.h"
#include "flow/testing/test_database.h"

namespace kappa::flow {

class ViewChecker {
 public:
  explicit ViewChecker(uint64_t seed) : random_(seed) {}

  TestDatabase& database() { return database_; }
  // Creates a table, for example "a(k INTEGER, s VARCHAR)", and a plan input over it.
  NodePtr add_table(const std::string& definition, bool is_append_only = false);
  // Chooses small or large numbers, so that keys meet often or hardly ever.
  void set_domain(int64_t domain) { domain_ = domain; }

  // Builds the circuits of 1, 2 and 4 workers. `sql` is the same view as a query.
  void start(NodePtr root, const std::string& sql);
  // `rows` changes per table at most. Fails the running test on a difference.
  void step(size_t rows);
  // One change in one table.
  void step_one_row();
  // Inserts exactly these rows, or retracts them (weight -1).
  void step_rows(size_t table, const std::vector<std::vector<duckdb::Value>>& rows,
                 int64_t weight = 1);
  // Replaces each circuit by a fresh one that loads its state.
  void restart();
  void check();
  const std::vector<ErrorRow>& errors() const { return errors_; }  // of one worker's circuit

 private:
  using Row = std::vector<duckdb::Value>;
  using Contents = std::map<std::string, int64_t>;  // encoded row -> weight
  struct Table {
    std::string name;
    data::Types types;
    bool is_append_only;
    std::vector<Row> rows;                         // live
    std::vector<std::pair<Row, int64_t>> changes;  // of the step
  };
  struct Running {
    std::unique_ptr<WorkerPool> pool;
    std::unique_ptr<Circuit> circuit;
    Contents sum;  // of the output deltas
  };

  std::unique_ptr<Circuit> make_circuit(WorkerPool& pool);
  duckdb::Value random_value(const duckdb::LogicalType& type);
  void change(Table& table);
  data::Delta cut(const Table& table);
  void push();
  void reload(const Table& table);
  void compare(const Contents& contents);
  size_t below(size_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
  TestDatabase database_;
  std::vector<std::unique_ptr<Table>> tables_;
  NodePtr root_;
  std::string sql_;
  std::vector<Running> running_;
  std::vector<ErrorRow> errors_;
  int64_t domain_ = 5;
};

}  // namespace kappa::flow
