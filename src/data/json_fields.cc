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
  keys_.push_back(std::make_unique<Key>());
  keys_[0]->masks[0] = 0xff;  // no key begins with the byte 0
  for (size_t i = 0; i < names.size(); ++i) {
    keys_.back()->next = add_key(names[i], static_cast<int>(i));
    by_lower_name_.emplace(lower(names[i]), static_cast<int>(i));
  }
}

JsonFields::Key* JsonFields::add_key(std::string_view name, int field) {
  auto key = std::make_unique<Key>();
  key->field = field;
  const auto quoted = std::string(name) + '"';
  const size_t head = std::min<size_t>(quoted.size(), 16);
  std::memcpy(key->words, quoted.data(), head);
  std::memset(key->masks, 0xff, head);
  if (head < quoted.size()) key->tail = std::make_unique<std::string>(quoted.substr(head));
  if (needs_escape(name)) {
    key->words[0] = 0;
    key->masks[0] = 0xff;
  }
  keys_.push_back(std::move(key));
  by_name_.emplace(name, keys_.back().get());
  return keys_.back().get();
}

bool JsonFields::Key::tail_matches(JsonToken token) const {
  return token.raw().size() > 17 && token.raw().substr(17).starts_with(*tail);
}

int JsonFields::find(JsonToken token, Place& place) {
  std::string_view name;
  if (!read_json_string(token, unescaped_, name)) return kInvalid;
  Key* key = nullptr;
  int field = kUndeclared;
  if (auto found = by_name_.find(std::string(name)); found != by_name_.end()) {
    key = found->second;
    field = key->field;
  } else {
    auto declared = by_lower_name_.find(lower(name));
    if (declared != by_lower_name_.end()) field = declared->second;
    if (keys_.size() < kKeysMax && name.size() < kKeySizeMax) key = add_key(name, field);
  }
  if (key != nullptr) {
    place.previous_->next = key;
    place.previous_ = key;
  }
  return field;
}

}  // namespace kappa::data
