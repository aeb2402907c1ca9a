#include "flow/upsert.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "data/row_codec.h"
#include "flow/chunks.h"

namespace kappa::flow {

namespace {

using duckdb::LogicalType;
using duckdb::Value;

const data::Types kRowTypes = {LogicalType::VARCHAR, LogicalType::BIGINT};

// Accounts: a name, which is the key, and a balance.
class Accounts {
 public:
  Accounts() : table_(UpsertTable::create(kRowTypes, {0})) {}

  void set(const std::string& name, int64_t balance) {
    duckdb::DataChunk row;
    allocate(kRowTypes, row);
    row.data[0].Append(Value(name));
    row.data[1].Append(Value::BIGINT(balance));
    row.SetChildCardinality(1);
    table_->upsert(row);
  }
  void remove(const std::string& name) {
    duckdb::DataChunk key;
    allocate({LogicalType::VARCHAR}, key);
    key.data[0].Append(Value(name));
    key.SetChildCardinality(1);
    table_->remove(key);
  }
  // "+ada 1 -ada 2": what changed.
  std::string finish() {
    std::string text;
    for (const auto& chunk : table_->finish_step().chunks) {
      for (size_t i = 0; i < chunk->size(); ++i) {
        text += fmt::format("{}{} {} ", chunk->weight(i) > 0 ? '+' : '-',
                            chunk->rows.GetValue(0, i).ToString(),
                            chunk->rows.GetValue(1, i).ToString());
      }
    }
    return text;
  }
  std::map<std::string, int64_t> contents() {
    std::map<std::string, int64_t> all;
    data::RowCodec codec(kRowTypes);
    duckdb::DataChunk row;
    allocate(kRowTypes, row);
    TraceSnapshot snapshot = table_->contents();
    for (TraceCursor cursor(snapshot); cursor.is_valid(); cursor.next()) {
      EXPECT_EQ(cursor.entry().weight, 1);
      codec.decode({cursor.entry().row()}, row);
      all[row.GetValue(0, 0).ToString()] = row.GetValue(1, 0).GetValue<int64_t>();
    }
    return all;
  }

 private:
  std::unique_ptr<UpsertTable> table_;
};

TEST(UpsertTable, TurnsUpsertsIntoChanges) {
  Accounts accounts;
  accounts.set("ada", 1);
  EXPECT_EQ(accounts.finish(), "+ada 1 ");
  accounts.set("ada", 2);
  accounts.set("bob", 5);
  EXPECT_EQ(accounts.finish(), "-ada 1 +ada 2 +bob 5 ");
  accounts.remove("ada");
  EXPECT_EQ(accounts.finish(), "-ada 2 ");
  EXPECT_EQ(accounts.contents(), (std::map<std::string, int64_t>{{"bob", 5}}));
}

TEST(UpsertTable, TheLastUpsertOfAStepWins) {
  Accounts accounts;
  accounts.set("ada", 1);
  accounts.remove("ada");
  accounts.set("ada", 3);
  accounts.set("bob", 1);
  accounts.remove("bob");
  EXPECT_EQ(accounts.finish(), "+ada 3 ");
}

TEST(UpsertTable, AnEqualRowAndAnUnknownKeyChangeNothing) {
  Accounts accounts;
  accounts.set("ada", 1);
  accounts.finish();
  accounts.set("ada", 1);
  accounts.remove("nobody");
  EXPECT_EQ(accounts.finish(), "");
}

TEST(UpsertTable, AgreesWithAMap) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    Accounts accounts;
    std::map<std::string, int64_t> expected;
    for (int step = 0; step < 60; ++step) {
      size_t changes = random() % 40;
      for (size_t i = 0; i < changes; ++i) {
        std::string name = "n" + std::to_string(random() % 30);
        if (random() % 3 == 0) {
          accounts.remove(name);
          expected.erase(name);
        } else {
          auto balance = static_cast<int64_t>(random() % 5);
          accounts.set(name, balance);
          expected[name] = balance;
        }
      }
      accounts.finish();
      ASSERT_EQ(accounts.contents(), expected);
    }
  }
}

}  // namespace

}  // namespace kappa::flow
