#include "data/json_fields.h"

#include <algorithm>

namespace kappa::data {
namespace {

// Undeclared keys are remembered up to here; a topic whose keys are data must not fill the memory.
constexpr size_t kKeysMax = 1024;
constexpr size_t kKeySizeMax = 256;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// A key whose text in JSON is not the name itself is never guessed.
bool needs_escape(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  });
}

}  // namespace

JsonFields::JsonFields(const std::vector<std::string>& names) {
  Key start;
  start.masks[0] = 0xff;  // no key begins with the byte 0
  keys_.push_back(start);
  for (size_t i = 0; i < names.size(); ++i) {
    add_key(names[i], static_cast<int>(i));
    by_lower_name_.emplace(lower(names[i]), static_cast<int>(i));
  }
  for (uint32_t i = 0; i + 1 < keys_.size(); ++i) keys_[i].next = i + 1;
}

uint32_t JsonFields::add_key(std::string_view name, int field) {
  Key key;
  key.field = field;
  const auto quoted = std::string(name) + '"';
  const size_t head = std::min<size_t>(quoted.size(), 16);
  char text[16] = {}, mask[16] = {};
  std::memcpy(text, quoted.data(), head);
  std::memset(mask, 0xff, head);
  std::memcpy(key.words, text, 16);
  std::memcpy(key.masks, mask, 16);
  key.tail = quoted.substr(head);
  if (needs_escape(name)) {
    key.words[0] = 0;
    key.masks[0] = 0xff;
  }
  keys_.push_back(std::move(key));
  const auto index = static_cast<uint32_t>(keys_.size() - 1);
  by_name_.emplace(name, index);
  return index;
}

bool JsonFields::find(const JsonCursor& cursor, int& field) {
  std::string_view name;
  if (!cursor.get_string(name)) return false;
  uint32_t index = 0;
  if (auto found = by_name_.find(std::string(name)); found != by_name_.end()) {
    index = found->second;
    field = keys_[index].field;
  } else {
    auto declared = by_lower_name_.find(lower(name));
    field = declared == by_lower_name_.end() ? kUndeclared : declared->second;
    if (keys_.size() < kKeysMax && name.size() < kKeySizeMax) index = add_key(name, field);
  }
  if (index != 0) {
    keys_[previous_].next = index;
    previous_ = index;
  }
  return true;
}

}  // namespace kappa::data
