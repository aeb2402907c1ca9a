#include "app/statement_splitter.h"

#include <cctype>

namespace kappa::app {
namespace {

constexpr size_t kOpen = std::string_view::npos;  // a quote or comment that is not closed yet

size_t after(std::string_view text, std::string_view end, size_t from) {
  size_t found = text.find(end, from);
  return found == kOpen ? kOpen : found + end.size();
}

// '…' and "…": a doubled quote is two quotes with nothing between them. E'…' escapes by backslash.
size_t skip_quoted(std::string_view text, size_t start) {
  bool has_escapes = text[start] == '\'' && start > 0 && (text[start - 1] | 0x20) == 'e' &&
                     (start == 1 || !isalnum(static_cast<unsigned char>(text[start - 2])));
  for (size_t i = start + 1; i < text.size(); ++i) {
    if (has_escapes && text[i] == '\\') {
      ++i;
    } else if (text[i] == text[start]) {
      return i + 1;
    }
  }
  return kOpen;
}

// $$…$$ and $tag$…$tag$; $1 is a parameter.
size_t skip_dollar_quoted(std::string_view text, size_t start) {
  size_t end = start + 1;
  while (end < text.size() &&
         (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_')) {
    ++end;
  }
  bool is_quote = end < text.size() && text[end] == '$' &&
                  !isdigit(static_cast<unsigned char>(text[start + 1]));
  if (!is_quote) return start + 1;
  return after(text, text.substr(start, end + 1 - start), end + 1);
}

// Comments nest, as PostgreSQL's do.
size_t skip_comment(std::string_view text, size_t start) {
  int depth = 0;
  for (size_t i = start; i + 1 < text.size();) {
    std::string_view pair = text.substr(i, 2);
    if (pair == "/*") ++depth;
    if (pair == "*/") --depth;
    i += pair == "/*" || pair == "*/" ? 2 : 1;
    if (depth == 0) return i;
  }
  return kOpen;
}

// The position after what begins at start; kOpen when its end is not there yet.
size_t skip_one(std::string_view text, size_t start) {
  std::string_view rest = text.substr(start);
  if (rest[0] == '\'' || rest[0] == '"') return skip_quoted(text, start);
  if (rest[0] == '$') return skip_dollar_quoted(text, start);
  if (rest.starts_with("--")) return after(text, "\n", start);
  if (rest.starts_with("/*")) return skip_comment(text, start);
  return start + 1;
}

// Whether there is anything but space and comments.
bool says_something(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    bool is_comment = text.substr(i).starts_with("--") || text.substr(i).starts_with("/*");
    if (!is_comment && !isspace(static_cast<unsigned char>(text[i]))) return true;
    i = skip_one(text, i);
    if (i == kOpen) return false;
  }
  return false;
}

}  // namespace

std::optional<std::string> StatementSplitter::next() {
  for (size_t i = 0; i < text_.size();) {
    if (text_[i] != ';') {
      i = skip_one(text_, i);
      if (i == kOpen) return std::nullopt;
      continue;
    }
    std::string statement = text_.substr(0, i);
    text_.erase(0, i + 1);
    if (says_something(statement)) return statement;
    i = 0;
  }
  return std::nullopt;
}

std::string StatementSplitter::rest() {
  std::string left = std::move(text_);
  text_.clear();
  return says_something(left) ? left : "";
}

}  // namespace kappa::app
