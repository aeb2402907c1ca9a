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

}  // namespace

bool unescape_json_string(JsonToken token, std::string& unescaped) {
  unescaped.resize(token.raw().size() + JsonText::kReadableBeyond);
  auto* first = reinterpret_cast<uint8_t*>(unescaped.data());
  const auto* last =
      string_parser().parse_string(reinterpret_cast<const uint8_t*>(token.begin + 1), first);
  if (last == nullptr) return false;
  unescaped.resize(static_cast<size_t>(last - first));
  return is_utf8(unescaped);  // an escaped surrogate without its other half is not
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
  if (error) [[unlikely]]
    return message_of_error(error);
  auto& parser = *state_->parser;
  error = parser.stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                        simdjson::stage1_mode::regular);
  if (error) [[unlikely]]
    return message_of_error(error);
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
  const bool is_valid = state_->parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
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
