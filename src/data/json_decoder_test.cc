#include "data/json_decoder.h"

#include <gtest/gtest.h>

#include "data/testing/decoding.h"

namespace kappa::data {
namespace {

using testing::decode_all;
using testing::record_of;
using testing::sql_type;

std::vector<std::string> decode(std::vector<RecordColumn> columns, std::vector<size_t> used,
                                const std::vector<std::string>& values) {
  auto decoder = make_json_decoder(std::move(columns), std::move(used));
  if (!decoder.ok()) return {std::string(message_of(decoder.status()))};
  std::vector<RecordView> records;
  for (const auto& value : values) records.push_back(record_of(value));
  return decode_all(**decoder, records);
}

TEST(JsonDecoder, ARecordBecomesARow) {
  const std::vector<RecordColumn> columns = {
      {"id", sql_type("BIGINT")}, {"name", sql_type("VARCHAR")}, {"price", sql_type("DOUBLE")}};
  EXPECT_EQ(decode(columns, {0, 1, 2},
                   {R"({"id":1,"name":"ada","price":2.5})",              // as declared
                    R"( { "price" : 3 , "name" : "bob" , "id" : 2 } )",  // any order, any space
                    R"({"id":3,"more":{"x":[1,{}]},"name":null})",       // undeclared, null, absent
                    R"({"id":"4","name":"dan"})",                        // a wrong type
                    R"({})"}),
            (std::vector<std::string>{"1|ada|2.5", "2|bob|3.0", "3|NULL|NULL",
                                      "bad: column id: expected BIGINT, got string \"4\"",
                                      "NULL|NULL|NULL"}));
}

TEST(JsonDecoder, EveryDeclaredColumnIsCheckedAndTheUsedOnesAreBuiltInTheirOrder) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("INTEGER")},
                                             {"b", sql_type("VARCHAR")},
                                             {"c", sql_type("STRUCT(x INTEGER, y TIMESTAMP[])")}};
  const std::vector<std::string> records = {
      R"({"a":1,"b":"one","c":{"x":1,"y":[]}})", R"({"a":2,"b":2,"c":null})",
      R"({"a":3,"b":"three","c":{"x":"?"}})", R"({"a":4,"b":"bad \q","c":null})",
      R"({"a":5,"b":"five","c":{"y":[1000]}})"};
  EXPECT_EQ(decode(columns, {1, 0}, records),
            (std::vector<std::string>{"one|1", "bad: column b: expected VARCHAR, got number 2",
                                      "bad: column c.x: expected INTEGER, got string \"?\"",
                                      "bad: column b: expected VARCHAR, got string \"bad \\q\"",
                                      "five|5"}));
  EXPECT_EQ(decode(columns, {0}, records)[3], decode(columns, {2, 1}, records)[3]);
}

// One value of one type: what it becomes, or "!" and why it is bad, without the column's name.
struct Case {
  const char* type;
  const char* json;
  const char* expected;
};

std::string decode_value(const Case& c, bool is_used) {
  const std::vector<RecordColumn> columns = {{"c", sql_type(c.type)}};
  const auto used = is_used ? std::vector<size_t>{0} : std::vector<size_t>{};
  auto text = decode(columns, used, {std::string("{\"c\":") + c.json + "}"})[0];
  const std::string prefix = "bad: column c";
  return text.starts_with(prefix) ? "!" + text.substr(prefix.size()) : text;
}

