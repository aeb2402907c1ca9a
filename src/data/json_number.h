#pragma once
// The numbers of JSON, read once and exactly: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?

#include <cstdint>
#include <string_view>

namespace kappa::data {

// A number as (-1)^is_negative * digits * 10^exponent.
struct JsonNumber {
  uint64_t digits = 0;       // of the integer part and the fraction; wrong if is_long
  int64_t exponent = 0;      // saturated far beyond what any type can hold
  bool is_negative = false;
  bool is_integer = true;    // has neither fraction nor exponent
  bool is_long = false;      // the digits do not fit
  bool has_exponent = false;
  uint32_t digit_count = 0;  // without leading zeros
};

// Reads `text`, which may end in white space. False if it is no JSON number.
bool scan_number(std::string_view text, JsonNumber& number);

// The double nearest to the number that scan_number() read from `text`. False if that is beyond the
// largest double.
bool to_double(const JsonNumber& number, std::string_view text, double& value);
// The same for float, rounded once.
bool to_float(const JsonNumber& number, std::string_view text, float& value);

}  // namespace kappa::data
