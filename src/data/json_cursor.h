#pragma once
// A JSON text as a sequence of tokens, walked once from front to back.
//
// simdjson's first stage checks the UTF-8, the quotes and the control characters of the whole text
// and lists where each token begins: the six structural characters { } [ ] : , and the first
// character of every string, number and literal. The cursor walks over that list. simdjson's own
// on-demand walk is not used, because what it answers for a malformed text can depend on the bytes
// that lie behind it in the buffer, while our rows must be a function of the record alone; a walk
// of our own checks every step and never looks further than the last token.
//
//   {"id": 17, "name": "ada"}
//   ^^   ^ ^ ^ ^     ^ ^    ^      tokens; a token's text reaches to the next one, less white space

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kappa::data {

class JsonText;

// Points at a token. Copies are cheap. Valid as long as the JsonText keeps its text.
class JsonCursor {
 public:
  JsonCursor(JsonText& owner, const char* text, const uint32_t* first, size_t count)
      : owner_(&owner), text_(text), next_(first), end_(first + count) {}

  bool is_at_end() const { return next_ == end_; }
  // The first character of the token; 0 at the end.
  char peek() const { return is_at_end() ? '\0' : text_[*next_]; }
  // The same, and moves on.
  char take() { return is_at_end() ? '\0' : text_[*next_++]; }
  void advance() { ++next_; }

  // The token's text with the white space that follows it. Not at the end.
  const char* token_begin() const { return text_ + next_[0]; }
  const char* token_end() const { return text_ + next_[1]; }
  std::string_view raw_token() const {
    return {token_begin(), static_cast<size_t>(token_end() - token_begin())};
  }
  // The token without white space.
  std::string_view token() const;
  // From the token to the end of the text; for messages.
  std::string_view rest() const;
  size_t position() const { return *next_; }

  // Whether the token is the literal null; moves on if so.
  bool take_null();
  // The content of a string token, unescaped; does not move on. The view is valid until the next
  // call. False if the token is not a string or has an escape that is not allowed.
  bool get_string(std::string_view& content) const;
  // Whether `text`, a part of this one, is a whole JSON value, every part of it checked.
  bool is_valid_text(std::string_view text) const;
  // Moves past a value of which nothing is wanted. Its brackets must close; what lies between them
  // is not looked at. False if no value starts here or the text ends in it.
  bool skip_value();

 private:
  bool skip_container();

  JsonText* owner_;
  const char* text_;
  const uint32_t* next_;
  const uint32_t* end_;  // *end_ is the size of the text
};

// Owns the buffers of the first stage; one per decoder, used for one text at a time.
class JsonText {
 public:
  // Texts above this are refused: the first stage needs memory of about 6 times the text.
  static constexpr size_t kSizeMax = 64 << 20;
  // The walk may read so many bytes behind the text (it never uses them).
  static constexpr size_t kReadableBeyond = 64;

  JsonText();
  ~JsonText();

  // Runs the first stage over `text`, which is copied if fewer than kReadableBeyond bytes behind it
  // may be read. An empty answer is success, else it says what is wrong.
  std::string_view open(std::string_view text, size_t readable_beyond);
  // The first token of the opened text.
  JsonCursor begin();
  // Memory for large texts is given back.
  void trim();

 private:
  friend class JsonCursor;
  bool is_valid(std::string_view text);
  // Unescapes a string from behind its opening quote; null if an escape is wrong.
  const std::string* unescape(const char* begin, const char* end);

  struct State;
  std::unique_ptr<State> state_;
};

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

inline std::string_view JsonCursor::token() const {
  const char* end = token_end();
  while (is_json_space(end[-1])) --end;
  return {token_begin(), static_cast<size_t>(end - token_begin())};
}

}  // namespace kappa::data