const Case kCases[] = {
    {"BOOLEAN", "true", "true"},
    {"BOOLEAN", "false", "false"},
    {"BOOLEAN", "null", "NULL"},
    {"BOOLEAN", "1", "!: expected BOOLEAN, got number 1"},
    {"BOOLEAN", "tru", "!: expected BOOLEAN, got boolean tru"},
    {"BOOLEAN", "truex", "!: expected BOOLEAN, got boolean truex"},
    {"BOOLEAN", "nul", "!: expected BOOLEAN, got nul"},

    {"TINYINT", "127", "127"},
    {"TINYINT", "-128", "-128"},
    {"TINYINT", "128", "!: expected TINYINT, got number 128"},
    {"UTINYINT", "255", "255"},
    {"UTINYINT", "-1", "!: expected UTINYINT, got number -1"},
    {"UTINYINT", "-0", "0"},
    {"SMALLINT", "-32768", "-32768"},
    {"SMALLINT", "32768", "!: expected SMALLINT, got number 32768"},
    {"USMALLINT", "65535", "65535"},
    {"INTEGER", "2147483647", "2147483647"},
    {"INTEGER", "2147483648", "!: expected INTEGER, got number 2147483648"},
    {"INTEGER", "1.0", "!: expected INTEGER, got number 1.0"},
    {"INTEGER", "1e2", "!: expected INTEGER, got number 1e2"},
    {"INTEGER", "01", "!: expected INTEGER, got number 01"},
    {"INTEGER", "+1", "!: expected INTEGER, got +1"},
    {"INTEGER", "1x", "!: expected INTEGER, got number 1x"},
    {"INTEGER", "-", "!: expected INTEGER, got number -"},
    {"INTEGER", "\"1\"", "!: expected INTEGER, got string \"1\""},
    {"INTEGER", "[1]", "!: expected INTEGER, got array [1]}"},
    {"UINTEGER", "4294967295", "4294967295"},
    {"BIGINT", "9223372036854775807", "9223372036854775807"},
    {"BIGINT", "-9223372036854775808", "-9223372036854775808"},
    {"BIGINT", "9223372036854775808", "!: expected BIGINT, got number 9223372036854775808"},
    {"BIGINT", " 12 ", "12"},
    {"UBIGINT", "18446744073709551615", "18446744073709551615"},
    {"UBIGINT", "18446744073709551616", "!: expected UBIGINT, got number 18446744073709551616"},
    {"HUGEINT", "170141183460469231731687303715884105727",
     "170141183460469231731687303715884105727"},
    {"HUGEINT", "-18446744073709551616", "-18446744073709551616"},
    {"HUGEINT", "18446744073709551615", "18446744073709551615"},
    {"HUGEINT", "170141183460469231731687303715884105728",
     "!: expected HUGEINT, got number 170141183460469231731687303715884105728"},
    {"HUGEINT", "1.5", "!: expected HUGEINT, got number 1.5"},
    {"UHUGEINT", "340282366920938463463374607431768211455",
     "340282366920938463463374607431768211455"},
    {"UHUGEINT", "-1", "!: expected UHUGEINT, got number -1"},

    {"DOUBLE", "0.1", "0.1"},
    {"DOUBLE", "-12.5e-3", "-0.0125"},
    {"DOUBLE", "1.7976931348623157e308", "1.7976931348623157e+308"},
    {"DOUBLE", "1e400", "!: expected DOUBLE, got number 1e400"},
    {"DOUBLE", "1e-400", "0.0"},
    {"DOUBLE", "5e-324", "5e-324"},
    {"DOUBLE", "123456789012345678901234567890", "1.2345678901234568e+29"},
    {"DOUBLE", "0.30000000000000004", "0.30000000000000004"},
    {"DOUBLE", "\"NaN\"", "nan"},
    {"DOUBLE", "\"-Infinity\"", "-inf"},
    {"DOUBLE", "\"Infinity\"", "inf"},
    {"DOUBLE", "\"1\"", "!: expected DOUBLE, got string \"1\""},
    {"DOUBLE", "NaN", "!: expected DOUBLE, got NaN"},
    {"DOUBLE", "1.", "!: expected DOUBLE, got number 1."},
    {"DOUBLE", "1e", "!: expected DOUBLE, got number 1e"},
    {"DOUBLE", ".5", "!: expected DOUBLE, got .5"},
    {"FLOAT", "3.4028235e38", "3.4028235e+38"},
    {"FLOAT", "1e39", "!: expected FLOAT, got number 1e39"},
    {"FLOAT", "0.1", "0.1"},

    {"DECIMAL(9,2)", "12.34", "12.34"},
    {"DECIMAL(9,2)", "-12", "-12.00"},
    {"DECIMAL(9,2)", "\"12.3\"", "12.30"},
    {"DECIMAL(9,2)", "12.345", "12.35"},
    {"DECIMAL(9,2)", "1e3", "1000.00"},
    {"DECIMAL(9,2)", "9999999.99", "9999999.99"},
    {"DECIMAL(9,2)", "10000000", "!: expected DECIMAL(9,2), got number 10000000"},
    {"DECIMAL(9,2)", "\"abc\"", "!: expected DECIMAL(9,2), got string \"abc\""},
    {"DECIMAL(9,2)", "true", "!: expected DECIMAL(9,2), got boolean true"},
    {"DECIMAL(4,4)", "0.0001", ".0001"},  // DuckDB shows it so
    {"DECIMAL(18,0)", "999999999999999999", "999999999999999999"},
    {"DECIMAL(38,10)", "1234567890123456789012345678.0123456789",
     "1234567890123456789012345678.0123456789"},

    {"VARCHAR", "\"\"", ""},
    {"VARCHAR", R"("a\"b\\\u00e4\ud83d\ude00")", "a\"b\\ä😀"},
    {"VARCHAR", R"("\ud83d")", R"(!: expected VARCHAR, got string "\ud83d")"},
    {"VARCHAR", R"("\udc00")", R"(!: expected VARCHAR, got string "\udc00")"},
    {"VARCHAR", "12", "!: expected VARCHAR, got number 12"},
    {"VARCHAR", "{}", "!: expected VARCHAR, got object {}}"},
    {"JSON", "{\"a\" : [1, 2]} ", "{\"a\" : [1, 2]}"},
    {"JSON", " 12 ", "12"},
    {"JSON", "\"x\"", "\"x\""},
    {"JSON", "null", "NULL"},
    {"JSON", "[1,]", "!: expected JSON, got array [1,]}"},
    {"JSON", "tru", "!: expected JSON, got boolean tru"},
    {"BLOB", "\"AAEC/w==\"", "\\x00\\x01\\x02\\xFF"},
    {"BLOB", "\"AAE\"", "!: expected BLOB in base64, got string \"AAE\""},
    {"BLOB", "\"A?==\"", "!: expected BLOB in base64, got string \"A?==\""},
    {"ENUM('sad','happy')", "\"happy\"", "happy"},
    {"ENUM('sad','happy')", "\"Happy\"", "!: expected a member of the ENUM, got string \"Happy\""},
    {"UUID", "\"A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11\"", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"UUID", "\"a0eebc99\"", "!: expected UUID, got string \"a0eebc99\""},

    {"DATE", "\"2012-02-29\"", "2012-02-29"},
    {"DATE", "\"2013-02-29\"", "!: expected DATE, got string \"2013-02-29\""},
    {"DATE", "\"1900-02-29\"", "!: expected DATE, got string \"1900-02-29\""},
    {"DATE", "\"2000-02-29\"", "2000-02-29"},
    {"DATE", "\"0044-03-15 (BC)\"", "0044-03-15 (BC)"},
    {"DATE", "\"12013-01-01\"", "12013-01-01"},
    {"DATE", "\"infinity\"", "infinity"},
    {"DATE", "\"2013-01-01x\"", "!: expected DATE, got string \"2013-01-01x\""},
    {"DATE", "\"\"", "!: expected DATE, got string \"\""},
    {"DATE", "15706", "!: expected DATE, got number 15706"},
    {"TIME", "\"10:15:00.25\"", "10:15:00.25"},
    {"TIME", "\"25:00:00\"", "!: expected TIME, got string \"25:00:00\""},
    {"TIME_NS", "\"10:15:00.123456789\"", "10:15:00.123456789"},
    {"TIMETZ", "\"10:15:00+02\"", "10:15:00+02"},
    {"TIMESTAMP", "\"2013-01-01T10:15:00Z\"", "2013-01-01 10:15:00"},
    {"TIMESTAMP", "\"2013-01-01 10:15:00.123456\"", "2013-01-01 10:15:00.123456"},
    {"TIMESTAMP", "\"2013-01-01\"", "2013-01-01 00:00:00"},
    {"TIMESTAMP", "\"0001-01-01T00:00:00\"", "0001-01-01 00:00:00"},
    {"TIMESTAMP", "\"9999-12-31T23:59:59.999999\"", "9999-12-31 23:59:59.999999"},
    {"TIMESTAMP", "1357035300000", "2013-01-01 10:15:00"},
    {"TIMESTAMP", "-1", "1969-12-31 23:59:59.999"},
    {"TIMESTAMP", "\"2013-01-01T10:15:00+02:00\"",
     "!: expected TIMESTAMP, got string \"2013-01-01T10:15:00+02:00\""},
    {"TIMESTAMP", "\"2013-13-01T10:15:00\"",
     "!: expected TIMESTAMP, got string \"2013-13-01T10:15:00\""},
    {"TIMESTAMP", "\"2013-01-01T10:60:00\"",
     "!: expected TIMESTAMP, got string \"2013-01-01T10:60:00\""},
    {"TIMESTAMP", "1.5", "!: expected TIMESTAMP, got number 1.5"},
    {"TIMESTAMP", "9223372036854775807", "!: expected TIMESTAMP, got number 9223372036854775807"},
    {"TIMESTAMP_S", "\"2013-01-01T10:15:00\"", "2013-01-01 10:15:00"},
    {"TIMESTAMP_S", "1357035300999", "2013-01-01 10:15:00"},
    {"TIMESTAMP_MS", "\"2013-01-01T10:15:00.125\"", "2013-01-01 10:15:00.125"},
    {"TIMESTAMP_NS", "\"2013-01-01T10:15:00.123456789\"", "2013-01-01 10:15:00.123456789"},
    {"TIMESTAMP_NS", "1357035300001", "2013-01-01 10:15:00.001"},
    {"TIMESTAMP_NS", "\"2400-01-01T00:00:00\"",
     "!: expected TIMESTAMP_NS, got string \"2400-01-01T00:00:00\""},
    {"TIMESTAMP_NS", "\"2262-04-11T23:47:16.854775806\"", "2262-04-11 23:47:16.854775806"},
    {"TIMESTAMP_NS", "\"2262-04-11T23:47:16.854775807\"",
     "!: expected TIMESTAMP_NS, got string \"2262-04-11T23:47:16.854775807\""},
    {"TIMESTAMPTZ", "\"2013-01-01T10:15:00+02:00\"", "2013-01-01 08:15:00+00"},
    {"TIMESTAMPTZ", "\"2013-01-01T10:15:00Z\"", "2013-01-01 10:15:00+00"},
    {"TIMESTAMPTZ", "\"2013-01-01 10:15:00\"", "2013-01-01 10:15:00+00"},
    {"INTERVAL", "\"1 year 2 days 03:04:05\"", "1 year 2 days 03:04:05"},
    {"INTERVAL", "\"soon\"", "!: expected INTERVAL, got string \"soon\""},

    {"STRUCT(a INTEGER, b VARCHAR)", R"({"b":"x","a":1,"z":[{}]})", "{'a': 1, 'b': x}"},
    {"STRUCT(a INTEGER, b VARCHAR)", "{}", "{'a': NULL, 'b': NULL}"},
    {"STRUCT(a INTEGER, b VARCHAR)", "null", "NULL"},
    {"STRUCT(a INTEGER, b VARCHAR)", "[]", "!: expected STRUCT, got array []}"},
    {"STRUCT(a INTEGER, b VARCHAR)", "1", "!: expected STRUCT, got number 1"},
    {"STRUCT(a STRUCT(b DATE))", R"({"a":{"b":"x"}})", "!.a.b: expected DATE, got string \"x\""},
    {"INTEGER[]", "[1,null,3]", "[1, NULL, 3]"},
    {"INTEGER[]", "[]", "[]"},
    {"INTEGER[]", "[1,\"2\"]", "![1]: expected INTEGER, got string \"2\""},
    {"INTEGER[]", "{}", "!: expected LIST, got object {}}"},
    {"VARCHAR[][]", R"([["a","a string longer than twelve"],null,[]])",
     "[[a, a string longer than twelve], NULL, []]"},
    {"STRUCT(x INTEGER[])[]", R"([{"x":[1]},{"x":null},{"x":[2,3]}])",
     "[{'x': [1]}, {'x': NULL}, {'x': [2, 3]}]"},
    {"STRUCT(x INTEGER[])[]", R"([{"x":[1]},{"x":[true]}])",
     "![1].x[0]: expected INTEGER, got boolean true"},
    {"INTEGER[3]", "[1,2,null]", "[1, 2, NULL]"},
    {"INTEGER[3]", "[1,2]", "!: expected ARRAY of 3 elements, got array [1,2]}"},
    {"INTEGER[3]", "[1,2,3,4]", "!: expected ARRAY of 3 elements, got array [1,2,3,4]}"},
    {"MAP(VARCHAR, INTEGER)", R"({"de":1,"fr":null})", "{de=1, fr=NULL}"},
    {"MAP(VARCHAR, INTEGER)", "{}", "{}"},
    {"MAP(VARCHAR, INTEGER)", R"({"de":1,"de":2})",
     "!: expected MAP with distinct keys, got object {\"de\":1,\"de\":2}}"},
    {"MAP(VARCHAR, INTEGER)", R"({"de":"x"})", "!.\"de\": expected INTEGER, got string \"x\""},
    {"MAP(VARCHAR, INTEGER)", "[]", "!: expected MAP, got array []}"},
    {"MAP(INTEGER, VARCHAR)", R"([{"key":1,"value":"a"},{"key":2}])", "{1=a, 2=NULL}"},
    {"MAP(INTEGER, VARCHAR)", R"([{"key":1},{"key":1}])",
     "!: expected MAP with distinct keys, got array [{\"key\":1},{\"key\":1}]}"},
    {"MAP(INTEGER, VARCHAR)", R"([{"value":"a"}])",
     "![0].key: NOT NULL, but the field is absent or null"},
    {"MAP(INTEGER[], VARCHAR)", R"([{"key":[1,2],"value":"a"},{"key":[1],"value":"b"}])",
     "{[1, 2]=a, [1]=b}"},
    {"MAP(INTEGER[], VARCHAR)", R"([{"key":[1,2]},{"key":[1,2]}])",
     "!: expected MAP with distinct keys, got array [{\"key\":[1,2]},{\"key\":[1,2]}]}"},
    {"MAP(INTEGER, VARCHAR)", "[1]", "![0]: expected an object with key and value, got number 1"},
};

