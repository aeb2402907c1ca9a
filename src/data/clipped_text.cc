#include "data/clipped_text.h"

#include <fmt/format.h>

#include <simdjson.h>

#include <algorithm>

namespace kappa::data {
namespace {

constexpr size_t kCharactersMax = 60;

// The bytes of the UTF-8 character that `text` begins with, 1 if that is not one.
size_t character_bytes(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return std::min(size, text.size());
}

}  // namespace

std::string clipped_text(std::string_view text) {
  std::string out;
  for (size_t shown = 0; !text.empty(); ++shown) {
    if (shown == kCharactersMax) return out + "...";
    const auto character = text.substr(0, character_bytes(text));
    const auto first = static_cast<unsigned char>(character[0]);
    if (first < 0x20 || first == 0x7f || !is_utf8(character)) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", first);
      text.remove_prefix(1);
    } else {
      out += character;
      text.remove_prefix(character.size());
    }
  }
  return out;
}

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace kappa::data
