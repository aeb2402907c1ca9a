// Circuits of one operator each against DuckDB: random deltas, random cuts, 1, 2 and 4 workers.

#include "flow/circuit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <duckdb/planner/expression/bound_aggregate_expression.hpp>

#include "flow/testing/view_checker.h"

namespace kappa::flow {

namespace {

// Empty, one-row, small and large steps, and a restart in between.
void run_steps(ViewChecker& checker) {
  checker.step(0);
  for (int i = 0; i < 8; ++i) checker.step(12);
  for (int i = 0; i < 15 && !testing::Test::HasFailure(); ++i) checker.step_one_row();
  checker.restart();
  checker.step(300);
  checker.step(0);
  for (int i = 0; i < 5 && !testing::Test::HasFailure(); ++i) checker.step(60);
}

class CircuitTest : public testing::TestWithParam<uint64_t> {
 protected:
  CircuitTest() : checker_(GetParam()) {}

  NodePtr filter(const NodePtr& input, const std::string& from, const std::string& conditions) {
    return make_node(FilterSpec{checker_.database().bind(conditions, from)}, {input}, input->types);
  }

  NodePtr project(const NodePtr& input, const std::string& from, const std::string& expressions) {
    auto bound = checker_.database().bind(expressions, from);
    return make_node(ProjectSpec{bound}, {input}, types_of(bound));
  }

  NodePtr aggregate(const NodePtr& input, const std::string& from, const std::string& groups,
                    const std::string& aggregates) {
    auto spec = checker_.database().bind_aggregate(groups, aggregates, from);
    data::Types types = types_of(spec.groups);
    for (const auto& one : spec.aggregates) types.push_back(one->GetReturnType());
    return make_node(spec, {input}, types);
  }

  // Checks SELECT groups, aggregates FROM a over retracting and over append-only input.
  void check_aggregate(const std::string& table, const std::string& groups,
                       const std::string& aggregates, bool is_append_only = false) {
    NodePtr input = checker_.add_table("a" + table, is_append_only);
    std::string sql = "SELECT " + (groups.empty() ? "" : groups + ", ") + aggregates + " FROM a";
    if (!groups.empty()) sql += " GROUP BY " + groups;
    checker_.start(aggregate(input, "a", groups, aggregates), sql);
    run_steps(checker_);
  }