TEST(JsonDecoder, ValuesOfEveryType) {
  for (const auto& c : kCases) {
    EXPECT_EQ(decode_value(c, true), c.expected) << c.type << " from " << c.json;
  }
}

TEST(JsonDecoder, AnUnusedColumnIsCheckedJustTheSame) {
  for (const auto& c : kCases) {
    const std::string expected = c.expected[0] == '!' ? c.expected : "";
    EXPECT_EQ(decode_value(c, false), expected) << c.type << " from " << c.json;
  }
}

TEST(JsonDecoder, MalformedRecords) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("INTEGER")}};
  const auto reason = [&](const std::string& value) { return decode(columns, {0}, {value})[0]; };
  EXPECT_EQ(reason(""), "bad: empty value");
  EXPECT_EQ(reason("  "), "bad: empty value");
  EXPECT_EQ(reason("[]"), "bad: expected an object, got array []");
  EXPECT_EQ(reason("12"), "bad: expected an object, got number 12");
  EXPECT_EQ(reason("{\"a\":1} x"),
            "bad: malformed JSON: expected nothing after the object, got x at byte 8");
  EXPECT_EQ(reason("{\"a\":1}{}"),
            "bad: malformed JSON: expected nothing after the object, got object {} at byte 7");
  EXPECT_EQ(reason("{\"a\":1"),
            "bad: malformed JSON: expected a field name, a colon and a value, got string \"a\" at "
            "byte 1");
  EXPECT_EQ(reason("{\"a\":1,}"),
            "bad: malformed JSON: expected a field name, a colon and a value, got } at byte 7");
  EXPECT_EQ(reason("{\"a\" 1}"),
            "bad: malformed JSON: expected a field name, a colon and a value, got string \"a\" at "
            "byte 1");
  EXPECT_EQ(reason("{\"b\":[1,{}"),
            "bad: malformed JSON: expected a value that is closed, got "
            "array [1,{} at byte 5");
  EXPECT_EQ(reason("{\"b\":,\"c\":1}"), "bad: expected a value, got ,");
  EXPECT_EQ(reason("{\"b\":}"),
            "bad: malformed JSON: expected a field name, a colon and a value, "
            "got string \"b\" at byte 1");
  EXPECT_EQ(reason("{\"a"), "bad: malformed JSON: unclosed string");
  EXPECT_EQ(reason("{\"b\":\"\x01\"}"), "bad: malformed JSON: control character in a string");
  EXPECT_EQ(reason("{\"b\":\"\xff\"}"), "bad: invalid UTF-8");
  EXPECT_EQ(reason("{\"a\":\"" + std::string(100, 'x') + "\"}"),
            "bad: column a: expected INTEGER, got string \"" + std::string(59, 'x') + "...");
}

