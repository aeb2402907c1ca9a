#include "sql/text_limits.h"

#include <algorithm>
#include <cctype>

#include "sql/duckdb_error.h"
#include "sql/error.h"

namespace kappa::sql {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  Status run() {
    while (at_ < text_.size()) {
      token_ = at_;
      const char c = text_[at_];
      if (std::isspace(static_cast<unsigned char>(c)))
        at_++;
      else if (starts("--"))
        skip_past(text_.find('\n', at_), 1);
      else if (starts("/*"))
        skip_past(text_.find("*/", at_ + 2), 2);
      else
        RETURN_IF_ERROR(token(c));
    }
    return OkStatus();
  }

 private:
  bool starts(std::string_view with) const { return text_.substr(at_, with.size()) == with; }
  void skip_past(size_t found, size_t size) {
    at_ = found == std::string_view::npos ? text_.size() : found + size;
  }

  Status token(char c) {
    if (++tokens_ > kTextTokensMax)
      return refuse(fmt::format("the text has more than {} tokens", kTextTokensMax),
                    "write many rows with COPY, or in several statements");
    const bool is_sign = c == '-' || c == '+';
    signs_ = is_sign ? signs_ + 1 : 0;
    if (c == '\'' || c == '"')
      quoted(c);
    else if (c == '$')
      dollar();
    else if (is_word(c))
      RETURN_IF_ERROR(word());
    else
      nest(c);
    if (std::max(depth_, signs_) > kTextNestingMax)
      return refuse(fmt::format("the text is nested more than {} levels deep", kTextNestingMax));
    return OkStatus();
  }

  void nest(char c) {
    at_++;
    if (c == '(' || c == '[' || c == '{') depth_++;
    if ((c == ')' || c == ']' || c == '}') && depth_ > 0) depth_--;
    if (c == ';') depth_ = 0;
  }

  // 'it''s' is two tokens here, one of DuckDB's. E'\'' has a backslash before a quote.
  void quoted(char mark) {
    const bool has_escapes = mark == '\'' && at_ > 0 && (text_[at_ - 1] | 0x20) == 'e' &&
                             (at_ == 1 || !is_word(text_[at_ - 2]));
    for (at_++; at_ < text_.size() && text_[at_] != mark; at_++)
      if (has_escapes && text_[at_] == '\\') at_++;
    at_ = std::min(at_ + 1, text_.size());
  }

  // $tag$…$tag$, or a parameter.
  void dollar() {
    size_t end = at_ + 1;
    while (end < text_.size() && is_word(text_[end])) end++;
    const bool is_tag = end < text_.size() && text_[end] == '$' &&
                        !std::isdigit(static_cast<unsigned char>(text_[at_ + 1]));
    if (!is_tag) return void(at_ = end);
    const std::string_view tag = text_.substr(at_, end + 1 - at_);
    skip_past(text_.find(tag, end + 1), tag.size());
  }

  Status word() {
    const bool is_number = std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    while (at_ < text_.size() && (is_word(text_[at_]) || (is_number && text_[at_] == '.'))) at_++;
    if (is_number && at_ - token_ > kNumberBytesMax)
      return refuse(fmt::format("a number has more than {} characters", kNumberBytesMax));
    return OkStatus();
  }

  Status refuse(const std::string& what, std::string hint = "") const {
    return make_error({"54001", "statement too complex: " + what, "", std::move(hint),
                       character_at(text_, token_)});
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t token_ = 0;  // where the token that is looked at begins
  size_t tokens_ = 0;
  size_t depth_ = 0;
  size_t signs_ = 0;  // in a row
};

}  // namespace

Status check_text(std::string_view text) { return Scan(text).run(); }

}  // namespace kappa::sql
