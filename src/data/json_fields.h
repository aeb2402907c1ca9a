#pragma once
// Which declared field a JSON key names. The fields of records of one kind mostly come in the same
// order, so each key is first compared with the one that followed its predecessor last time: in the
// common case no key is hashed. Exact names win over names that differ in the case of ASCII
// letters.

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_cursor.h"

namespace kappa::data {

class JsonFields {
 public:
  static constexpr int kUndeclared = -1;
  static constexpr int kInvalid = -2;

  explicit JsonFields(const std::vector<std::string>& names);

  // A place between two keys of an object.
  class Place;
  Place start() const { return Place(keys_.front().get()); }
  // The index of the field that a string token names, kUndeclared if it names none, kInvalid if it
  // is no valid string. Moves behind it.
  int match(JsonToken token, Place& place) {
    Key* guess = place.previous_->next;
    if (!guess->matches(token)) [[unlikely]]
      return find(token, place);
    place.previous_ = guess;
    return guess->field;
  }

 private:
  // A key as it stands in the text, with its closing quote: its first 16 bytes as two masked words.
  struct Key {
    uint64_t words[2] = {0, 0};
    uint64_t masks[2] = {0, 0};
    std::unique_ptr<std::string> tail;  // what is longer, if anything is
    int field = kUndeclared;
    Key* next = this;  // the key that came after this one last time

    bool matches(JsonToken token) const {
      uint64_t first, second;
      std::memcpy(&first, token.begin + 1, 8);
      std::memcpy(&second, token.begin + 9, 8);
      const uint64_t difference =
          ((first ^ words[0]) & masks[0]) | ((second ^ words[1]) & masks[1]);
      return difference == 0 && (tail == nullptr || tail_matches(token));
    }
    bool tail_matches(JsonToken token) const;
  };

 public:
  class Place {
   public:
    explicit Place(Key* previous) : previous_(previous) {}

   private:
    friend class JsonFields;
    Key* previous_;
  };

 private:
  int find(JsonToken token, Place& place);
  Key* add_key(std::string_view name, int field);

  std::string unescaped_;
  std::vector<std::unique_ptr<Key>> keys_;  // 0 stands for the object's start and matches nothing
  absl::flat_hash_map<std::string, Key*> by_name_;       // declared and met
  absl::flat_hash_map<std::string, int> by_lower_name_;  // declared, to fields
};

}  // namespace kappa::data