  ViewChecker checker_;
};

TEST_P(CircuitTest, FilterAndProject) {
  NodePtr a = checker_.add_table("a(x INTEGER, y INTEGER, s VARCHAR)");
  NodePtr kept = filter(a, "a", "x > 0, s LIKE '%t%'");
  NodePtr root = project(kept, "a", "x + y, upper(s), 7, s");
  checker_.start(root, "SELECT x + y, upper(s), 7, s FROM a WHERE x > 0 AND s LIKE '%t%'");
  run_steps(checker_);
}

TEST_P(CircuitTest, UnionAllOfAppendOnlyAndRetracting) {
  NodePtr a = checker_.add_table("a(x INTEGER, s VARCHAR)", true);
  NodePtr b = checker_.add_table("b(x INTEGER, s VARCHAR)");
  checker_.start(make_node(UnionAllSpec{}, {a, b, a}, a->types),
                 "FROM a UNION ALL FROM b UNION ALL FROM a");
  run_steps(checker_);
}

TEST_P(CircuitTest, Constants) {
  auto rows = std::make_shared<duckdb::DataChunk>();
  rows->Initialize(duckdb::Allocator::DefaultAllocator(), {duckdb::LogicalType::INTEGER});
  rows->data[0].Append(duckdb::Value::INTEGER(1));
  rows->data[0].Append(duckdb::Value::INTEGER(2));
  rows->SetChildCardinality(2);
  NodePtr constants = make_node(ConstantSpec{{rows}}, {}, {duckdb::LogicalType::INTEGER});
  NodePtr a = checker_.add_table("a(x INTEGER)");
  checker_.start(make_node(UnionAllSpec{}, {constants, a}, a->types),
                 "SELECT * FROM (VALUES (1), (2)) UNION ALL FROM a");
  run_steps(checker_);
}

TEST_P(CircuitTest, CountsAndSums) {
  check_aggregate("(k INTEGER, x BIGINT, d DECIMAL(9, 2), w DECIMAL(30, 2), f DOUBLE, b BOOLEAN)",
                  "k",
                  "count(*), count(x), sum(x), avg(x), sum(d), avg(d), sum(w), avg(w), sum(f), "
                  "avg(f), bool_and(b), bool_or(b), count_if(b)");
}

TEST_P(CircuitTest, SumsOfSmallIntegers) {
  check_aggregate("(k VARCHAR, t TINYINT, s SMALLINT, i INTEGER, h HUGEINT, d DECIMAL(4, 1))",
                  "k, t % 2",
                  "sum(t), avg(t), sum(s), avg(s), sum(i), avg(i), sum(h), avg(h), avg(d), sum(d)");
}

TEST_P(CircuitTest, GlobalAggregateHasARowOnEmptyInput) {
  check_aggregate("(x BIGINT, s VARCHAR)", "", "count(*), sum(x), max(s), count(DISTINCT x)");
}

TEST_P(CircuitTest, MinMaxOfRetractingInput) {
  check_aggregate("(k INTEGER, x BIGINT, s VARCHAR, f DOUBLE, t TIMESTAMP, d DECIMAL(9, 2))", "k",
                  "min(x), max(x), min(s), max(s), min(f), max(f), min(t), max(t), min(d), max(d)");
}

TEST_P(CircuitTest, MinMaxOfAppendOnlyInput) {
  check_aggregate("(k INTEGER, x BIGINT, s VARCHAR, f DOUBLE, t TIMESTAMP, b TINYINT)", "k",
                  "min(x), max(x), min(s), max(s), min(f), max(f), min(t), max(t), min(b), max(b)",
                  true);
}

TEST_P(CircuitTest, FilterAndDistinctInAggregates) {
  check_aggregate("(k INTEGER, x BIGINT, s VARCHAR)", "k",
                  "count(*) FILTER (x > 1), sum(x) FILTER (s LIKE 't%'), count(DISTINCT x), "
                  "sum(DISTINCT x), avg(DISTINCT x) FILTER (x > 0), max(DISTINCT s), "
                  "count(DISTINCT s) FILTER (x IS NOT NULL)");
}

TEST_P(CircuitTest, AggregatesOfDuckDb) {
  check_aggregate("(k INTEGER, x INTEGER, s VARCHAR)", "k",
                  "string_agg(s, ',' ORDER BY s), list(x ORDER BY x DESC NULLS LAST), median(x), "
                  "arg_max(x, x), bit_xor(x), approx_count_distinct(s), "
                  "list(DISTINCT x ORDER BY x), min(x, 2), quantile_disc(x, 0.25), "
                  "regr_count(x, x) FILTER (x > 1)");
}

TEST_P(CircuitTest, MinMaxOfTypesWithAnOrderOfTheirOwn) {
  check_aggregate("(k INTEGER, l INTEGER[], i INTERVAL)", "k", "max(l), min(l), max(i), min(i)");
}

TEST_P(CircuitTest, ManyGroups) {
  checker_.set_domain(100000);
  check_aggregate("(k BIGINT, s VARCHAR)", "k, s", "count(*), sum(k)");
}

TEST_P(CircuitTest, AggregateOfAggregate) {
  NodePtr a = checker_.add_table("a(k INTEGER, x BIGINT)");
  NodePtr inner = aggregate(a, "a", "k", "count(*), sum(x)");
  std::string from = "(SELECT k, count(*) AS n, sum(x) AS t FROM a GROUP BY k)";
  NodePtr root = aggregate(inner, from, "n", "count(*), sum(t), max(k)");
  checker_.start(root, "SELECT n, count(*), sum(t), max(k) FROM " + from + " GROUP BY n");
  run_steps(checker_);
}

TEST_P(CircuitTest, Distinct) {
  NodePtr a = checker_.add_table("a(x INTEGER, s VARCHAR)");
  checker_.start(make_node(DistinctSpec{}, {a}, a->types), "SELECT DISTINCT * FROM a");
  run_steps(checker_);
}

class JoinTest : public CircuitTest {
 protected:
  // a(k, x, s) joined with b(k, y, t). `condition` is the join condition in SQL; its parts are
  // given as keys (pairs of expressions, "=" or "<=>" for null-safe) and residual.
  struct Key {
    std::string left;
    std::string right;
    bool is_null_safe = false;
  };

