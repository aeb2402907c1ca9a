#include "data/json_cursor.h"

#include <simdjson.h>

#include <cstring>

#include "base/check.h"
#include "data/clipped_text.h"

namespace kappa::data {
namespace {

static_assert(JsonText::kReadableBeyond >= simdjson::SIMDJSON_PADDING);

// What is kept between texts.
constexpr size_t kKeptCapacity = 4 << 20;

// Eight bytes at a time; may look at up to seven bytes behind the end, where a backslash only means
// that the careful way is taken for nothing.
bool may_have_backslash(const char* begin, const char* end) {
  constexpr uint64_t kLow = 0x0101010101010101, kHigh = 0x8080808080808080;
  for (; begin < end; begin += 8) {
    uint64_t word;
    std::memcpy(&word, begin, 8);
    const uint64_t zero_if_backslash = word ^ (kLow * '\\');
    if (((zero_if_backslash - kLow) & ~zero_if_backslash & kHigh) != 0) return true;
  }
  return false;
}

std::string_view message_of_error(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "empty value";
    case simdjson::UTF8_ERROR:
      return "invalid UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "malformed JSON: unclosed string";
    case simdjson::UNESCAPED_CHARS:
      return "malformed JSON: control character in a string";
    default:
      return simdjson::error_message(error);
  }
}

}  // namespace

struct JsonText::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  simdjson::dom::parser validator;
  std::string padded;
  std::string unescaped;
  const char* text = nullptr;
  size_t size = 0;

  simdjson::error_code reserve(size_t capacity) {
    if (parser == nullptr) {
      return simdjson::get_active_implementation()->create_dom_parser_implementation(
          capacity, simdjson::DEFAULT_MAX_DEPTH, parser);
    }
    if (parser->capacity() >= capacity) return simdjson::SUCCESS;
    return parser->allocate(capacity, simdjson::DEFAULT_MAX_DEPTH);
  }
};

JsonText::JsonText() : state_(std::make_unique<State>()) {}
JsonText::~JsonText() = default;

std::string_view JsonText::open(std::string_view text, size_t readable_beyond) {
  if (text.size() > kSizeMax) return "value is larger than 64 MiB";
  if (text.empty()) return message_of_error(simdjson::EMPTY);
  if (readable_beyond < kReadableBeyond) {
    state_->padded.resize(text.size() + kReadableBeyond);
    std::memcpy(state_->padded.data(), text.data(), text.size());
    text = {state_->padded.data(), text.size()};
  }
  state_->text = text.data();
  state_->size = text.size();
  auto error = state_->reserve(text.size());
  if (error) [[unlikely]] return message_of_error(error);
  auto& parser = *state_->parser;
  error = parser.stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                        simdjson::stage1_mode::regular);
  if (error) [[unlikely]] return message_of_error(error);
  parser.structural_indexes[parser.n_structural_indexes] = static_cast<uint32_t>(text.size());
  return {};
}

JsonCursor JsonText::begin() {
  const auto& parser = *state_->parser;
  return {*this, state_->text, parser.structural_indexes.get(), parser.n_structural_indexes};
}

bool JsonText::is_valid(std::string_view text) {
  return state_->validator.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

void JsonText::trim() {
  if (state_->parser != nullptr && state_->parser->capacity() > kKeptCapacity) {
    state_ = std::make_unique<State>();
  }
}

const std::string* JsonText::unescape(const char* begin, const char* end) {
  auto& out = state_->unescaped;
  out.resize(static_cast<size_t>(end - begin) + kReadableBeyond);
  auto* first = reinterpret_cast<uint8_t*>(out.data());
  const auto* last = state_->parser->parse_string(reinterpret_cast<const uint8_t*>(begin), first);
  if (last == nullptr) return nullptr;
  out.resize(static_cast<size_t>(last - first));
  return is_utf8(out) ? &out : nullptr;  // an escaped surrogate alone is none
}

std::string_view JsonCursor::rest() const {
  if (is_at_end()) return {};
  return {token_begin(), static_cast<size_t>(text_ + *end_ - token_begin())};
}

bool JsonCursor::take_null() {
  if (peek() != 'n' || token() != "null") return false;
  advance();
  return true;
}

bool JsonCursor::get_string(std::string_view& content) const {
  if (peek() != '"') return false;
  const char* begin = token_begin() + 1;
  const char* end = token_end() - 1;
  while (is_json_space(*end)) --end;  // stops at the closing quote, at the latest at the opening one
  if (*end != '"' || end < begin) return false;
  if (may_have_backslash(begin, end)) [[unlikely]] {
    const auto* unescaped = owner_->unescape(begin, end);
    if (unescaped == nullptr) return false;
    content = *unescaped;
  } else {
    content = {begin, static_cast<size_t>(end - begin)};
  }
  return true;
}

bool JsonCursor::is_valid_text(std::string_view text) const { return owner_->is_valid(text); }

bool JsonCursor::skip_value() {
  const char first = take();
  if (first == '{' || first == '[') return skip_container();
  return first == '"' || first == 't' || first == 'f' || first == 'n' || first == '-' ||
         (first >= '0' && first <= '9');
}

bool JsonCursor::skip_container() {
  for (size_t depth = 1; depth > 0;) {
    if (is_at_end()) return false;
    const char c = take();
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  return true;
}

}  // namespace kappa::data
