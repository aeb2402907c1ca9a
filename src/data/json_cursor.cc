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

const simdjson::internal::dom_parser_implementation& string_parser() {
  static const auto parser = [] {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> made;
    KAPPA_CHECK(!simdjson::get_active_implementation()->create_dom_parser_implementation(
        0, simdjson::DEFAULT_MAX_DEPTH, made));
    return made;
  }();
  return *parser;
}

// Unescapes a string from behind its opening quote. False if an escape is wrong.
bool unescape(const char* begin, const char* end, std::string& out) {
  out.resize(static_cast<size_t>(end - begin) + JsonText::kReadableBeyond);
  auto* first = reinterpret_cast<uint8_t*>(out.data());
  const auto* last = string_parser().parse_string(reinterpret_cast<const uint8_t*>(begin), first);
  if (last == nullptr) return false;
  out.resize(static_cast<size_t>(last - first));
  return is_utf8(out);  // an escaped surrogate without its other half is not
}

}  // namespace

bool read_json_string(JsonToken token, std::string& unescaped, std::string_view& content) {
  if (*token.begin != '"') return false;
  const char* begin = token.begin + 1;
  const char* end = token.end - 1;
  while (is_json_space(*end)) --end;  // stops at the closing quote, at the latest at the opening one
  if (*end != '"' || end < begin) return false;
  content = {begin, static_cast<size_t>(end - begin)};
  if (!may_have_backslash(begin, end)) [[likely]] return true;
  if (!unescape(begin, end, unescaped)) return false;
  content = unescaped;
  return true;
}

struct JsonText::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::string padded;
  const char* text = nullptr;

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
  auto error = state_->reserve(text.size());
  if (error) [[unlikely]] return message_of_error(error);
  auto& parser = *state_->parser;
  error = parser.stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                        simdjson::stage1_mode::regular);
  if (error) [[unlikely]] return message_of_error(error);
  parser.structural_indexes[parser.n_structural_indexes] = static_cast<uint32_t>(text.size());
  return {};
}

JsonCursor JsonText::begin() const {
  const auto* first = state_->parser->structural_indexes.get();
  return {state_->text, first, first + state_->parser->n_structural_indexes};
}

void JsonText::trim() {
  if (state_->parser != nullptr && state_->parser->capacity() > kKeptCapacity) {
    state_ = std::make_unique<State>();
  }
}

struct JsonValidator::State {
  simdjson::dom::parser parser;
};

JsonValidator::JsonValidator() : state_(std::make_unique<State>()) {}
JsonValidator::~JsonValidator() = default;

bool JsonValidator::is_valid(std::string_view text) {
  const bool is_valid =
      state_->parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
  if (text.size() > kKeptCapacity) state_ = std::make_unique<State>();
  return is_valid;
}

bool JsonCursor::skip_value() {
  const char first = peek();
  if (first == '{' || first == '[') return skip_container();
  if (!starts_json_scalar(first)) return false;
  advance();
  return true;
}

bool JsonCursor::skip_container() {
  size_t depth = 0;
  do {
    const char c = peek();
    if (is_at_end()) return false;
    advance();
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  } while (depth > 0);
  return true;
}

}  // namespace kappa::data