  void make_tables() {
    a_ = checker_.add_table("a(k INTEGER, x INTEGER, s VARCHAR)");
    b_ = checker_.add_table("b(k INTEGER, y INTEGER, t VARCHAR)");
  }

  NodePtr join(JoinKind kind, const std::vector<Key>& keys, const std::string& residual) {
    auto& database = checker_.database();
    JoinSpec spec{kind, {}, {}};
    for (const Key& key : keys) {
      spec.keys.push_back(
          {database.bind(key.left, "a")[0], database.bind(key.right, "b")[0], key.is_null_safe});
    }
    std::string both = "(SELECT a.k, a.x, a.s, b.k AS bk, b.y, b.t FROM a, b)";
    if (!residual.empty()) spec.residual = database.bind(residual, both);
    data::Types types = a_->types;
    bool has_right = kind != JoinKind::kSemi && kind != JoinKind::kAnti && kind != JoinKind::kMark;
    if (has_right) types.insert(types.end(), b_->types.begin(), b_->types.end());
    if (kind == JoinKind::kMark) types.push_back(duckdb::LogicalType::BOOLEAN);
    return make_node(spec, {a_, b_}, types);
  }

  void check_join(JoinKind kind, const std::vector<Key>& keys, const std::string& residual,
                  const std::string& sql, int64_t domain = 6) {
    make_tables();
    checker_.set_domain(domain);
    checker_.start(join(kind, keys, residual), sql);
    checker_.step(0);
    for (int i = 0; i < 6; ++i) checker_.step(10);
    for (int i = 0; i < 20 && !HasFailure(); ++i) checker_.step_one_row();
    checker_.restart();
    checker_.step(80);
    checker_.step(40);
  }