TEST(JsonDecoder, WhatLiesBehindTheValueDoesNotMatter) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("INTEGER")},
                                             {"l", sql_type("DOUBLE[]")}};
  auto decoder = make_json_decoder(columns, {0, 1}).value();
  for (const std::string value : {"{\"a\":1}", "{\"b\":{}", "{\"b\":}", "{\"a\":12", "{",
                                  "{\"a\":[]", "{\"l\":[1", "{\"l\":[", "{\"l\":1"}) {
    const auto expected = decode_all(*decoder, {{record_of(value)}});
    for (const char* behind : {"}", "]", ",\"a\":2}", "3}", "\"", ":", " "}) {
      std::string buffer = value + behind;
      buffer.append(64, '}');
      auto record = record_of(std::string_view(buffer).substr(0, value.size()));
      record.readable_beyond_value = buffer.size() - value.size();
      EXPECT_EQ(decode_all(*decoder, {{record}}), expected) << value << " before " << behind;
    }
  }
}

TEST(JsonDecoder, FieldNames) {
  const std::vector<RecordColumn> columns = {{"Id", sql_type("INTEGER")},
                                             {"a name longer than sixteen", sql_type("INTEGER")},
                                             {"quo\"te", sql_type("INTEGER")},
                                             {"ä", sql_type("INTEGER")}};
  EXPECT_EQ(
      decode(columns, {0, 1, 2, 3},
             {R"({"Id":1,"a name longer than sixteen":2,"quo\"te":3,"ä":4})",
              R"({"id":1,"A NAME longer than sixteen":2,"QUO\u0022te":3,"\u00e4":4})",
              R"({"I":1,"a name longer than sixteem":2,"quo":3,"Ä":4})",
              R"({"Id":1,"Idx":7,"a name longer than sixteen!":2})", R"({"ID":1,"Id":2,"id":3})",
              R"({"Id":1,"Id":null})"}),
      (std::vector<std::string>{"1|2|3|4", "1|2|3|4", "NULL|NULL|NULL|NULL", "1|NULL|NULL|NULL",
                                "3|NULL|NULL|NULL", "NULL|NULL|NULL|NULL"}));
}

