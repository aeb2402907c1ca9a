#pragma once
// The numbers of JSON, read once and exactly: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kappa::data {

// A number as (-1)^is_negative * digits * 10^exponent.
struct JsonNumber {
  uint64_t digits = 0;   // of the integer part and the fraction; wrong if is_long
  int64_t exponent = 0;  // saturated far beyond what any type can hold
  bool is_negative = false;
  bool is_integer = true;  // has neither fraction nor exponent
  bool is_long = false;    // the digits do not fit
  bool has_exponent = false;
  uint32_t digit_count = 0;  // at least those from the first that is not 0 on
};

inline bool is_json_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

inline constexpr uint64_t kPowersOfTenTo8[] = {1,       10,        100,        1'000,      10'000,
                                               100'000, 1'000'000, 10'000'000, 100'000'000};

// The digits of a run, appended to `value` and counted by moving `at` behind them: eight at a time
// and without a branch on how many there are, which no processor could predict. Reads up to 7 bytes
// beyond the run. Wrong for more than 19 digits.
[[gnu::always_inline]] inline uint64_t read_digits(const char*& at, uint64_t value) {
  for (;;) {
    uint64_t eight;
    std::memcpy(&eight, at, 8);
    eight ^= 0x3030303030303030;  // digits become 0 to 9
    const uint64_t others = ((eight + 0x7676767676767676) | eight) & 0x8080808080808080;
    const auto count = others == 0 ? 8 : std::countr_zero(others) / 8;
    at += count;
    if (count == 0) return value;
    eight <<= 64 - 8 * count;           // zeros lead
    eight = eight * 10 + (eight >> 8);  // pairs, in every second byte
    constexpr uint64_t kPairs = 0x000000ff000000ff;
    const uint64_t high = (eight & kPairs) * (100 + (uint64_t{1'000'000} << 32));
    const uint64_t low = ((eight >> 16) & kPairs) * (1 + (uint64_t{10'000} << 32));
    value = value * kPowersOfTenTo8[count] + ((high + low) >> 32);
    if (count < 8) return value;
  }
}

// Reads `text`, which may end in white space and is followed by a byte that is no digit and seven
// more that may be read (any token of a JsonText). False if it is no JSON number.
bool scan_any_number(std::string_view text, JsonNumber& number);

// The same; the common forms at once.
[[gnu::always_inline]] inline bool scan_number(std::string_view text, JsonNumber& number) {
  const char* at = text.data();
  const char* end = at + text.size();
  const bool is_negative = *at == '-';
  at += is_negative;
  const char* integer = at;
  uint64_t digits = read_digits(at, 0);
  auto digit_count = at - integer;
  int64_t exponent = 0;
  bool is_common = digit_count != 0 && (*integer != '0' || digit_count == 1);
  const bool is_integer = *at != '.';
  if (!is_integer) {
    const char* fraction = ++at;
    digits = read_digits(at, digits);
    exponent = fraction - at;
    digit_count -= exponent;
    is_common &= exponent != 0;
  }
  if (!is_common || at != end || digit_count > 19) [[unlikely]]
    return scan_any_number(text, number);
  number = {
      digits, exponent, is_negative, is_integer, false, false, static_cast<uint32_t>(digit_count)};
  return true;
}

// 10^0 to 10^22 are exact doubles.
inline constexpr double kExactPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool to_any_double(const JsonNumber& number, std::string_view text, double& value);

// The double nearest to the number that scan_number() read from `text`. False if that is beyond the
// largest double.
inline bool to_double(const JsonNumber& number, std::string_view text, double& value) {
  // Clinger's fast path: two exact doubles, one rounding.
  if (number.is_long || number.digits > uint64_t{1} << 53 || number.exponent < -22 ||
      number.exponent > 22) [[unlikely]] {
    return to_any_double(number, text, value);
  }
  value = static_cast<double>(static_cast<int64_t>(number.digits));
  value = number.exponent < 0 ? value / kExactPowersOfTen[-number.exponent]
                              : value * kExactPowersOfTen[number.exponent];
  if (number.is_negative) value = -value;
  return true;
}
// The same for float, rounded once.
bool to_float(const JsonNumber& number, std::string_view text, float& value);

}  // namespace kappa::data
