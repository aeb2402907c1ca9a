#include "sql/error.h"

#include <gtest/gtest.h>

namespace kappa::sql {
namespace {

TEST(SqlError, CarriesItsFields) {
  const Status status =
      make_error({"42P01", "no such table: t", "a detail", "a hint", 15, "line 2"});
  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  const SqlError error = error_of(status);
  EXPECT_EQ(error.sqlstate, "42P01");
  EXPECT_EQ(error.message, "no such table: t");
  EXPECT_EQ(error.detail, "a detail");
  EXPECT_EQ(error.hint, "a hint");
  EXPECT_EQ(error.position, 15);
  EXPECT_EQ(error.where, "line 2");
}

TEST(SqlError, CodesAndSqlstatesAgree) {
  EXPECT_EQ(make_error({"57014", "x"}).code(), StatusCode::kCancelled);
  EXPECT_EQ(make_error({"0A000", "x"}).code(), StatusCode::kUnimplemented);
  EXPECT_EQ(make_error({"53300", "x"}).code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(make_error({"XX001", "x"}).code(), StatusCode::kDataLoss);
  EXPECT_EQ(error_of(unimplemented("x")).sqlstate, "0A000");
  EXPECT_EQ(error_of(internal_error("x")).sqlstate, "XX000");
  EXPECT_EQ(error_of(cancelled("x")).sqlstate, "57014");
  EXPECT_EQ(error_of(make_error({"bad", "x"})).sqlstate, "XX000");
}

}  // namespace
}  // namespace kappa::sql