TEST(JsonDecoder, FieldsInChangingOrder) {
  std::vector<RecordColumn> columns;
  std::vector<size_t> used;
  for (size_t i = 0; i < 200; ++i) {
    columns.push_back({"field_" + std::to_string(i), sql_type("INTEGER")});
    used.push_back(i);
  }
  std::vector<std::string> records, rows;
  for (size_t step : {1, 3, 7, 199, 1}) {
    std::string record = "{", row;
    for (size_t i = 0; i < 200; ++i) {
      const auto field = std::to_string(i * step % 200);
      record += (i == 0 ? "" : ",") + ("\"field_" + field) + "\":" + field;
      record += ",\"other_" + std::to_string(i * step) + "\":\"x\"";
      row += (i == 0 ? "" : "|") + std::to_string(i);
    }
    records.push_back(record + "}");
    rows.push_back(row);
  }
  EXPECT_EQ(decode(columns, used, records), rows);
}

TEST(JsonDecoder, NotNull) {
  const std::vector<RecordColumn> columns = {{"a", sql_type("INTEGER"), true},
                                             {"b", sql_type("INTEGER")}};
  const std::string bad = "bad: column a: NOT NULL, but the field is absent or null";
  EXPECT_EQ(decode(columns, {1},
                   {R"({"a":1})", R"({"b":1})", R"({"a":null})", R"({"a":1,"a":null})",
                    R"({"a":null,"a":1})"}),
            (std::vector<std::string>{"NULL", bad, bad, bad, "NULL"}));
}

