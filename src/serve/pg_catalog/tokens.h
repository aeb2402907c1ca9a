#pragma once
// A statement's text in tokens, as PostgreSQL and DuckDB read it: enough to split a text at its
// semicolons and to replace single tokens; no grammar.

#include <string>
#include <string_view>
#include <vector>

namespace kappa::serve::pg_catalog {

enum class TokenKind {
  kWord,        // an identifier or keyword without quotes
  kQuotedName,  // "Name"
  kString,      // 'text', E'text', $tag$text$tag$
  kNumber,
  kParameter,  // $1
  kOperator,   // one or more operator characters
  kSymbol,     // one of ( ) [ ] , ; . : and the two-character ::
  kSpace,      // white space and comments
};

struct Token {
  TokenKind kind = TokenKind::kSpace;
  std::string_view text;
};

// Gives the tokens of `sql` one after another; every byte is in exactly one of them. Never fails:
// what is unterminated reaches to the end. The tokens are views into `sql`.
class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}
  // False at the end.
  bool next(Token& token);

 private:
  Token token_at(size_t start) const;
  Token dollar(size_t start) const;

  std::string_view sql_;
  size_t position_ = 0;
};

// All of them at once: for short texts.
std::vector<Token> tokenize(std::string_view sql);

// Case-insensitive for ASCII; `lower` is in lower case.
bool is_word(const Token& token, std::string_view lower);
// An identifier's name: without quotes, in lower case where it had none.
std::string name_of(const Token& token);
// A string literal's value ('it''s' -> it's; no escapes of E'' or $$ but their content).
std::string string_of(const Token& token);
// As a string literal.
std::string quoted(std::string_view text);

// The texts between top-level semicolons that hold more than space, with where they begin.
struct Piece {
  size_t offset;
  std::string_view text;
};
std::vector<Piece> split_statements(std::string_view sql);

}  // namespace kappa::serve::pg_catalog
