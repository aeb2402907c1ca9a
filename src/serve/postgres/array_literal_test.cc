#include "serve/postgres/array_literal.h"

#include <gtest/gtest.h>

namespace kappa::serve::postgres {
namespace {

std::string shown(std::string_view literal) {
  auto elements = parse_array_literal(literal);
  if (!elements.ok()) return "error";
  std::string text;
  for (const auto& element : *elements) text += "<" + element.value_or("NULL!") + ">";
  return text;
}

TEST(ArrayLiteral, Elements) {
  EXPECT_EQ(shown("{}"), "");
  EXPECT_EQ(shown(" { 1 , 2 } "), "<1><2>");
  EXPECT_EQ(shown(R"({a b,"c,d","e\"f\\",NULL,"NULL",""})"), R"(<a b><c,d><e"f\><NULL!><NULL><>)");
  EXPECT_EQ(shown(R"({a\,b})"), "<a,b>");
}

TEST(ArrayLiteral, Refusals) {
  for (const char* literal : {"", "1", "{", "{1", "{,}", "{1,}", "{\"a}", "{{1},{2}}", "{a}b}"}) {
    EXPECT_EQ(shown(literal), "error") << literal;
  }
}

}  // namespace
}  // namespace kappa::serve::postgres
