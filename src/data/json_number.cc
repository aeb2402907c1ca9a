#include "data/json_number.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "data/json_cursor.h"

namespace kappa::data {
namespace {

constexpr int64_t kExponentMax = 1'000'000'000;

// Appends the digits from `at` on to the number; returns where they end.
const char* scan_digits(const char* at, const char* end, JsonNumber& number) {
  for (; at != end && is_json_digit(*at); ++at) {
    const auto digit = static_cast<uint64_t>(*at - '0');
    if (number.digit_count >= 19) [[unlikely]] {
      number.is_long |= __builtin_mul_overflow(number.digits, 10, &number.digits);
      number.is_long |= __builtin_add_overflow(number.digits, digit, &number.digits);
    } else {
      number.digits = number.digits * 10 + digit;
    }
    number.digit_count += number.digit_count != 0 || digit != 0;
  }
  return at;
}

// What follows an e or E.
const char* scan_exponent(const char* at, const char* end, JsonNumber& number) {
  const bool is_negative = at != end && *at == '-';
  if (at != end && (*at == '-' || *at == '+')) ++at;
  int64_t exponent = 0;
  for (; at != end && is_json_digit(*at); ++at) {
    exponent = std::min(exponent * 10 + (*at - '0'), kExponentMax);
  }
  number.exponent += is_negative ? -exponent : exponent;
  number.is_integer = false;
  number.has_exponent = true;
  return at;
}

// Whether the whole number lies so near to zero that its exponent alone says so.
bool is_tiny(const JsonNumber& number) { return number.exponent + number.digit_count < 0; }

template <typename T>
bool parse_exactly(const JsonNumber& number, std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return true;
  if (number.digits != 0 && !is_tiny(number)) return false;
  value = number.is_negative ? T(-0.0) : T(0.0);
  return true;
}

}  // namespace

bool scan_any_number(std::string_view text, JsonNumber& number) {
  const char* at = text.data();
  const char* end = at + text.size();
  while (at != end && is_json_space(end[-1])) --end;
  if (at != end && *at == '-') {
    number.is_negative = true;
    ++at;
  }
  const char* integer = at;
  at = scan_digits(at, end, number);
  if (at == integer || (*integer == '0' && at - integer > 1)) return false;
  if (at == end) return true;
  if (*at == '.') {
    const char* fraction = ++at;
    at = scan_digits(at, end, number);
    if (at == fraction) return false;
    number.exponent = fraction - at;
    number.is_integer = false;
  }
  if (at != end && (*at == 'e' || *at == 'E')) {
    at = scan_exponent(at + 1, end, number);
    if (!is_json_digit(at[-1])) return false;
  }
  return at == end;
}

bool to_any_double(const JsonNumber& number, std::string_view text, double& value) {
  return parse_exactly(number, text, value);
}

bool to_float(const JsonNumber& number, std::string_view text, float& value) {
  return parse_exactly(number, text, value);
}

}  // namespace kappa::data
