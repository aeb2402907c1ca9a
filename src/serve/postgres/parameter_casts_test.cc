#include "serve/postgres/parameter_casts.h"

#include <gtest/gtest.h>

namespace kappa::serve::postgres {
namespace {

const duckdb::LogicalType kOpen(duckdb::LogicalTypeId::UNKNOWN);
const duckdb::LogicalType kText(duckdb::LogicalTypeId::VARCHAR);
const duckdb::LogicalType kBigint(duckdb::LogicalTypeId::BIGINT);

TEST(ParameterCasts, DeclaredTypes) {
  EXPECT_EQ(cast_parameters("SELECT $1 + $2, '$1', $3, $12", {kBigint, kOpen, kText}).text,
            "SELECT ($1::BIGINT) + $2, '$1', $3, $12");
  EXPECT_EQ(cast_parameters("SELECT $1", {duckdb::LogicalType::DECIMAL(4, 2)}).text,
            "SELECT ($1::DECIMAL(4,2))");
  EXPECT_EQ(cast_parameters("SELECT $1", {}).text, "SELECT $1");
}

TEST(ParameterCasts, TextsOnDemand) {
  EXPECT_EQ(cast_parameters("SELECT $1, $2", {kText, kOpen}, CastTexts::kYes).text,
            "SELECT ($1::VARCHAR), $2");
}

TEST(ParameterCasts, KnowsQueries) {
  for (const char* query :
       {"SELECT 1", " /* a */ (select 1)", "WITH a AS", "values (1)", "FROM t"}) {
    EXPECT_TRUE(is_query(query)) << query;
  }
  for (const char* other : {"", "INSERT INTO t VALUES ($1)", "selection", "("}) {
    EXPECT_FALSE(is_query(other)) << other;
  }
}

TEST(ParameterCasts, PositionsAreThoseOfTheClientsText) {
  const std::string query = "SELECT 'ü', $1, x";
  const TypedQuery typed = cast_parameters(query, {kBigint});
  EXPECT_EQ(typed.original_position(8), 8);
  const int x = static_cast<int>(typed.text.size()) - 1;  // in characters: ü has two bytes
  EXPECT_EQ(typed.original_position(x), static_cast<int>(query.size()) - 1);
}

}  // namespace
}  // namespace kappa::serve::postgres
