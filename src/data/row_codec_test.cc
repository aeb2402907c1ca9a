#include "data/row_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <duckdb/common/types/value.hpp>
#include <random>

namespace kappa::data {

namespace {

using duckdb::LogicalType;
using duckdb::Value;

using Rows = std::vector<std::vector<Value>>;

void fill(const Types& types, const Rows& rows, duckdb::DataChunk& chunk) {
  chunk.Initialize(duckdb::Allocator::DefaultAllocator(), {types.begin(), types.end()});
  for (const auto& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) chunk.data[c].Append(row[c]);
  }
  chunk.SetChildCardinality(rows.size());
}

std::vector<std::string> encode(const Types& types, const Rows& rows) {
  duckdb::DataChunk chunk;
  fill(types, rows, chunk);
  RowCodec codec(types);
  EncodedRows encoded;
  codec.encode(chunk, encoded);
  std::vector<std::string> all;
  for (size_t i = 0; i < encoded.size(); ++i) all.emplace_back(encoded[i]);
  return all;
}

TEST(RowCodec, OrdersLikeTheValuesWithNullsLast) {
  std::vector<std::string> keys = encode({LogicalType::BIGINT, LogicalType::VARCHAR},
                                         {{Value::BIGINT(-5), Value("b")},
                                          {Value::BIGINT(2), Value("")},
                                          {Value::BIGINT(2), Value("a")},
                                          {Value::BIGINT(2), Value("aa")},
                                          {Value::BIGINT(2), Value()},
                                          {Value::BIGINT(300), Value("a")},
                                          {Value(LogicalType::BIGINT), Value("a")}});
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

// The bytes are what traces and checkpoints hold: DuckDB must not change them unseen.
TEST(RowCodec, TheBytesOfAnExample) {
  std::vector<std::string> keys = encode({LogicalType::INTEGER, LogicalType::VARCHAR},
                                         {{Value::INTEGER(258), Value("ab")}, {Value(), Value()}});
  EXPECT_EQ(keys[0], std::string("\x01\x80\x00\x01\x02\x01"
                                 "bc\x00",
                                 9));
  EXPECT_EQ(keys[1], "\x02\x02");
}

TEST(RowCodec, GivesBackEveryType) {
  std::vector<Value> values = {
      Value::BOOLEAN(true),
      Value::TINYINT(-3),
      Value::SMALLINT(-300),
      Value::INTEGER(70000),
      Value::BIGINT(-5000000000),
      Value::UTINYINT(200),
      Value::USMALLINT(60000),
      Value::UINTEGER(4000000000u),
      Value::UBIGINT(~uint64_t{0}),
      Value::HUGEINT(duckdb::hugeint_t(-7)),
      Value::FLOAT(-1.5f),
      Value::DOUBLE(1e-300),
      Value::DECIMAL(int16_t{123}, 4, 1),
      Value::DECIMAL(int64_t{-12345678901}, 18, 2),
      Value::DATE(duckdb::date_t(20000)),
      Value::TIMESTAMP(duckdb::timestamp_t(1700000000000001)),
      Value::INTERVAL(1, -2, 3),
      Value("text"),
      Value("a text with \x7f and more than twelve bytes: \xc3\xa4"),
      Value::BLOB_RAW(std::string("\0\1\2 bytes", 9)),
      Value::LIST(LogicalType::VARCHAR, {Value("x"), Value(), Value("")}),
      Value::LIST(LogicalType::INTEGER, duckdb::vector<Value>{}),
      Value::STRUCT({{"a", Value::INTEGER(1)}, {"b", Value("y")}}),
  };
  Types types;
  std::vector<Value> nulls;
  for (const Value& value : values) {
    types.push_back(value.type());
    nulls.emplace_back(value.type());
  }
  Rows rows = {values, nulls, values};
  std::vector<std::string> encoded = encode(types, rows);
  RowCodec codec(types);
  duckdb::DataChunk out;
  out.Initialize(duckdb::Allocator::DefaultAllocator(), {types.begin(), types.end()});
  for (int round = 0; round < 2; ++round) {
    std::string longer = encoded[2] + "what follows is not read";
    codec.decode({encoded[0], encoded[1], longer}, out);
    ASSERT_EQ(out.size(), 3u);
    for (size_t r = 0; r < rows.size(); ++r) {
      for (size_t c = 0; c < types.size(); ++c) {
        EXPECT_TRUE(Value::NotDistinctFrom(out.GetValue(c, r), rows[r][c]))
            << types[c].ToString() << ": " << out.GetValue(c, r).ToString();
      }
    }
  }
}

TEST(RowCodec, RowsWithoutColumnsAreEmpty) {
  duckdb::DataChunk chunk;
  chunk.SetCardinalityUnsafe(3);
  RowCodec codec({});
  EncodedRows encoded;
  codec.encode(chunk, encoded);
  EXPECT_EQ(encoded.size(), 3u);
  EXPECT_EQ(encoded[2], "");
  duckdb::DataChunk out;
  codec.decode({"", ""}, out);
  EXPECT_EQ(out.size(), 2u);
}

TEST(RowCodec, EqualValuesHaveEqualBytes) {
  std::vector<std::string> keys =
      encode({LogicalType::DOUBLE}, {{Value::DOUBLE(0.0)}, {Value::DOUBLE(-0.0)}});
  EXPECT_EQ(keys[0], keys[1]);
}

}  // namespace

}  // namespace kappa::data