  NodePtr a_;
  NodePtr b_;
};

TEST_P(JoinTest, Inner) {
  check_join(JoinKind::kInner, {{"k", "k"}}, "", "SELECT * FROM a JOIN b ON a.k = b.k");
}

TEST_P(JoinTest, InnerOverTwoKeysAndAResidual) {
  check_join(JoinKind::kInner, {{"k", "k"}, {"s", "t"}}, "x < y",
             "SELECT * FROM a JOIN b ON a.k = b.k AND a.s = b.t AND x < y");
}

TEST_P(JoinTest, NullSafe) {
  check_join(JoinKind::kInner, {{"k", "k", true}, {"x", "y"}}, "",
             "SELECT * FROM a JOIN b ON a.k IS NOT DISTINCT FROM b.k AND x = y");
}

TEST_P(JoinTest, Cross) { check_join(JoinKind::kInner, {}, "", "SELECT * FROM a, b"); }

TEST_P(JoinTest, Inequality) {
  check_join(JoinKind::kInner, {}, "x + 1 < y", "SELECT * FROM a JOIN b ON x + 1 < y");
}

TEST_P(JoinTest, Left) {
  check_join(JoinKind::kLeft, {{"k", "k"}}, "", "SELECT * FROM a LEFT JOIN b ON a.k = b.k");
}

TEST_P(JoinTest, LeftWithResidual) {
  check_join(JoinKind::kLeft, {{"k", "k"}}, "x < y",
             "SELECT * FROM a LEFT JOIN b ON a.k = b.k AND x < y");
}

TEST_P(JoinTest, LeftWithoutKeys) {
  check_join(JoinKind::kLeft, {}, "", "SELECT * FROM a LEFT JOIN b ON true");
}

TEST_P(JoinTest, LeftByInequality) {
  check_join(JoinKind::kLeft, {}, "x > y", "SELECT * FROM a LEFT JOIN b ON x > y");
}

TEST_P(JoinTest, Right) {
  check_join(JoinKind::kRight, {{"k", "k"}}, "", "SELECT * FROM a RIGHT JOIN b ON a.k = b.k");
}

TEST_P(JoinTest, RightWithResidual) {
  check_join(JoinKind::kRight, {{"k", "k"}}, "x < y",
             "SELECT * FROM a RIGHT JOIN b ON a.k = b.k AND x < y");
}

TEST_P(JoinTest, Full) {
  check_join(JoinKind::kFull, {{"k", "k"}}, "", "SELECT * FROM a FULL JOIN b ON a.k = b.k");
}

TEST_P(JoinTest, FullWithResidual) {
  check_join(JoinKind::kFull, {{"k", "k"}}, "x < y",
             "SELECT * FROM a FULL JOIN b ON a.k = b.k AND x < y");
}

TEST_P(JoinTest, SemiAndAnti) {
  make_tables();
  NodePtr semi = join(JoinKind::kSemi, {{"k", "k"}}, "");
  NodePtr anti = join(JoinKind::kAnti, {{"k", "k"}}, "");
  checker_.start(make_node(UnionAllSpec{}, {semi, anti, anti}, a_->types),
                 "SELECT * FROM a SEMI JOIN b USING (k) UNION ALL SELECT * FROM a ANTI JOIN b "
                 "USING (k) UNION ALL SELECT * FROM a ANTI JOIN b USING (k)");
  run_steps(checker_);
}

TEST_P(JoinTest, SemiAndAntiWithResidual) {
  make_tables();
  NodePtr semi = join(JoinKind::kSemi, {{"k", "k"}}, "x < y");
  NodePtr anti = join(JoinKind::kAnti, {{"k", "k"}}, "x < y");
  checker_.start(make_node(UnionAllSpec{}, {semi, anti, anti}, a_->types),
                 "SELECT * FROM a SEMI JOIN b ON a.k = b.k AND x < y UNION ALL "
                 "SELECT * FROM a ANTI JOIN b ON a.k = b.k AND x < y UNION ALL "
                 "SELECT * FROM a ANTI JOIN b ON a.k = b.k AND x < y");
  run_steps(checker_);
}

TEST_P(JoinTest, MarkOfIn) {
  check_join(JoinKind::kMark, {{"k", "k"}}, "", "SELECT *, k IN (SELECT k FROM b) FROM a");
}

TEST_P(JoinTest, MarkOfInWithFewRightRows) {
  // So that the right side is empty now and then, and has no NULL.
  make_tables();
  checker_.set_domain(3);
  checker_.start(join(JoinKind::kMark, {{"k", "k"}}, ""),
                 "SELECT *, k IN (SELECT k FROM b) FROM a");
  auto row = [](duckdb::Value k) {
    return std::vector<duckdb::Value>{k, duckdb::Value::INTEGER(1), duckdb::Value("t")};
  };
  duckdb::Value null(duckdb::LogicalType::INTEGER);
  auto one = duckdb::Value::INTEGER(1);
  checker_.step_rows(0, {row(one), row(null), row(duckdb::Value::INTEGER(2))});
  checker_.step_rows(1, {row(one)});
  checker_.step_rows(1, {row(null)});
  checker_.step_rows(1, {row(one)}, -1);
  checker_.step_rows(1, {row(null)}, -1);
  checker_.step_rows(0, {row(null), row(one)}, -1);
}

TEST_P(JoinTest, MarkOfCorrelatedIn) {
  check_join(JoinKind::kMark, {{"s", "t", true}, {"k", "k"}}, "",
             "SELECT *, k IN (SELECT k FROM b WHERE b.t IS NOT DISTINCT FROM a.s) FROM a", 4);
}

TEST_P(JoinTest, MarkOfExists) {
  check_join(JoinKind::kMark, {{"k", "k", true}}, "",
             "SELECT *, EXISTS (FROM b WHERE b.k IS NOT DISTINCT FROM a.k) FROM a");
}

TEST_P(JoinTest, MarkOfExistsWithResidual) {
  check_join(JoinKind::kMark, {{"k", "k", true}}, "x < y",
             "SELECT *, EXISTS (FROM b WHERE b.k IS NOT DISTINCT FROM a.k AND a.x < b.y) FROM a");
}

TEST_P(JoinTest, SingleWhereNoRowHasTwoPartners) {
  check_join(JoinKind::kSingle, {{"k", "k"}}, "y = 100",
             "SELECT * FROM a LEFT JOIN b ON a.k = b.k AND y = 100");
}

TEST_P(JoinTest, SingleCountsItsPartners) {
  make_tables();
  checker_.start(join(JoinKind::kSingle, {{"k", "k"}}, ""),
                 "SELECT * FROM a LEFT JOIN b ON a.k = b.k "
                 "WHERE (SELECT count(*) FROM b AS o WHERE o.k = a.k) < 2");
  checker_.step_rows(0,
                     {{duckdb::Value::INTEGER(1), duckdb::Value::INTEGER(2), duckdb::Value("s")}});
  EXPECT_TRUE(checker_.errors().empty());
  std::vector<duckdb::Value> partner{duckdb::Value::INTEGER(1), duckdb::Value::INTEGER(3),
                                     duckdb::Value("t")};
  checker_.step_rows(1, {partner});
  EXPECT_TRUE(checker_.errors().empty());
  checker_.step_rows(1, {partner});
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].weight, 1);
  EXPECT_EQ(checker_.errors()[0].row, "1, 2, s");
  checker_.step_rows(1, {partner}, -1);
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].weight, -1);
  for (int i = 0; i < 20; ++i) checker_.step(5);
}

