// Plans as text, against the committed ones.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "sql/planner.h"
#include "sql/planner/memory_tables.h"
#include "sql/planner/plan_text.h"
#include "sql/planner/view_queries.h"

namespace kappa::sql {
namespace {

class GoldenTest : public testing::TablesTest {
 protected:
  std::string plan(const std::string& query) {
    auto view = plan_view(duck(), query);
    return view.ok() ? to_text(*view) : std::string(message_of(view.status())) + "\n";
  }
};

TEST_F(GoldenTest, PlansAreAsBefore) {
  const std::string path = KAPPA_GOLDEN_DIR "/plans.txt";
  std::string actual;
  for (const char* query : testing::kViewQueries) {
    actual += std::string(query) + "\n" + plan(query) + "\n";
  }
  if (std::getenv("KAPPA_UPDATE_GOLDEN")) std::ofstream(path) << actual;
  std::ifstream file(path);
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(actual, expected);
}

TEST_F(GoldenTest, PlansDoNotDependOnTheRows) {
  for (const char* query : testing::kViewQueries) {
    table("pairs").rows.clear();
    const std::string empty = plan(query);
    for (int i = 0; i < 5000; ++i) {
      table("pairs").rows.push_back({duckdb::Value::INTEGER(i), duckdb::Value::INTEGER(1)});
    }
    EXPECT_EQ(plan(query), empty) << query;
  }
}

}  // namespace
}  // namespace kappa::sql
