#include "data/iso_time.h"

#include <cstring>

namespace kappa::data {
namespace {

constexpr size_t kDateSize = 10;      // 2013-01-31
constexpr size_t kDateTimeSize = 19;  // 2013-01-31T10:15:00

constexpr uint64_t kEachByte = 0x0101010101010101;

// Eight characters of the form `pattern`, in which 0 stands for a digit and the rest for itself: in
// byte i of the result is what the digits i and i + 1 say. Gives 0xff in every byte for another
// form.
uint64_t read_pairs(const char* text, const char (&pattern)[9], uint64_t separators) {
  uint64_t word, form;
  std::memcpy(&word, text, 8);
  std::memcpy(&form, pattern, 8);
  word ^= form;  // digits become 0 to 9, separators 0
  const uint64_t not_digits = ((word + 0x76 * kEachByte) | word) & (0x80 * kEachByte);
  if ((not_digits | (word & separators)) != 0) return ~uint64_t{0};
  return word * 10 + (word >> 8);
}

unsigned byte_of(uint64_t word, int index) { return (word >> (8 * index)) & 0xff; }

// Two digits as a number; above 99 if one of them is none.
unsigned two_digits(const char* text) {
  const unsigned tens = static_cast<unsigned char>(text[0] - '0');
  const unsigned ones = static_cast<unsigned char>(text[1] - '0');
  return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

bool is_leap_year(unsigned year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_of_month(unsigned year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

// Days since 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that the
// leap day comes last; before month m of that year lie (153 m + 2) / 5 days.
int32_t days_since_epoch(unsigned year, unsigned month, unsigned day) {
  const unsigned march_year = month > 2 ? year : year - 1;
  const unsigned march_month = month > 2 ? month - 3 : month + 9;
  const unsigned leap_days = march_year / 4 - march_year / 100 + march_year / 400;
  const unsigned day_of_year = (153 * march_month + 2) / 5 + day - 1;
  constexpr int32_t kDaysToEpoch = 719468;  // from 0000-03-01
  return static_cast<int32_t>(march_year * 365 + leap_days + day_of_year) - kDaysToEpoch;
}

// `text` has at least kDateSize characters.
bool parse_date(const char* text, int32_t& days) {
  const uint64_t pairs = read_pairs(text, "0000-00-", 0xff0000ff00000000);
  const unsigned year = byte_of(pairs, 0) * 100 + byte_of(pairs, 2);
  const unsigned month = byte_of(pairs, 5), day = two_digits(text + 8);
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) {
    return false;
  }
  days = days_since_epoch(year, month, day);
  return true;
}

// .123 as nanoseconds.
bool parse_fraction(std::string_view text, IsoTimestamp& timestamp) {
  if (text.empty()) return true;
  if (text[0] != '.' || text.size() < 2 || text.size() > 10) return false;
  int32_t value = 0;
  for (size_t i = 1; i < 10; ++i) {
    const unsigned digit = i < text.size() ? static_cast<unsigned char>(text[i] - '0') : 0;
    if (digit > 9) return false;
    value = value * 10 + static_cast<int32_t>(digit);
  }
  timestamp.nanoseconds = value;
  timestamp.fraction_digits = static_cast<int>(text.size() - 1);
  return true;
}

}  // namespace

bool parse_iso_date(std::string_view text, int32_t& days) {
  return text.size() == kDateSize && parse_date(text.data(), days);
}

bool parse_iso_timestamp(std::string_view text, IsoTimestamp& timestamp) {
  if (text.size() < kDateTimeSize) return false;
  const char* at = text.data();
  int32_t days;
  if (!parse_date(at, days)) return false;
  if (at[10] != 'T' && at[10] != ' ') return false;
  const uint64_t pairs = read_pairs(at + 11, "00:00:00", 0x0000ff0000ff0000);
  const unsigned hour = byte_of(pairs, 0), minute = byte_of(pairs, 3), second = byte_of(pairs, 6);
  if (hour > 23 || minute > 59 || second > 59) return false;
  timestamp.seconds = int64_t{days} * 86400 + hour * 3600 + minute * 60 + second;
  timestamp.nanoseconds = 0;
  timestamp.fraction_digits = 0;
  text.remove_prefix(kDateTimeSize);
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  return parse_fraction(text, timestamp);
}

}  // namespace kappa::data
