#include "sql/duckdb_error.h"

#include <gtest/gtest.h>
#include <duckdb/common/error_data.hpp>
#include <duckdb/common/exception/binder_exception.hpp>

#include "sql/error.h"

namespace kappa::sql {
namespace {

using duckdb::ErrorData;
using duckdb::ExceptionType;

SqlError convert(const ErrorData& error, std::string_view text = {}, int offset = 0) {
  return error_of(status_of(error, text, offset));
}

TEST(DuckdbErrorTest, TypesBecomeSqlstates) {
  EXPECT_EQ(convert(ErrorData(ExceptionType::PARSER, "no")).sqlstate, "42601");
  EXPECT_EQ(convert(ErrorData(ExceptionType::OUT_OF_RANGE, "too big")).sqlstate, "22003");
  EXPECT_EQ(convert(ErrorData(ExceptionType::INTERRUPT, "stop")).sqlstate, "57014");
  EXPECT_EQ(convert(ErrorData(ExceptionType::INTERNAL, "bug")).sqlstate, "XX000");
  EXPECT_EQ(
      convert(ErrorData(ExceptionType::CATALOG, "Table with name t does not exist!")).sqlstate,
      "42P01");
}

TEST(DuckdbErrorTest, BytePositionsBecomeCharacters) {
  ErrorData error(ExceptionType::BINDER, "no such column");
  error.AddQueryLocation(duckdb::QueryLocation(12, 3));
  EXPECT_EQ(convert(error, "SELECT 'ä', xyz").position, 12);
  EXPECT_EQ(convert(error, "SELECT 'ä', xyz", 5).position, 17);
  EXPECT_EQ(convert(error).position, 0);
}

TEST(DuckdbErrorTest, TheDrawingOfTheLineBecomesAPosition) {
  const std::string text = "SELECT a,\n  xyz FROM t";
  ErrorData error(ExceptionType::BINDER, "no such column");
  error.AddQueryLocation(duckdb::QueryLocation(12, 3));
  error.AddErrorLocation(text);
  ASSERT_NE(error.RawMessage().find("LINE 2"), std::string::npos);
  const SqlError converted = convert(error, text);
  EXPECT_EQ(converted.message, "no such column");
  EXPECT_EQ(converted.position, 13);
}

TEST(DuckdbErrorTest, PositionsBeyondTheTextAreUnknown) {
  ErrorData error(ExceptionType::BINDER, "no such column");
  error.AddQueryLocation(duckdb::QueryLocation(100, 3));
  EXPECT_EQ(convert(error, "SELECT").position, 0);
}

}  // namespace
}  // namespace kappa::sql
