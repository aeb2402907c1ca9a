#include "serve/pg_catalog/tokens.h"

#include <algorithm>
#include <cctype>

#include "base/ascii.h"

namespace kappa::serve::pg_catalog {
namespace {

bool is_word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_part(char c) { return is_word_start(c) || is_digit(c) || c == '$'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_operator(char c) {
  return std::string_view("+-*/<>=~!@#%^&|`?").find(c) != std::string_view::npos;
}

template <typename Is>
size_t run_end(std::string_view sql, size_t i, Is is) {
  while (i < sql.size() && is(sql[i])) ++i;
  return i;
}

size_t comment_end(std::string_view sql, size_t i) {
  int depth = 0;
  while (i + 1 < sql.size()) {
    const std::string_view two = sql.substr(i, 2);
    if (two == "/*") ++depth;
    if (two == "*/" && --depth == 0) return i + 2;
    i += two == "/*" || two == "*/" ? 2 : 1;
  }
  return sql.size();
}

// `i` is behind the opening quote.
size_t quote_end(std::string_view sql, size_t i, char quote, bool has_escapes) {
  for (; i < sql.size(); ++i) {
    if (has_escapes && sql[i] == '\\') {
      ++i;
    } else if (sql[i] == quote) {
      if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return sql.size();
}

size_t number_end(std::string_view sql, size_t i) {
  for (; i < sql.size(); ++i) {
    const char c = sql[i];
    const bool is_sign = (c == '+' || c == '-') && (sql[i - 1] | 32) == 'e';
    if (!is_word_part(c) && c != '.' && !is_sign) break;
  }
  return i;
}

// An operator ends before a comment.
size_t operator_end(std::string_view sql, size_t start) {
  const size_t end = run_end(sql, start, is_operator);
  const std::string_view run = sql.substr(start, end - start);
  const size_t comment = std::min(run.find("--"), run.find("/*"));
  return comment == std::string_view::npos ? end : start + std::max<size_t>(comment, 1);
}

}  // namespace

bool Lexer::next(Token& token) {
  if (position_ >= sql_.size()) return false;
  token = token_at(position_);
  position_ += token.text.size();
  return true;
}

Token Lexer::token_at(size_t start) const {
  auto make = [&](TokenKind kind, size_t end) {
    return Token{kind, sql_.substr(start, end - start)};
  };
  const char c = sql_[start];
  const char next = start + 1 < sql_.size() ? sql_[start + 1] : '\0';
  if (is_space(c)) return make(TokenKind::kSpace, run_end(sql_, start, is_space));
  if (c == '-' && next == '-') {
    return make(TokenKind::kSpace, std::min(sql_.find('\n', start), sql_.size()));
  }
  if (c == '/' && next == '*') return make(TokenKind::kSpace, comment_end(sql_, start));
  if (c == '\'') return make(TokenKind::kString, quote_end(sql_, start + 1, c, false));
  if (c == '"') return make(TokenKind::kQuotedName, quote_end(sql_, start + 1, c, false));
  if ((c == 'e' || c == 'E') && next == '\'') {
    return make(TokenKind::kString, quote_end(sql_, start + 2, next, true));
  }
  if (is_word_start(c)) return make(TokenKind::kWord, run_end(sql_, start, is_word_part));
  if (is_digit(c) || (c == '.' && is_digit(next))) {
    return make(TokenKind::kNumber, number_end(sql_, start));
  }
  if (c == '$') return dollar(start);
  if (is_operator(c)) return make(TokenKind::kOperator, operator_end(sql_, start));
  return make(TokenKind::kSymbol, start + (c == ':' && next == ':' ? 2 : 1));
}

// $1, or $tag$ … $tag$, or a dollar on its own.
Token Lexer::dollar(size_t start) const {
  auto make = [&](TokenKind kind, size_t end) {
    return Token{kind, sql_.substr(start, end - start)};
  };
  const size_t digits = run_end(sql_, start + 1, is_digit);
  if (digits > start + 1) return make(TokenKind::kParameter, digits);
  const size_t tag = run_end(sql_, start + 1, [](char c) { return is_word_part(c) && c != '$'; });
  if (tag >= sql_.size() || sql_[tag] != '$') return make(TokenKind::kOperator, start + 1);
  const std::string_view mark = sql_.substr(start, tag + 1 - start);
  const size_t close = sql_.find(mark, tag + 1);
  return make(TokenKind::kString,
              close == std::string_view::npos ? sql_.size() : close + mark.size());
}

std::vector<Token> tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  Lexer lexer(sql);
  for (Token token; lexer.next(token);) tokens.push_back(token);
  return tokens;
}

bool is_word(const Token& token, std::string_view lower) {
  return token.kind == TokenKind::kWord && token.text.size() == lower.size() &&
         to_lower(token.text) == lower;
}

std::string name_of(const Token& token) {
  if (token.kind != TokenKind::kQuotedName) return to_lower(token.text);
  std::string name;
  for (size_t i = 1; i + 1 < token.text.size(); ++i) {
    name.push_back(token.text[i]);
    if (token.text[i] == '"') ++i;
  }
  return name;
}

std::string string_of(const Token& token) {
  std::string_view text = token.text;
  if (text.starts_with('$')) {
    const size_t mark = text.find('$', 1) + 1;
    return text.size() < 2 * mark ? "" : std::string(text.substr(mark, text.size() - 2 * mark));
  }
  const bool has_escapes = text[0] != '\'';
  std::string value;
  for (size_t i = has_escapes ? 2 : 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\'' || (has_escapes && text[i] == '\\')) ++i;
    value.push_back(text[i]);
  }
  return value;
}

std::string quoted(std::string_view text) {
  std::string literal = "'";
  for (char c : text) {
    if (c == '\'') literal.push_back('\'');
    literal.push_back(c);
  }
  return literal + "'";
}

std::vector<Piece> split_statements(std::string_view sql) {
  std::vector<Piece> pieces;
  size_t start = 0, i = 0;
  bool has_content = false;
  auto close = [&](size_t end) {
    if (has_content) pieces.push_back({start, sql.substr(start, end - start)});
    has_content = false;
  };
  Lexer lexer(sql);
  for (Token token; lexer.next(token);) {
    if (token.text == ";") {
      close(i);
      start = i + 1;
    } else if (token.kind != TokenKind::kSpace) {
      has_content = true;
    }
    i += token.text.size();
  }
  close(sql.size());
  return pieces;
}

}  // namespace kappa::serve::pg_catalog
