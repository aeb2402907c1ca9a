#include "data/json_encoder.h"

#include <gtest/gtest.h>

#include <duckdb/common/value_operations/value_operations.hpp>

#include "data/json_decoder.h"
#include "data/testing/decoding.h"
#include "data/testing/random_values.h"

namespace kappa::data {
namespace {

using duckdb::Value;
using testing::decode_all;
using testing::make_chunk;
using testing::Random;
using testing::record_of;
using testing::sql_type;

// A chunk of one row.
std::unique_ptr<duckdb::DataChunk> chunk_of(const std::vector<RecordColumn>& columns,
                                            const std::vector<Value>& values) {
  Types types;
  for (const auto& column : columns) types.push_back(column.type);
  auto chunk = make_chunk(types);
  for (size_t i = 0; i < values.size(); ++i) chunk->data[i].Append(values[i]);
  chunk->SetChildCardinality(1);
  return chunk;
}

// The value as the text of its SQL cast to the type.
std::string encode(const std::string& type, const char* text) {
  const std::vector<RecordColumn> columns = {{"c", sql_type(type)}};
  auto value =
      text == nullptr ? Value(columns[0].type) : Value(text).DefaultCastAs(columns[0].type);
  std::string out;
  auto encoder = make_json_encoder(columns).value();
  const auto status = encoder->encode(*chunk_of(columns, {value}), 0, out);
  return status.ok() ? out : std::string(message_of(status));
}

TEST(JsonEncoder, ARowBecomesAnObject) {
  const std::vector<RecordColumn> columns = {
      {"id", sql_type("BIGINT")},
      {"full name", sql_type("VARCHAR")},
      {"offset", sql_type("BIGINT"), false, ColumnOrigin::kOffset},
      {"price", sql_type("DECIMAL(9,2)")}};
  auto encoder = make_json_encoder(columns).value();
  std::string out = "before ";
  ASSERT_TRUE(encoder
                  ->encode(*chunk_of(columns, {Value::BIGINT(1), Value("a \"b\""), Value::BIGINT(9),
                                               Value(columns[3].type)}),
                           0, out)
                  .ok());
  EXPECT_EQ(out, R"(before {"id":1,"full name":"a \"b\"","price":null})");
}

TEST(JsonEncoder, ValuesOfEveryKind) {
  EXPECT_EQ(encode("BOOLEAN", "true"), R"({"c":true})");
  EXPECT_EQ(encode("HUGEINT", "-170141183460469231731687303715884105728"),
            R"({"c":-170141183460469231731687303715884105728})");
  EXPECT_EQ(encode("DOUBLE", "0.1"), R"({"c":0.1})");
  EXPECT_EQ(encode("DOUBLE", "1e300"), R"({"c":1e+300})");
  EXPECT_EQ(encode("DOUBLE", "nan"), R"({"c":"NaN"})");
  EXPECT_EQ(encode("FLOAT", "-inf"), R"({"c":"-Infinity"})");
  EXPECT_EQ(encode("FLOAT", "0.1"), R"({"c":0.1})");
  EXPECT_EQ(encode("DECIMAL(4,4)", "-0.05"), R"({"c":-0.0500})");
  EXPECT_EQ(encode("VARCHAR", "tab\tand \x01"), R"({"c":"tab\u0009and \u0001"})");
  EXPECT_EQ(encode("BLOB", "\\x00\\x01\\x02\\xFF"), R"({"c":"AAEC/w=="})");
  EXPECT_EQ(encode("DATE", "2013-01-31"), R"({"c":"2013-01-31"})");
  EXPECT_EQ(encode("TIMESTAMP", "2013-01-31 10:15:00.5"), R"({"c":"2013-01-31T10:15:00.5"})");
  EXPECT_EQ(encode("TIMESTAMPTZ", "2013-01-31 10:15:00+02"), R"({"c":"2013-01-31T08:15:00Z"})");
  EXPECT_EQ(encode("INTERVAL", "1 month 2 days"), R"({"c":"1 month 2 days"})");
  EXPECT_EQ(encode("INTEGER[]", "[1, NULL]"), R"({"c":[1,null]})");
  EXPECT_EQ(encode("STRUCT(a INTEGER, b VARCHAR)", "{'a': 1, 'b': x}"), R"({"c":{"a":1,"b":"x"}})");
  EXPECT_EQ(encode("MAP(VARCHAR, INTEGER)", "{de=1}"), R"({"c":{"de":1}})");
  EXPECT_EQ(encode("MAP(INTEGER, VARCHAR)", "{1=a}"), R"({"c":[{"key":1,"value":"a"}]})");
  EXPECT_EQ(encode("STRUCT(a INTEGER)", nullptr), R"({"c":null})");
}

TEST(JsonEncoder, Refusals) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("INTEGER"), true},
                                             {"j", sql_type("JSON")}};
  auto encoder = make_json_encoder(columns).value();
  const auto broken = Value("{").WithType(columns[1].type);
  std::string out = "kept";
  EXPECT_EQ(message_of(encoder->encode(
                *chunk_of(columns, {Value(columns[0].type), Value(columns[1].type)}), 0, out)),
            "column a is NOT NULL, but the value is NULL");
  EXPECT_EQ(message_of(encoder->encode(*chunk_of(columns, {Value::INTEGER(1), broken}), 0, out)),
            "column j: a value of type JSON is no JSON: {");
  EXPECT_EQ(out, "kept");
  EXPECT_EQ(make_json_encoder({{"u", sql_type("UNION(a INTEGER)")}}).status().code(),
            StatusCode::kUnimplemented);
}

