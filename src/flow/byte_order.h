#pragma once
// Comparing many strings of bytes that begin alike: what all have in common is skipped, and the
// eight bytes behind it are compared as one number. Only ties go on to memcmp.

#include <algorithm>
#include <string_view>

#include "base/bytes.h"

namespace kappa::flow {

// How many bytes both begin with alike.
inline size_t common_prefix(std::string_view a, std::string_view b) {
  size_t end = std::min(a.size(), b.size());
  size_t i = 0;
  while (i + 8 <= end && std::memcmp(a.data() + i, b.data() + i, 8) == 0) i += 8;
  while (i < end && a[i] == b[i]) ++i;
  return i;
}

// The eight bytes from `offset` on (zeros behind the end) as a number that orders like them.
inline uint64_t prefix_at(std::string_view bytes, size_t offset) {
  if (bytes.size() >= offset + 8) return load_big_endian<uint64_t>(bytes.data() + offset);
  char padded[8] = {};
  if (bytes.size() > offset) std::memcpy(padded, bytes.data() + offset, bytes.size() - offset);
  return load_big_endian<uint64_t>(padded);
}

// Equality, without a call for the short keys that most groups have.
inline bool equal_bytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.size() < 8 || a.size() > 16) return a == b;
  auto load = [](const char* p) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    return v;
  };
  return load(a.data()) == load(b.data()) &&
         load(a.data() + a.size() - 8) == load(b.data() + b.size() - 8);
}

}  // namespace kappa::flow
