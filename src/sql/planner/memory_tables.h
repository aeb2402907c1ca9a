#pragma once
// For tests: relations in memory, read through the real catalog, so that DuckDB answers the same
// query over the same rows that a circuit is fed with.

#include <gtest/gtest.h>
#include <duckdb/main/connection.hpp>
#include <duckdb/main/query_result.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sql/database.h"
#include "sql/relation.h"

namespace kappa::sql::testing {

using Row = std::vector<duckdb::Value>;

class MemoryReader : public RowReader {
 public:
  MemoryReader(const std::vector<Row>& rows, std::vector<size_t> columns)
      : rows_(rows), columns_(std::move(columns)) {}

  Status next(duckdb::DataChunk& out) override {
    out.Reset();
    const size_t end = std::min<size_t>(rows_.size(), position_ + STANDARD_VECTOR_SIZE);
    const size_t count = end - position_;
    for (; position_ < end; ++position_) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        out.data[i].Append(rows_[position_][columns_[i]]);
      }
    }
    out.SetChildCardinality(count);
    return OkStatus();
  }

 private:
  const std::vector<Row>& rows_;
  const std::vector<size_t> columns_;
  size_t position_ = 0;
};

class MemoryTable : public Relation {
 public:
  MemoryTable(std::string name, std::vector<Column> columns, RelationKind kind)
      : name_(std::move(name)), columns_(std::move(columns)), kind_(kind) {}

  const std::string& name() const override { return name_; }
  RelationKind kind() const override { return kind_; }
  const std::vector<Column>& columns() const override { return columns_; }
  const std::vector<size_t>& key_columns() const override { return keys_; }
  bool is_append_only() const override { return kind_ == RelationKind::kSource; }
  StatusOr<std::unique_ptr<RowReader>> read(SnapshotPtr,
                                            std::vector<size_t> columns) const override {
    return std::make_unique<MemoryReader>(rows, std::move(columns));
  }

  std::vector<Row> rows;

 private:
  const std::string name_;
  const std::vector<Column> columns_;
  const RelationKind kind_;
  const std::vector<size_t> keys_;
};

class MemorySnapshot : public Snapshot {
 public:
  RelationPtr find(const std::string& name, bool is_system) const override {
    auto found = tables.find(name);
    if (found == tables.end()) return nullptr;
    return is_system == (found->second->kind() == RelationKind::kSystem) ? found->second : nullptr;
  }
  std::vector<RelationPtr> relations(bool is_system) const override {
    std::vector<RelationPtr> result;
    for (const auto& [name, table] : tables) {
      if (is_system == (table->kind() == RelationKind::kSystem)) result.push_back(table);
    }
    return result;
  }

  std::map<std::string, std::shared_ptr<MemoryTable>> tables;
};

// A database with three tables and a source. Small value ranges, so that joins meet, groups repeat
// and NULLs are everywhere.
class TablesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = Database::open(DatabaseOptions{});
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    using Type = duckdb::LogicalType;
    add("orders", RelationKind::kTable,
        {{"id", Type::BIGINT},
         {"customer", Type::INTEGER},
         {"amount", Type::INTEGER},
         {"price", Type::DECIMAL(10, 2)},
         {"status", Type::VARCHAR},
         {"placed", Type::TIMESTAMP}});
    add("customers", RelationKind::kTable,
        {{"id", Type::INTEGER}, {"name", Type::VARCHAR}, {"region", Type::VARCHAR}});
    add("pairs", RelationKind::kTable, {{"a", Type::INTEGER}, {"b", Type::INTEGER}});
    add("events", RelationKind::kSource,
        {{"kind", Type::VARCHAR}, {"value", Type::INTEGER}, {"span", Type::INTERVAL}});
    add("topics", RelationKind::kSystem, {{"name", Type::VARCHAR}});
    connection_ = database_->connect();
    connection_->use_snapshot(snapshot_);
  }

  void add(const std::string& name, RelationKind kind, std::vector<Column> columns) {
    snapshot_->tables[name] = std::make_shared<MemoryTable>(name, std::move(columns), kind);
  }

  MemoryTable& table(const std::string& name) { return *snapshot_->tables.at(name); }
  duckdb::Connection& duck() { return connection_->duck(); }

  std::shared_ptr<MemorySnapshot> snapshot_ = std::make_shared<MemorySnapshot>();
  std::unique_ptr<Database> database_;
  std::unique_ptr<DatabaseConnection> connection_;
};

}  // namespace kappa::sql::testing
