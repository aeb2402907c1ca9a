#pragma once
// Dates and times in the form that machines write them (ISO 8601), read fast. What is not in this
// form is left to DuckDB's own, more tolerant parsing.

#include <cstdint>
#include <string_view>

namespace kappa::data {

// 2013-01-31 as days since 1970-01-01. False for any other form, or a day that does not exist.
bool parse_iso_date(std::string_view text, int32_t& days);

// 2013-01-31T10:15:00 with T or a space, up to nine digits of fraction, and Z or nothing, as
// nanoseconds since 1970-01-01 (UTC if Z is there) in two parts: whole seconds and the rest.
struct IsoTimestamp {
  int64_t seconds;
  int32_t nanoseconds;  // 0 to 999'999'999
  int fraction_digits;
};
bool parse_iso_timestamp(std::string_view text, IsoTimestamp& timestamp);

}  // namespace kappa::data
