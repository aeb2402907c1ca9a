// Any bytes through every codec: no crash, no output beyond the bound.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/compression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kSizeMax = 1 << 20;
  if (size == 0) return 0;
  auto codec = static_cast<kappa::Codec>(data[0] % 5);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto opened = kappa::decompress(codec, bytes, kSizeMax);
  if (opened.ok()) KAPPA_CHECK_LE(opened->size(), kSizeMax);
  auto again = kappa::decompress(codec, kappa::compress(codec, bytes).value(), size);
  KAPPA_CHECK(again.ok() && *again == bytes);
  return 0;
}