TEST(JsonDecoder, ABadRecordLeavesNothingBehind) {
  const std::vector<RecordColumn> columns = {{"l", sql_type("VARCHAR[]")},
                                             {"s", sql_type("STRUCT(x INTEGER[], y DATE)")},
                                             {"m", sql_type("MAP(VARCHAR, INTEGER[])")},
                                             {"a", sql_type("INTEGER")}};
  const std::string good = R"({"l":["x"],"s":{"x":[1,2],"y":"2013-01-01"},"m":{"k":[3]},"a":1})";
  const std::string bad =
      R"({"l":["a","b",null],"s":{"x":[7,null,9]},"m":{"p":null,"q":[4]},"a":"no"})";
  const std::string row = "[x]|{'x': [1, 2], 'y': 2013-01-01}|{k=[3]}|1";
  const std::string reason = "bad: column a: expected INTEGER, got string \"no\"";
  EXPECT_EQ(
      decode(columns, {0, 1, 2, 3}, {good, bad, good, "{}", bad, bad, good}),
      (std::vector<std::string>{row, reason, row, "NULL|NULL|NULL|NULL", reason, reason, row}));
}

TEST(JsonDecoder, ListsGrowBeyondOneVector) {
  const std::vector<RecordColumn> columns = {{"l", sql_type("STRUCT(i INTEGER, t VARCHAR[])[]")}};
  std::vector<std::string> records, rows;
  for (size_t i = 0; i < 50; ++i) {
    std::string record, row;
    for (size_t j = 0; j < i * 10; ++j) {
      const auto number = std::to_string(j);
      record +=
          (j == 0 ? "" : ",") + ("{\"i\":" + number) + ",\"t\":[\"" + number + " is a number\"]}";
      row += (j == 0 ? "" : ", ") + ("{'i': " + number) + ", 't': [" + number + " is a number]}";
    }
    records.push_back("{\"l\":[" + record + "]}");
    rows.push_back("[" + row + "]");
  }
  EXPECT_EQ(decode(columns, {0}, records), rows);
}

