#include "serve/postgres/calendar_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace kappa::serve::postgres {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

// ".25": nothing for zero, no zeros at the end.
void append_fraction(std::string& out, int64_t micros) {
  if (micros == 0) return;
  fmt::format_to(std::back_inserter(out), ".{:06}", micros);
  while (out.back() == '0') out.pop_back();
}

// Returns whether the year is before Christ.
bool append_calendar_day(std::string& out, duckdb::date_t date) {
  int32_t year, month, day;
  duckdb::Date::Convert(date, year, month, day);
  const bool is_bc = year <= 0;
  if (is_bc) year = 1 - year;
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", year, month, day);
  return is_bc;
}

// "+02", "-03:30", "+00:19:32".
void append_offset(std::string& out, int seconds) {
  out.push_back(seconds < 0 ? '-' : '+');
  seconds = std::abs(seconds);
  fmt::format_to(std::back_inserter(out), "{:02}", seconds / 3600);
  if (seconds % 3600 != 0) fmt::format_to(std::back_inserter(out), ":{:02}", seconds / 60 % 60);
  if (seconds % 60 != 0) fmt::format_to(std::back_inserter(out), ":{:02}", seconds % 60);
}

bool append_infinity(std::string& out, duckdb::timestamp_t timestamp) {
  if (timestamp.IsFinite()) return false;
  out += timestamp == duckdb::timestamp_t::infinity() ? "infinity" : "-infinity";
  return true;
}

bool append_date_and_time(std::string& out, int64_t micros) {
  int64_t day = micros / kMicrosPerDay;
  int64_t time = micros % kMicrosPerDay;
  if (time < 0) --day, time += kMicrosPerDay;
  const bool is_bc = append_calendar_day(out, duckdb::date_t(static_cast<int32_t>(day)));
  out.push_back(' ');
  append_time(out, time);
  return is_bc;
}

// One of years, months, days of an interval. The sign of a positive part is written after a
// negative one.
struct IntervalText {
  std::string& out;
  bool is_empty = true;
  bool is_after_negative = false;

  void part(int64_t value, const char* unit) {
    if (value == 0) return;
    fmt::format_to(std::back_inserter(out), "{}{}{} {}{}", is_empty ? "" : " ",
                   is_after_negative && value > 0 ? "+" : "", value, unit, value == 1 ? "" : "s");
    is_after_negative = value < 0;
    is_empty = false;
  }
};

// fmt gives the shortest digits; PostgreSQL writes an exponent of two digits at least, below 1e-4
// and from 1e15 (double) or 1e6 (float) on.
template <typename T>
void append_shortest(std::string& out, T value, int exponent_max) {
  if (std::isnan(value)) return void(out += "NaN");
  if (std::isinf(value)) return void(out += value < 0 ? "-Infinity" : "Infinity");
  if (value == 0) return void(out += std::signbit(value) ? "-0" : "0");
  char digits[32];
  auto end =
      std::to_chars(digits, digits + sizeof digits - 1, value, std::chars_format::scientific);
  *end.ptr = '\0';
  const int exponent = std::atoi(std::strchr(digits, 'e') + 1);
  if (exponent < -4 || exponent >= exponent_max) {
    out.append(digits, end.ptr);
    return;
  }
  end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed);
  out.append(digits, end.ptr);
}

}  // namespace

void append_date(std::string& out, duckdb::date_t date) {
  if (date == duckdb::date_t::infinity()) return void(out += "infinity");
  if (date == duckdb::date_t::ninfinity()) return void(out += "-infinity");
  if (append_calendar_day(out, date)) out += " BC";
}

void append_time(std::string& out, int64_t micros) {
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", micros / kMicrosPerHour,
                 micros / kMicrosPerMinute % 60, micros / kMicrosPerSecond % 60);
  append_fraction(out, micros % kMicrosPerSecond);
}

void append_timetz(std::string& out, duckdb::dtime_tz_t time) {
  append_time(out, time.time().value);
  append_offset(out, time.offset());
}

void append_timestamp(std::string& out, duckdb::timestamp_t timestamp) {
  if (append_infinity(out, timestamp)) return;
  if (append_date_and_time(out, timestamp.value)) out += " BC";
}

void append_timestamptz(std::string& out, duckdb::timestamp_t timestamp, absl::TimeZone zone) {
  if (append_infinity(out, timestamp)) return;
  int offset = zone.At(absl::FromUnixMicros(timestamp.value)).offset;
  int64_t local = 0;
  if (__builtin_add_overflow(timestamp.value, offset * kMicrosPerSecond, &local)) {
    offset = 0;
    local = timestamp.value;
  }
  const bool is_bc = append_date_and_time(out, local);
  append_offset(out, offset);
  if (is_bc) out += " BC";
}

void append_interval(std::string& out, const duckdb::interval_t& interval) {
  IntervalText text{out};
  text.part(interval.months / 12, "year");
  text.part(interval.months % 12, "mon");
  text.part(interval.days, "day");
  if (interval.micros == 0 && !text.is_empty) return;
  if (!text.is_empty) out.push_back(' ');
  if (interval.micros < 0) {
    out.push_back('-');
  } else if (text.is_after_negative) {
    out.push_back('+');
  }
  const auto micros = interval.micros < 0 ? 0 - static_cast<uint64_t>(interval.micros)
                                          : static_cast<uint64_t>(interval.micros);
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}", micros / kMicrosPerHour,
                 micros / kMicrosPerMinute % 60, micros / kMicrosPerSecond % 60);
  append_fraction(out, static_cast<int64_t>(micros % kMicrosPerSecond));
}

void append_float(std::string& out, double value) { append_shortest(out, value, 15); }
void append_float(std::string& out, float value) { append_shortest(out, value, 6); }

}  // namespace kappa::serve::postgres
