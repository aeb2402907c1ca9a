#pragma once
// The hash of encoded keys: for hash tables and for the exchange between workers. The same on every
// machine and in every run. Multiply-fold over 16 bytes at a time (the idea of wyhash, by Wang Yi).

#include <cstdint>
#include <cstring>
#include <string_view>

namespace kappa::flow {

namespace hash_internal {

inline uint64_t load8(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, 8);
  return v;
}

// Up to 8 bytes, zero-padded.
inline uint64_t load_tail(const char* p, size_t size) {
  uint64_t v = 0;
  std::memcpy(&v, p, size);
  return v;
}

inline uint64_t fold(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr uint64_t kSeedA = 0x9e3779b97f4a7c15;
constexpr uint64_t kSeedB = 0xd6e8feb86659fd93;

}  // namespace hash_internal

inline uint64_t hash_bytes(std::string_view bytes) {
  using namespace hash_internal;
  const char* p = bytes.data();
  size_t size = bytes.size();
  uint64_t state = kSeedA ^ size;
  while (size > 16) {
    state = fold(load8(p) ^ state, load8(p + 8) ^ kSeedB);
    p += 16;
    size -= 16;
  }
  uint64_t a = 0;
  uint64_t b = 0;
  if (size >= 8) {  // two loads that overlap
    a = load8(p);
    b = load8(p + size - 8);
  } else if (size > 0) {
    a = load_tail(p, size);
  }
  return fold(fold(a ^ state, b ^ kSeedB), kSeedA);
}

}  // namespace kappa::flow
