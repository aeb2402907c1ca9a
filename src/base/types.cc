#include "base/types.h"

namespace kappa {

std::string to_string(const TopicId& id) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  out.reserve(22);
  uint32_t bits = 0;
  int count = 0;
  for (uint8_t byte : id.bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 6) {
      count -= 6;
      out.push_back(kAlphabet[(bits >> count) & 63]);
    }
  }
  out.push_back(kAlphabet[(bits << (6 - count)) & 63]);
  return out;
}

}  // namespace kappa
