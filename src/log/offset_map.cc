#include "log/offset_map.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace kappa::log {
namespace {

constexpr size_t kEntriesMin = 16;

struct SipState {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1, v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1, v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void take(uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  }
  uint64_t finish(uint64_t& changed, uint64_t with) {
    changed ^= with;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

uint64_t load_word(const char* bytes, size_t count) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, count);  // little endian, as the algorithm has it
  return word;
}

}  // namespace

std::array<uint64_t, 2> siphash_128(const HashKey& key, std::string_view bytes) {
  SipState state{key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
                 key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u};
  state.v1 ^= 0xee;
  const size_t whole = bytes.size() / 8 * 8;
  for (size_t i = 0; i < whole; i += 8) state.take(load_word(bytes.data() + i, 8));
  const uint64_t length = static_cast<uint64_t>(bytes.size()) << 56;
  state.take(length | load_word(bytes.data() + whole, bytes.size() - whole));
  const uint64_t first = state.finish(state.v2, 0xee);
  return {first, state.finish(state.v1, 0xdd)};
}

OffsetMap::OffsetMap(size_t memory_bytes, int64_t keys_max, HashKey hash_key)
    : hash_key_(hash_key) {
  size_t count = memory_bytes / sizeof(Entry);
  const auto keys = static_cast<size_t>(std::max<int64_t>(keys_max, 0));
  if (keys < count / 2) count = keys + keys / 4 + 1;
  entries_.resize(std::max(count, kEntriesMin));
  capacity_ = entries_.size() * 9 / 10;
}

size_t OffsetMap::slot_of(const std::array<uint64_t, 2>& hash) const {
  // The product's upper half spreads the hash over the table without a division.
  auto slot =
      static_cast<size_t>((static_cast<unsigned __int128>(hash[0]) * entries_.size()) >> 64);
  while (entries_[slot].offset >= 0 && entries_[slot].hash != hash)
    slot = slot + 1 == entries_.size() ? 0 : slot + 1;
  return slot;
}

bool OffsetMap::put(std::string_view key, Offset offset) {
  const auto hash = siphash_128(hash_key_, key);
  Entry& entry = entries_[slot_of(hash)];
  if (entry.offset < 0) {
    if (size_ == capacity_) return false;
    ++size_;
  }
  entry = {hash, offset.value};
  return true;
}

Offset OffsetMap::find(std::string_view key) const {
  return Offset(entries_[slot_of(siphash_128(hash_key_, key))].offset);
}

}  // namespace kappa::log
