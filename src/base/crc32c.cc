#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__) && defined(__PCLMUL__)
#include <nmmintrin.h>
#include <wmmintrin.h>
#define KAPPA_CRC32C_HARDWARE
#endif

namespace kappa {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected: bit 31 is x^0

constexpr uint32_t times_x(uint32_t v) { return (v >> 1) ^ ((v & 1) != 0 ? kPolynomial : 0); }

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t v = i;
    for (int bit = 0; bit < 8; ++bit) v = times_x(v);
    table[i] = v;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kTable = make_table();

#ifdef KAPPA_CRC32C_HARDWARE

uint64_t load_u64(const char* p) {
  uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// x^(8 * bytes - 33) mod P: the factor that moves a checksum over `bytes` more bytes. The 33: the
// product of two reflected values is one bit short, and the CRC instruction multiplies by x^32.
constexpr uint32_t shift_factor(int bytes) {
  uint32_t v = 0x80000000;
  for (int i = 0; i < 8 * bytes - 33; ++i) v = times_x(v);
  return v;
}

uint64_t shift(uint64_t crc, uint32_t factor) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(crc)),
                                         _mm_cvtsi64_si128(factor), 0);
  return _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(product)));
}

// Consumes blocks of 3 * kStream bytes; returns the new state.
template <int kStream>
uint64_t take_triples(uint64_t a, const char*& p, size_t& size) {
  constexpr uint32_t kOne = shift_factor(kStream);
  constexpr uint32_t kTwo = shift_factor(2 * kStream);
  while (size >= 3 * kStream) {
    uint64_t b = 0;
    uint64_t c = 0;
    for (const char* end = p + kStream; p < end; p += 8) {
      a = _mm_crc32_u64(a, load_u64(p));
      b = _mm_crc32_u64(b, load_u64(p + kStream));
      c = _mm_crc32_u64(c, load_u64(p + 2 * kStream));
    }
    a = shift(a, kTwo) ^ shift(b, kOne) ^ c;
    p += 2 * kStream;
    size -= 3 * kStream;
  }
  return a;
}

#endif

}  // namespace

uint32_t crc32c_extend_by_table(uint32_t crc, std::string_view bytes) {
  crc = ~crc;
  for (char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

uint32_t crc32c_extend(uint32_t crc, std::string_view bytes) {
#ifdef KAPPA_CRC32C_HARDWARE
  const char* p = bytes.data();
  size_t size = bytes.size();
  uint64_t state = static_cast<uint32_t>(~crc);
  state = take_triples<2048>(state, p, size);
  state = take_triples<128>(state, p, size);
  for (; size >= 8; size -= 8, p += 8) state = _mm_crc32_u64(state, load_u64(p));
  auto small = static_cast<uint32_t>(state);
  for (; size > 0; --size, ++p) small = _mm_crc32_u8(small, static_cast<uint8_t>(*p));
  return ~small;
#else
  return crc32c_extend_by_table(crc, bytes);
#endif
}

uint32_t crc32c(std::string_view bytes) { return crc32c_extend(0, bytes); }

}  // namespace kappa
