#pragma once
// What the generated messages are made of: a message is a plain struct, and beside it a tuple of
// descriptors, one per field in wire order, that says in which versions the field exists, in which
// it may be null, and its tag. The codec walks these; nothing else knows the wire, so nothing else
// includes them.

#include <cstdint>
#include <limits>
#include <string_view>

#include "base/types.h"
#include "env/file_range.h"

namespace kappa::kafka {

inline constexpr int16_t kLatest = std::numeric_limits<int16_t>::max();

// A range of versions, both ends included.
struct Versions {
  int16_t first = 0;
  int16_t last = kLatest;

  constexpr bool contains(int16_t version) const { return first <= version && version <= last; }
};
inline constexpr Versions kNever{1, 0};

// Bytes, or records: a view into what owns them, in requests and in responses. In a response they
// may also be part of a file, which is sent in their place.
struct Bytes {
  std::string_view data;
  const env::FileRange* range = nullptr;  // data is empty then

  size_t size() const { return range != nullptr ? range->size_bytes : data.size(); }

  friend bool operator==(const Bytes&, const Bytes&) = default;
};

template <typename Struct, typename Member>
struct Field {
  const char* name;
  Member Struct::*member;
  Versions versions;
  Versions nullable;
  int tag;  // -1: not a tagged field
};

template <typename Struct, typename Member>
constexpr Field<Struct, Member> field(const char* name, Member Struct::*member,
                                      Versions versions = {}, Versions nullable = kNever,
                                      int tag = -1) {
  return {name, member, versions, nullable, tag};
}

// kValue: the descriptors of a T, as a std::tuple. Of a generated T in messages/…_fields.h.
template <typename T>
struct FieldsOf {};
template <typename T>
requires requires { T::kFields; }
struct FieldsOf<T> {
  static constexpr const auto& kValue = T::kFields;
};

struct MessageInfo {
  int16_t api_key;
  const char* api_name;
  Versions versions;
  Versions flexible;  // versions with compact lengths and tagged fields
};

}  // namespace kappa::kafka
