#pragma once
// Of each key the offset of its newest record, in memory of a fixed size: what a compaction knows.
// Keys are kept as 16 bytes of SipHash-128 under a random key, 24 bytes an entry; open addressing
// at most nine tenths full. Two keys with the same hash would be one key and the older record lost:
// at a billion keys that has a chance of 1 to 10^20, and who does not know the key cannot search
// for it. Thread-compatible.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace kappa::log {

using HashKey = std::array<uint64_t, 2>;
// SipHash-2-4 with 128 bits (Aumasson and Bernstein).
std::array<uint64_t, 2> siphash_128(const HashKey& key, std::string_view bytes);

class OffsetMap {
 public:
  // Takes at most memory_bytes, less when there can be only so many keys.
  OffsetMap(size_t memory_bytes, int64_t keys_max, HashKey hash_key);

  // Sets the key's offset. False: it is a new key and there is no room.
  bool put(std::string_view key, Offset offset);
  // Offset(-1) when the key was not put.
  Offset find(std::string_view key) const;

  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

 private:
  struct Entry {
    std::array<uint64_t, 2> hash{};
    int64_t offset = -1;  // -1: free
  };
  // The hash's entry, or the free one where it belongs.
  size_t slot_of(const std::array<uint64_t, 2>& hash) const;

  const HashKey hash_key_;
  std::vector<Entry> entries_;
  size_t capacity_;
  size_t size_ = 0;
};

}  // namespace kappa::log
