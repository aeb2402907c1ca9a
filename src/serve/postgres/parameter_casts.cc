#include "serve/postgres/parameter_casts.h"

#include <algorithm>
#include <charconv>

#include "serve/pg_catalog/tokens.h"

namespace kappa::serve::postgres {
namespace {

using pg_catalog::Token;
using pg_catalog::TokenKind;

int character_count(std::string_view utf8) {
  return static_cast<int>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

bool is_open(const duckdb::LogicalType& type, CastTexts texts) {
  const auto id = type.id();
  return id == duckdb::LogicalTypeId::UNKNOWN || id == duckdb::LogicalTypeId::SQLNULL ||
         (id == duckdb::LogicalTypeId::VARCHAR && texts == CastTexts::kNo);
}

// The declared type of the parameter; nullptr where nothing is to be cast.
const duckdb::LogicalType* type_of(const Token& token, const data::Types& types, CastTexts texts) {
  size_t number = 0;
  if (token.kind != TokenKind::kParameter) return nullptr;
  std::from_chars(token.text.data() + 1, token.text.data() + token.text.size(), number);
  if (number == 0 || number > types.size()) return nullptr;
  return is_open(types[number - 1], texts) ? nullptr : &types[number - 1];
}

}  // namespace

int TypedQuery::original_position(int position) const {
  int shift = 0;
  for (const auto& [at, count] : insertions) {
    if (at < position) shift += std::min(count, position - at);
  }
  return position - shift;
}

TypedQuery cast_parameters(std::string_view query, const data::Types& types, CastTexts texts) {
  TypedQuery typed;
  if (std::all_of(types.begin(), types.end(),
                  [&](const auto& type) { return is_open(type, texts); })) {
    typed.text = std::string(query);
    return typed;
  }
  int position = 1;  // in typed.text, in characters
  auto insert = [&](std::string_view text) {
    typed.insertions.emplace_back(position, character_count(text));
    typed.text += text;
    position += character_count(text);
  };
  pg_catalog::Lexer lexer(query);
  for (Token token; lexer.next(token);) {
    const duckdb::LogicalType* type = type_of(token, types, texts);
    if (type != nullptr) insert("(");
    typed.text += token.text;
    position += character_count(token.text);
    if (type != nullptr) insert("::" + type->ToString() + ")");
  }
  return typed;
}

bool is_query(std::string_view statement) {
  pg_catalog::Lexer lexer(statement);
  for (Token token; lexer.next(token);) {
    if (token.kind == TokenKind::kSpace || token.text == "(") continue;
    for (const char* word : {"select", "with", "values", "from", "table"}) {
      if (pg_catalog::is_word(token, word)) return true;
    }
    return false;
  }
  return false;
}

}  // namespace kappa::serve::postgres
