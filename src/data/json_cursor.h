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
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace kappa::data {

inline bool is_json_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Whether a string, number or literal may start so.
inline bool starts_json_scalar(char c) {
  return c == '"' || c == 't' || c == 'f' || c == 'n' || c == '-' || (c >= '0' && c <= '9');
}

// One token, with the white space that follows it. Never empty. JsonText::kReadableBeyond bytes
// behind `end` may be read, the first of which belongs to another token or is white space.
struct JsonToken {
  const char* begin;
  const char* end;

  std::string_view raw() const { return {begin, static_cast<size_t>(end - begin)}; }
  // Without the white space.
  std::string_view text() const {
    const char* last = end;
    while (is_json_space(last[-1])) --last;
    return {begin, static_cast<size_t>(last - begin)};
  }
};

// Whether a backslash lies between the two. Eight bytes at a time: one behind the end may count
// too, which only means that the careful way is taken for nothing.
inline bool may_have_backslash(const char* begin, const char* end) {
  constexpr uint64_t kLow = 0x0101010101010101, kHigh = 0x8080808080808080;
  uint64_t found = 0;
  for (; begin < end; begin += 8) {
    uint64_t word;
    std::memcpy(&word, begin, 8);
    word ^= kLow * '\\';
    found |= (word - kLow) & ~word & kHigh;
  }
  return found != 0;
}

// Unescapes the string `token`. False if an escape is not allowed.
bool unescape_json_string(JsonToken token, std::string& unescaped);

// The content of a string token. Where it has escapes it is put into `unescaped`, else the view is
// into the text. False if the token is not a string or has an escape that is not allowed.
inline bool read_json_string(JsonToken token, std::string& unescaped, std::string_view& content) {
  const char* end = token.end - 1;
  while (is_json_space(*end)) --end;
  if (*token.begin != '"' || *end != '"' || end == token.begin) [[unlikely]]
    return false;
  content = {token.begin + 1, static_cast<size_t>(end - token.begin - 1)};
  if (!may_have_backslash(token.begin + 1, end)) [[likely]]
    return true;
  if (!unescape_json_string({token.begin, end + 1}, unescaped)) return false;
  content = unescaped;
  return true;
}

// Points at a token. Copies are cheap. Valid as long as the JsonText keeps its text.
class JsonCursor {
 public:
  JsonCursor(const char* text, const uint32_t* first, const uint32_t* end)
      : text_(text), next_(first), end_(end) {}

  bool is_at_end() const { return next_ == end_; }
  // How many tokens are left.
  size_t size() const { return static_cast<size_t>(end_ - next_); }
  // The first character of the token; 0 at the end.
  char peek() const { return is_at_end() ? '\0' : text_[*next_]; }
  void advance(size_t count = 1) { next_ += count; }

  // The token `ahead` tokens further on, and its first character. That token must exist.
  JsonToken token(size_t ahead = 0) const { return {at(ahead), at(ahead + 1)}; }
  const char* at(size_t ahead) const { return text_ + next_[ahead]; }

  // From the token to the end of the text.
  std::string_view rest() const { return {at(0), static_cast<size_t>(text_ + *end_ - at(0))}; }
  size_t position() const { return *next_; }

  // Moves past a value of which nothing is wanted. Its brackets must close; what lies between them
  // is not looked at. False if no value starts here or the text ends in it.
  bool skip_value();

 private:
  bool skip_container();

  const char* text_;
  const uint32_t* next_;
  const uint32_t* end_;  // *end_ is the size of the text
};

// Owns the buffers of the first stage; one per decoder, used for one text at a time.
class JsonText {
 public:
  // Texts above this are refused: the first stage needs memory of about 6 times the text.
  static constexpr size_t kSizeMax = 64 << 20;
  // Reading may touch so many bytes behind the text (it never uses them).
  static constexpr size_t kReadableBeyond = 64;

  JsonText();
  ~JsonText();

  // Runs the first stage over `text`, which is copied if fewer than kReadableBeyond bytes behind it
  // may be read. An empty answer is success, else it says what is wrong.
  std::string_view open(std::string_view text, size_t readable_beyond);
  // The first token of the opened text.
  JsonCursor begin() const;
  // Gives back the memory that a large text needed.
  void trim();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Checks JSON texts in every part. Keeps buffers; confined to one thread.
class JsonValidator {
 public:
  JsonValidator();
  ~JsonValidator();
  // Whether `text` is one JSON value and nothing else, nested at most 1,024 deep.
  bool is_valid(std::string_view text);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kappa::data
