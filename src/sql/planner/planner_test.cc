// What is planned and how, and every refusal.

#include "sql/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/error.h"
#include "sql/planner/memory_tables.h"
#include "sql/planner/plan_text.h"

namespace kappa::sql {
namespace {

using ::testing::HasSubstr;

class PlannerTest : public testing::TablesTest {
 protected:
  std::string plan(const std::string& query) {
    auto view = plan_view(duck(), query);
    return view.ok() ? to_text(*view) : "error: " + std::string(message_of(view.status()));
  }

  SqlError error(const std::string& query) {
    auto view = plan_view(duck(), query);
    EXPECT_FALSE(view.ok()) << query;
    return view.ok() ? SqlError{} : error_of(view.status());
  }
};

TEST_F(PlannerTest, PlansAFilterAndAGroup) {
  EXPECT_EQ(plan("SELECT customer, count(*), sum(amount) FROM orders WHERE amount > 5 GROUP BY 1"),
            "");
}

TEST_F(PlannerTest, ReadsARelationOnceWithTheColumnsOfAllItsScans) {
  auto view = plan_view(duck(),
                        "SELECT o.amount FROM orders o JOIN orders p ON o.id = p.customer");
  ASSERT_TRUE(view.ok()) << view.status();
  ASSERT_EQ(view->inputs.size(), 1);
  EXPECT_EQ(view->inputs[0].relation, "orders");
  EXPECT_EQ(view->inputs[0].columns.size(), 3);
}

}  // namespace
}  // namespace kappa::sql