class TopNTest : public CircuitTest {
 protected:
  void check_top(const std::string& partitions, const std::string& orders,
                 const std::vector<std::pair<bool, bool>>& directions, int64_t limit,
                 int64_t offset, bool has_row_number, const std::string& sql) {
    NodePtr a = checker_.add_table("a(p INTEGER, x INTEGER, s VARCHAR)");
    TopNSpec spec;
    if (!partitions.empty()) spec.partitions = checker_.database().bind(partitions, "a");
    auto bound = checker_.database().bind(orders, "a");
    for (size_t i = 0; i < bound.size(); ++i) {
      spec.orders.push_back({bound[i], directions[i].first, directions[i].second});
    }
    spec.limit = limit;
    spec.offset = offset;
    spec.has_row_number = has_row_number;
    data::Types types = a->types;
    if (has_row_number) types.push_back(duckdb::LogicalType::BIGINT);
    checker_.start(make_node(spec, {a}, types), sql);
    run_steps(checker_);
  }
};

TEST_P(TopNTest, OrderByLimit) {
  check_top("", "x", {{true, true}}, 7, 0, false,
            "SELECT * FROM a ORDER BY x DESC NULLS FIRST, p, x, s LIMIT 7");
}

TEST_P(TopNTest, OrderByLimitOffset) {
  check_top("", "s, x", {{false, false}, {true, false}}, 5, 3, false,
            "SELECT * FROM a ORDER BY s, x DESC NULLS LAST, p, x, s LIMIT 5 OFFSET 3");
}

TEST_P(TopNTest, PerPartitionWithNumber) {
  check_top(
      "p", "x", {{true, false}}, 3, 0, true,
      "SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY p ORDER BY x DESC NULLS LAST, "
      "p, x, s) AS n FROM a) WHERE n <= 3");
}

TEST_P(TopNTest, PerPartitionWithoutNumber) {
  check_top("p", "x", {{false, true}}, 2, 1, false,
            "SELECT * EXCLUDE n FROM (SELECT *, row_number() OVER (PARTITION BY p ORDER BY x NULLS "
            "FIRST, p, x, s) AS n FROM a) WHERE n BETWEEN 2 AND 3");
}

TEST_P(TopNTest, AllRowsNumbered) {
  check_top(
      "p", "s", {{true, true}}, INT64_MAX, 0, true,
      "SELECT *, row_number() OVER (PARTITION BY p ORDER BY s DESC NULLS FIRST, p, x, s) FROM a");
}

TEST_P(CircuitTest, RowsThatFailBecomeErrorsAndTheOthersGoOn) {
  NodePtr a = checker_.add_table("a(s VARCHAR, x INTEGER)");
  NodePtr root = project(a, "a", "s::INTEGER, x");
  checker_.start(
      root, "SELECT TRY_CAST(s AS INTEGER), x FROM a WHERE TRY_CAST(s AS INTEGER) IS NOT NULL");
  auto row = [](const std::string& s) {
    return std::vector<duckdb::Value>{duckdb::Value(s), duckdb::Value::INTEGER(1)};
  };
  checker_.step_rows(0, {row("1"), row("two"), row("3")});
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].row, "two, 1");
  EXPECT_THAT(checker_.errors()[0].reason, testing::HasSubstr("Could not convert string 'two'"));
  EXPECT_EQ(checker_.errors()[0].weight, 1);
  checker_.step_rows(0, {row("two")}, -1);
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].weight, -1);
}