// encode, decode, and the same row is back; for rows of random types.
TEST(JsonEncoder, WhatItWritesTheDecoderReadsBack) {
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Random random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<RecordColumn> columns;
    std::vector<size_t> used;
    for (size_t i = 0; i < 4; ++i) {
      columns.push_back({fmt::format("column {}", i), testing::random_type(random, 3)});
      used.push_back(i);
    }
    auto encoder = make_json_encoder(columns).value();
    auto decoder = make_json_decoder(columns, used).value();
    std::vector<std::unique_ptr<duckdb::DataChunk>> rows;
    std::vector<std::string> texts;
    for (int i = 0; i < 20; ++i) {
      std::vector<Value> values;
      for (const auto& column : columns)
        values.push_back(testing::random_value(random, column.type));
      rows.push_back(chunk_of(columns, values));
      ASSERT_TRUE(encoder->encode(*rows.back(), 0, texts.emplace_back()).ok());
    }
    std::vector<RecordView> records;
    for (const auto& text : texts) records.push_back(record_of(text));
    const auto out = make_chunk(decoder->output_types());
    std::vector<BadRecord> bad;
    decoder->decode(records, *out, bad, nullptr);
    for (const auto& record : bad) FAIL() << record.reason << "\n" << texts[record.index];
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t i = 0; i < columns.size(); ++i) {
        const auto expected = rows[row]->GetValue(i, 0), got = out->GetValue(i, row);
        ASSERT_TRUE(duckdb::ValueOperations::NotDistinctFrom(expected, got))
            << columns[i].type.ToString() << "\nexpected " << expected.ToString() << "\n     got "
            << got.ToString() << "\n"
            << texts[row];
      }
    }
  }
}

// The bytes of a key, and the key columns that come back from them.
std::pair<std::string, std::string> encode_key(const std::vector<RecordColumn>& columns,
                                               const std::vector<Value>& values) {
  std::string key;
  const auto status = make_key_encoder(columns).value()->encode(*chunk_of(columns, values), 0, key);
  if (!status.ok()) return {std::string(message_of(status)), ""};
  RecordView record;
  record.key = key;
  auto decoder = make_key_decoder(columns).value();
  return {key, decode_all(*decoder, {{record}})[0]};
}

TEST(JsonKey, OneColumn) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(encode_key({{"k", sql_type("VARCHAR")}}, {Value("a \"b\"")}),
            Pair("a \"b\"", "a \"b\""));
  EXPECT_EQ(encode_key({{"k", sql_type("BIGINT")}}, {Value::BIGINT(42)}), Pair("42", "42"));
  EXPECT_EQ(
      encode_key({{"k", sql_type("DATE")}}, {Value("2013-01-01").DefaultCastAs(sql_type("DATE"))}),
      Pair("\"2013-01-01\"", "2013-01-01"));
  EXPECT_EQ(encode_key({{"k", sql_type("BLOB")}}, {Value::BLOB_RAW(std::string("\xff"))}),
            Pair("\"/w==\"", "\\xFF"));
  EXPECT_EQ(encode_key({{"k", sql_type("BIGINT")}}, {Value(sql_type("BIGINT"))}),
            Pair("key column k is NULL", ""));
}

TEST(JsonKey, SeveralColumns) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("BIGINT")}, {"b", sql_type("VARCHAR")}};
  EXPECT_EQ(encode_key(columns, {Value::BIGINT(1), Value("x")}),
            std::make_pair(std::string(R"({"a":1,"b":"x"})"), std::string("1|x")));
}

TEST(JsonKey, BadKeys) {
  const auto decode = [](std::vector<RecordColumn> columns, std::optional<std::string_view> key) {
    RecordView record;
    record.key = key;
    return decode_all(*make_key_decoder(std::move(columns)).value(), {{record}})[0];
  };
  const RecordColumn number = {"k", sql_type("BIGINT")}, text = {"t", sql_type("VARCHAR")};
  EXPECT_EQ(decode({number}, "x"), "bad: column k: expected BIGINT, got x");
  EXPECT_EQ(decode({number}, "1,2"),
            "bad: column k: malformed JSON: expected the end of the key, got , at byte 2");
  EXPECT_EQ(decode({number}, "1]"),
            "bad: column k: malformed JSON: expected the end of the key, got ] at byte 2");
  EXPECT_EQ(decode({number}, ""), "bad: column k: expected BIGINT, got ]");
  EXPECT_EQ(decode({number}, "null"), "bad: column k: expected a key, NOT NULL, got null");
  EXPECT_EQ(decode({number}, std::nullopt), "bad: column k: expected a key, NOT NULL, got null");
  EXPECT_EQ(decode({text}, std::nullopt), "bad: column t: NOT NULL, but the record has none");
  EXPECT_EQ(decode({text}, "\xff"), "bad: column t: expected VARCHAR, got bytes \\xff");
  EXPECT_EQ(decode({number, text}, std::nullopt), "bad: null key");
  EXPECT_EQ(decode({number, text}, "{\"k\":1}"),
            "bad: column t: NOT NULL, but the field is absent or null");
}

}  // namespace
}  // namespace kappa::data
