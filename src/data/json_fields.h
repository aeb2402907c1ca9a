#pragma once
// Which declared field a JSON key names. The fields of records of one kind mostly come in the same
// order, so each key is first compared with the one that followed its predecessor last time: in the
// common case no key is hashed. Exact names win over names that differ in the case of ASCII letters.

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_cursor.h"

namespace kappa::data {

class JsonFields {
 public:
  static constexpr int kUndeclared = -1;

  explicit JsonFields(const std::vector<std::string>& names);

  // Before the first key of an object.
  void start() { previous_ = 0; }
  // The index of the field that the string token at the cursor names, kUndeclared if it names none.
  // False if the key is no valid string. Reads 16 bytes from the key's start.
  bool match(const JsonCursor& cursor, int& field) {
    const Key& guess = keys_[keys_[previous_].next];
    if (!guess.matches(cursor.token_begin() + 1, cursor.token_end())) [[unlikely]] {
      return find(cursor, field);
    }
    previous_ = keys_[previous_].next;
    field = guess.field;
    return true;
  }

 private:
  // A key as it stands in the text, with its closing quote: its first 16 bytes as two masked words.
  struct Key {
    uint64_t words[2] = {0, 0};
    uint64_t masks[2] = {0, 0};
    std::string tail;  // what is longer
    int field = kUndeclared;
    uint32_t next = 0;  // the key that came after this one last time

    bool matches(const char* text, const char* end) const {
      uint64_t first, second;
      std::memcpy(&first, text, 8);
      std::memcpy(&second, text + 8, 8);
      const uint64_t difference =
          ((first ^ words[0]) & masks[0]) | ((second ^ words[1]) & masks[1]);
      return difference == 0 && (tail.empty() || tail_matches(text + 16, end));
    }
    bool tail_matches(const char* text, const char* end) const {
      return text < end && static_cast<size_t>(end - text) >= tail.size() &&
             std::memcmp(text, tail.data(), tail.size()) == 0;
    }
  };

  bool find(const JsonCursor& cursor, int& field);
  uint32_t add_key(std::string_view name, int field);

  std::vector<Key> keys_;  // 0 stands for the start of the object and matches nothing
  uint32_t previous_ = 0;
  absl::flat_hash_map<std::string, uint32_t> by_name_;      // declared and met, to keys_
  absl::flat_hash_map<std::string, int> by_lower_name_;     // declared, to fields
};

}  // namespace kappa::data
