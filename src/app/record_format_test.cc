#include "app/record_format.h"

#include <gtest/gtest.h>

namespace kappa::app {
namespace {

ConsumedRecord record() {
  ConsumedRecord record;
  record.topic = "clicks";
  record.partition = 2;
  record.offset = 41;
  record.timestamp_ms = 86'400'250;
  record.key = std::string_view("\x01\x00\x00\x00\xff", 5);
  record.value = "a\"b";
  record.headers = {{"h1", "x"}, {"h2", std::nullopt}};
  return record;
}

std::string printed(std::string_view format) {
  auto parsed = RecordFormat::parse(format);
  EXPECT_TRUE(parsed.ok()) << format << ": " << parsed.status();
  std::string out;
  if (parsed.ok()) parsed->append(record(), out);
  return out;
}

TEST(RecordFormatTest, VerbsStandForTheirParts) {
  EXPECT_EQ(printed("%t/%p@%o %v %%\\n"), "clicks/2@41 a\"b %\n");
  EXPECT_EQ(printed("%K %V %H %d"), "5 3 2 86400250");
  EXPECT_EQ(printed("\\x41\\t\\\\"), "A\t\\");
}

TEST(RecordFormatTest, BytesHaveForms) {
  EXPECT_EQ(printed("%k{hex}"), "01000000ff");
  EXPECT_EQ(printed("%k{base64}"), "AQAAAP8=");
  EXPECT_EQ(printed("%v{json}"), "\"a\\\"b\"");
  EXPECT_EQ(printed("%k{unpack[<I]}"), "1");
  EXPECT_EQ(printed("%k{unpack[>I]}"), "16777216");
  EXPECT_EQ(printed("%k{unpack[xhbB]}"), "00255");
  EXPECT_EQ(printed("%k{unpack[q]}"), "(too short)");
  EXPECT_EQ(printed("%v{unpack[cs]}"), "a\"b");
}

TEST(RecordFormatTest, TimesHaveForms) {
  EXPECT_EQ(printed("%d{rfc3339}"), "1970-01-02T00:00:00.250Z");
  EXPECT_EQ(printed("%d{strftime[%d.%m.%Y]}"), "02.01.1970");
}

TEST(RecordFormatTest, HeadersArePrintedOneByOne) {
  EXPECT_EQ(printed("[%h{%k=%v;}]"), "[h1=x;h2=;]");
  EXPECT_EQ(printed("%h{%t:%k{hex} }"), "clicks:6831 clicks:6832 ");
}

TEST(RecordFormatTest, MistakesAreNamed) {
  for (const char* format : {"%", "%q", "\\", "\\q", "\\xg1", "%v{", "%v{zip}", "%v{unpack[z]}",
                             "%h", "%h{%k", "%d{iso}"}) {
    auto parsed = RecordFormat::parse(format);
    EXPECT_EQ(parsed.status().code(), StatusCode::kInvalidArgument) << format;
  }
}

TEST(RecordFormatTest, ARecordIsALineOfJson) {
  std::string out;
  append_json(record(), true, out);
  EXPECT_EQ(
      out,
      "{\"topic\": \"clicks\", \"partition\": 2, \"offset\": 41, \"timestamp\": 86400250, "
      "\"key\": \"\\u0001\\u0000\\u0000\\u0000\xEF\xBF\xBD\", \"value\": \"a\\\"b\", "
      "\"headers\": [{\"key\": \"h1\", \"value\": \"x\"}, {\"key\": \"h2\", \"value\": null}]}\n");
  ConsumedRecord tombstone;
  tombstone.topic = "t";
  tombstone.key = "k";
  out.clear();
  append_json(tombstone, false, out);
  EXPECT_EQ(
      out,
      "{\"topic\": \"t\", \"partition\": 0, \"offset\": 0, \"timestamp\": -1, \"key_size\": 1, "
      "\"value_size\": null, \"headers\": []}\n");
}

}  // namespace
}  // namespace kappa::app