TEST_P(CircuitTest, AConditionSeesOnlyRowsThatPassedTheOnesBefore) {
  NodePtr a = checker_.add_table("a(s VARCHAR, x INTEGER)");
  checker_.start(filter(a, "a", "x = 1, s::INTEGER > 0"),
                 "SELECT * FROM a WHERE x = 1 AND TRY_CAST(s AS INTEGER) > 0");
  auto row = [](const std::string& s, int x) {
    return std::vector<duckdb::Value>{duckdb::Value(s), duckdb::Value::INTEGER(x)};
  };
  checker_.step_rows(0, {row("1", 1), row("two", 2)});
  EXPECT_TRUE(checker_.errors().empty());
  checker_.step_rows(0, {row("two", 1)});
  EXPECT_EQ(checker_.errors().size(), 1u);
}

TEST_P(CircuitTest, ASumThatDoesNotFitIsAnErrorUntilItDoes) {
  NodePtr a = checker_.add_table("a(k INTEGER, x HUGEINT)");
  checker_.start(aggregate(a, "a", "k", "sum(x)"),
                 "SELECT k, sum(x) FROM (SELECT * FROM a WHERE k = 1) GROUP BY k");
  auto row = [](int k, duckdb::hugeint_t x) {
    return std::vector<duckdb::Value>{duckdb::Value::INTEGER(k), duckdb::Value::HUGEINT(x)};
  };
  duckdb::hugeint_t most = duckdb::Hugeint::POWERS_OF_TEN[38];
  checker_.step_rows(0, {row(1, most), row(2, most), row(2, most)});
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].row, "2");
  checker_.step_rows(0, {row(2, most), row(2, most)}, -1);
  ASSERT_EQ(checker_.errors().size(), 1u);
  EXPECT_EQ(checker_.errors()[0].weight, -1);
}

TEST_P(CircuitTest, AFailingKeyOfAJoinIsAnError) {
  NodePtr a = checker_.add_table("a(s VARCHAR)");
  NodePtr b = checker_.add_table("b(x INTEGER)");
  JoinSpec spec;
  spec.keys.push_back(
      {checker_.database().bind("s::INTEGER", "a")[0], checker_.database().bind("x", "b")[0]});
  NodePtr root = make_node(spec, {a, b}, {a->types[0], b->types[0]});
  checker_.start(root, "SELECT * FROM a JOIN b ON TRY_CAST(s AS INTEGER) = x");
  checker_.step_rows(1, {{duckdb::Value::INTEGER(1)}});
  checker_.step_rows(0, {{duckdb::Value("1")}, {duckdb::Value("one")}});
  EXPECT_EQ(checker_.errors().size(), 1u);
}

TEST_P(CircuitTest, TwoReadersShareOneOperator) {
  NodePtr a = checker_.add_table("a(k INTEGER, x BIGINT)");
  NodePtr counts = aggregate(a, "a", "k", "count(*)");
  NodePtr both = make_node(UnionAllSpec{}, {counts, counts}, counts->types);
  std::string sql = "SELECT k, count(*) FROM a GROUP BY k";
  checker_.start(both, sql + " UNION ALL " + sql);
  run_steps(checker_);
}

TEST_P(CircuitTest, ExceptAndIntersect) {
  NodePtr a = checker_.add_table("a(x INTEGER, s VARCHAR)");
  NodePtr b = checker_.add_table("b(x INTEGER, s VARCHAR)");
  checker_.set_domain(3);
  NodePtr except = make_node(SetSpec{SetOperation::kExceptAll}, {a, b}, a->types);
  NodePtr intersect = make_node(SetSpec{SetOperation::kIntersectAll}, {a, b}, a->types);
  NodePtr both = make_node(UnionAllSpec{}, {except, intersect, intersect}, a->types);
  checker_.start(both,
                 "(FROM a EXCEPT ALL FROM b) UNION ALL (FROM a INTERSECT ALL FROM b) "
                 "UNION ALL (FROM a INTERSECT ALL FROM b)");
  run_steps(checker_);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CircuitTest, testing::Values(1, 2));
INSTANTIATE_TEST_SUITE_P(Seeds, JoinTest, testing::Values(1, 2));
INSTANTIATE_TEST_SUITE_P(Seeds, TopNTest, testing::Values(1, 2));

}  // namespace

}  // namespace kappa::flow
