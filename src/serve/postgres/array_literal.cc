#include "serve/postgres/array_literal.h"

#include "serve/postgres/errors.h"

namespace kappa::serve::postgres {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_null_word(std::string_view word) {
  return word.size() == 4 && (word[0] | 32) == 'n' && (word[1] | 32) == 'u' &&
         (word[2] | 32) == 'l' && (word[3] | 32) == 'l';
}

// Reads one element from the front of `rest`, up to the comma or the end.
StatusOr<std::optional<std::string>> take_element(std::string_view& rest) {
  while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
  std::string value;
  bool is_quoted = false, in_quotes = false;
  size_t kept = 0;  // the value's length without unquoted space at its end
  while (!rest.empty() && (in_quotes || rest.front() != ',')) {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') {
      in_quotes = !in_quotes;
      is_quoted = true;
      kept = value.size();
      continue;
    }
    if (!in_quotes && c == '{') {
      return wire_error("0A000", "arrays of more than one dimension are not supported");
    }
    if (!in_quotes && c == '}') return invalid_text("malformed array literal: unexpected }}");
    const bool is_escaped = c == '\\';
    if (is_escaped) {
      if (rest.empty()) return invalid_text("malformed array literal: ends in an escape");
      c = rest.front();
      rest.remove_prefix(1);
    }
    value.push_back(c);
    if (in_quotes || is_escaped || !is_space(c)) kept = value.size();
  }
  if (in_quotes) return invalid_text("malformed array literal: unterminated quotes");
  value.resize(kept);
  if (!is_quoted && value.empty()) return invalid_text("malformed array literal: empty element");
  if (!is_quoted && is_null_word(value)) return std::nullopt;
  return value;
}

}  // namespace

StatusOr<std::vector<std::optional<std::string>>> parse_array_literal(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    return invalid_text("malformed array literal: \"{}\"", text.substr(0, 100));
  }
  std::string_view rest = text.substr(1, text.size() - 2);
  std::vector<std::optional<std::string>> elements;
  if (trimmed(rest).empty()) return elements;
  while (true) {
    ASSIGN_OR_RETURN(auto element, take_element(rest));
    elements.push_back(std::move(element));
    if (rest.empty()) return elements;
    rest.remove_prefix(1);  // the comma
  }
}

}  // namespace kappa::serve::postgres
