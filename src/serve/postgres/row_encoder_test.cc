#include "serve/postgres/row_encoder.h"

#include <gtest/gtest.h>

#include "sql/error.h"

namespace kappa::serve::postgres {
namespace {

TEST(RowEncoder, ARowThatIsTooLongLeavesNothingBehind) {
  const duckdb::LogicalType text(duckdb::LogicalTypeId::VARCHAR);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(), {text, text});
  for (const char* value : {"short", "a value of some length"})
    for (auto& column : chunk.data) column.Append(duckdb::Value(value));
  chunk.CheckCardinality(2);
  RowEncoder encoder({text, text}, {}, absl::UTCTimeZone());
  encoder.set_row_bytes_max(40);
  encoder.load(chunk);
  std::string out = "before";
  ASSERT_TRUE(encoder.append_row(out, 0).ok());
  const std::string with_one_row = out;
  Status status = encoder.append_row(out, 1);
  EXPECT_EQ(sql::error_of(status).sqlstate, "54000");
  EXPECT_EQ(out, with_one_row);
}

}  // namespace
}  // namespace kappa::serve::postgres