TEST(JsonDecoder, HostileRecordsAreOnlyBad) {
  const std::vector<RecordColumn> columns = {
      {"a", sql_type("INTEGER")}, {"j", sql_type("JSON")}, {"d", sql_type("DECIMAL(38,2)")}};
  const auto first = [&](const std::string& value) {
    return decode(columns, {0, 1, 2}, {value})[0];
  };
  const std::string deep(1'000'000, '[');
  EXPECT_TRUE(
      first("{\"a\":" + deep + "}").starts_with("bad: column a: expected INTEGER, got array"));
  EXPECT_TRUE(
      first("{\"j\":" + deep + std::string(1'000'000, ']') + "}").starts_with("bad: column j"));
  EXPECT_TRUE(first("{\"x\":" + deep + "}").starts_with("bad: malformed JSON"));
  EXPECT_TRUE(first("{\"a\":" + std::string(1'000'000, '9') + "}").starts_with("bad: column a"));
  EXPECT_TRUE(first("{\"d\":" + std::string(1'000'000, '9') + "}").starts_with("bad: column d"));
  EXPECT_TRUE(first("{\"d\":1e999999999999999999}").starts_with("bad: column d"));
  EXPECT_EQ(first("{\"x\":\"" + std::string(65 << 20, 'x') + "\"}"),
            "bad: value is larger than 64 MiB");
}

TEST(JsonDecoder, ATombstoneIsBad) {
  auto decoder = make_json_decoder({{"a", sql_type("INTEGER")}}, {0}).value();
  EXPECT_EQ(decode_all(*decoder, {{RecordView()}}), std::vector<std::string>{"bad: null value"});
}

TEST(JsonDecoder, TypesThatJsonCannotCarry) {
  auto decoder = make_json_decoder({{"u", sql_type("UNION(a INTEGER, b VARCHAR)")}}, {0});
  EXPECT_EQ(decoder.status().code(), StatusCode::kUnimplemented);
  EXPECT_EQ(message_of(decoder.status()), "JSON cannot carry the type UNION(a INTEGER, b VARCHAR)");
}

}  // namespace
}  // namespace kappa::data
