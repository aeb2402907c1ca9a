#include "data/metadata_columns.h"

#include <gtest/gtest.h>

#include "data/json_decoder.h"
#include "data/testing/decoding.h"

namespace kappa::data {
namespace {

using testing::decode_all;
using testing::sql_type;

// Decodes one record whose value has no declared column.
std::string decode(std::vector<RecordColumn> columns, RecordView record, bool is_used = true) {
  std::vector<size_t> used;
  for (size_t i = 0; is_used && i < columns.size(); ++i) used.push_back(i);
  record.value = "{}";
  auto decoder = make_json_decoder(std::move(columns), used);
  if (!decoder.ok()) return std::string(message_of(decoder.status()));
  return decode_all(**decoder, {{record}})[0];
}

RecordColumn column(const char* type, ColumnOrigin origin, bool is_not_null = false) {
  return {"c", sql_type(type), is_not_null, origin};
}

TEST(MetadataColumns, PartitionOffsetAndTimestamp) {
  RecordView record;
  record.partition = 3;
  record.offset = 1'000'000'000'000;
  record.timestamp_ms = 1357035300001;
  EXPECT_EQ(
      decode({column("INTEGER", ColumnOrigin::kPartition), column("BIGINT", ColumnOrigin::kOffset),
              column("TIMESTAMP", ColumnOrigin::kTimestamp),
              column("TIMESTAMPTZ", ColumnOrigin::kTimestamp)},
             record),
      "3|1000000000000|2013-01-01 10:15:00.001|2013-01-01 10:15:00.001+00");
  record.timestamp_ms = -1;
  EXPECT_EQ(decode({column("TIMESTAMP", ColumnOrigin::kTimestamp)}, record), "NULL");
  EXPECT_EQ(decode({column("TIMESTAMP", ColumnOrigin::kTimestamp, true)}, record),
            "bad: column c: NOT NULL, but the record has none");
  record.timestamp_ms = INT64_MAX;
  EXPECT_EQ(decode({column("TIMESTAMP", ColumnOrigin::kTimestamp)}, record),
            "bad: column c: timestamp out of range: 9223372036854775807 ms");
}

TEST(MetadataColumns, Key) {
  RecordView record;
  EXPECT_EQ(decode({column("VARCHAR", ColumnOrigin::kKey)}, record), "NULL");
  record.key = "a key longer than twelve bytes";
  EXPECT_EQ(decode({column("VARCHAR", ColumnOrigin::kKey)}, record), *record.key);
  record.key = "\xff\x01";
  EXPECT_EQ(decode({column("BLOB", ColumnOrigin::kKey)}, record), "\\xFF\\x01");
  for (const bool is_used : {true, false}) {
    EXPECT_EQ(decode({column("VARCHAR", ColumnOrigin::kKey)}, record, is_used),
              "bad: column c: expected VARCHAR, got bytes \\xff\\x01");
  }
  record.key = "42";
  EXPECT_EQ(decode({column("BIGINT", ColumnOrigin::kKey)}, record), "42");
  record.key = "{\"a\":[1]}";
  EXPECT_EQ(decode({column("STRUCT(a INTEGER[])", ColumnOrigin::kKey)}, record), "{'a': [1]}");
  EXPECT_EQ(decode({column("BIGINT", ColumnOrigin::kKey)}, record, false),
            "bad: column c: expected BIGINT, got object {\"a\":[1]}]");
}

TEST(MetadataColumns, Headers) {
  const std::vector<Header> headers = {{"a", "1"}, {"b", std::nullopt}, {"a", "2"}};
  RecordView record;
  record.headers = headers;
  EXPECT_EQ(decode({column("MAP(VARCHAR, BLOB)", ColumnOrigin::kHeaders)}, record),
            "{a=2, b=NULL}");
  EXPECT_EQ(decode({column("STRUCT(key VARCHAR, value BLOB)[]", ColumnOrigin::kHeaders)}, record),
            "[{'key': a, 'value': 1}, {'key': b, 'value': NULL}, {'key': a, 'value': 2}]");
  EXPECT_EQ(decode({column("MAP(VARCHAR, BLOB)", ColumnOrigin::kHeaders)}, RecordView()), "{}");
  const std::vector<Header> bad = {{"\xff", "1"}};
  record.headers = bad;
  EXPECT_EQ(decode({column("MAP(VARCHAR, BLOB)", ColumnOrigin::kHeaders)}, record, false),
            "bad: column c: expected UTF-8 as a header's key, got bytes \\xff");
}

TEST(MetadataColumns, ManyHeaders) {
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back(std::to_string(i));
  std::vector<Header> headers;
  for (const auto& key : keys) headers.push_back({key, key});
  RecordView record;
  record.headers = headers;
  const auto text = decode({column("MAP(VARCHAR, BLOB)", ColumnOrigin::kHeaders)}, record);
  EXPECT_TRUE(text.starts_with("{0=0, 1=1")) << text.substr(0, 50);
  EXPECT_TRUE(text.ends_with("4999=4999}"));
}

TEST(MetadataColumns, TypesThatAnOriginDoesNotHave) {
  EXPECT_EQ(decode({column("BIGINT", ColumnOrigin::kPartition)}, {}),
            "column c cannot have the type BIGINT");
  EXPECT_EQ(decode({column("INTEGER", ColumnOrigin::kOffset)}, {}),
            "column c cannot have the type INTEGER");
  EXPECT_EQ(decode({column("DATE", ColumnOrigin::kTimestamp)}, {}),
            "column c cannot have the type DATE");
  EXPECT_EQ(decode({column("MAP(VARCHAR, VARCHAR)", ColumnOrigin::kHeaders)}, {}),
            "column c cannot have the type MAP(VARCHAR, VARCHAR)");
}

}  // namespace
}  // namespace kappa::data
