#include "serve/postgres/copy_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/error.h"

namespace kappa::serve::postgres {
namespace {

engine::CopyOptions text_options() { return {}; }
engine::CopyOptions csv_options() {
  engine::CopyOptions options;
  options.is_csv = true;
  options.delimiter = ',';
  options.null_text = "";
  return options;
}

// Rows as "[a|b]", NULL as ~; an error as "line: message".
std::string parse(const engine::CopyOptions& options, const std::vector<std::string>& pieces) {
  std::string rows;
  CopyParser parser(options, {"a", "b"},
                    [&](const std::vector<const std::string*>& values, int64_t) {
                      rows += "[";
                      for (const std::string* value : values)
                        rows += (value == nullptr ? "~" : *value) + "|";
                      rows.back() = ']';
                      return OkStatus();
                    });
  Status status;
  for (const auto& piece : pieces) {
    if (status.ok()) status = parser.feed(piece);
  }
  if (status.ok()) status = parser.finish();
  if (status.ok()) return rows;
  return rows + std::to_string(parser.line()) + ": " + std::string(message_of(status));
}

// The same in every cut.
void expect_rows(const engine::CopyOptions& options, const std::string& data,
                 const std::string& rows) {
  for (size_t cut = 0; cut <= data.size(); ++cut) {
    EXPECT_EQ(parse(options, {data.substr(0, cut), data.substr(cut)}), rows) << "cut at " << cut;
  }
  std::vector<std::string> bytes;
  for (char byte : data) bytes.emplace_back(1, byte);
  EXPECT_EQ(parse(options, bytes), rows);
}

TEST(CopyText, Rows) {
  expect_rows(text_options(), "1\tx\n2\t\\N\n", "[1|x][2|~]");
  expect_rows(text_options(), "1\tx\r\n2\ty", "[1|x][2|y]");
  expect_rows(text_options(), "\t\n", "[|]");
}

TEST(CopyText, Escapes) {
  expect_rows(text_options(), "a\\tb\tc\\nd\n", "[a\tb|c\nd]");
  expect_rows(text_options(), "a\\\tb\tc\\\\\n", "[a\tb|c\\]");
  expect_rows(text_options(), "\\x41\\102\t\\q\n", "[AB|q]");
  expect_rows(text_options(), "a\\\nb\tc\n", "[a\nb|c]");
  expect_rows(text_options(), "\\\\N\tx\n", "[\\N|x]");
}

TEST(CopyText, EndMarker) {
  expect_rows(text_options(), "1\tx\n\\.\nrubbish", "[1|x]");
  expect_rows(text_options(), "1\tx\n\\.", "[1|x]");
}

TEST(CopyCsv, Rows) {
  expect_rows(csv_options(), "1,x\n2,\n3,\"\"\n", "[1|x][2|~][3|]");
  expect_rows(csv_options(), "\"a,\"\"b\"\"\",\"c\nd\"\r\n", "[a,\"b\"|c\nd]");
  expect_rows(csv_options(), "a\"b,c\"d,x\n", "[ab,cd|x]");
}

TEST(CopyCsv, HeaderAndOtherCharacters) {
  engine::CopyOptions options = csv_options();
  options.has_header = true;
  options.delimiter = ';';
  options.quote = '\'';
  options.escape = '\\';
  options.null_text = "nil";
  expect_rows(options, "a;b\n'it\\'s';nil\n;'nil'\n", "[it's|~][|nil]");
}

TEST(CopyErrors, NameTheLine) {
  expect_rows(text_options(), "1\tx\n2\n", "[1|x]2: missing data for column \"b\"");
  expect_rows(csv_options(), "\"1\n\",x\n2,y,z\n",
              "[1\n|x]3: extra data after last expected column");
  EXPECT_EQ(parse(csv_options(), {"1,x\n\"2,y"}), "[1|x]2: unterminated CSV quoted field");
}

TEST(CopyErrors, EndlessRow) {
  CopyParser parser(text_options(), {"a"}, [](const auto&, int64_t) { return OkStatus(); });
  const std::string piece(8 << 20, 'x');
  Status status;
  for (int i = 0; i < 10 && status.ok(); ++i) status = parser.feed(piece);
  EXPECT_EQ(sql::error_of(status).sqlstate, "54000");
}

}  // namespace
}  // namespace kappa::serve::postgres
