#include "serve/postgres/calendar_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace kappa::serve::postgres {
namespace {

template <typename... Args>
std::string text(void (*append)(std::string&, Args...), Args... args) {
  std::string out;
  append(out, args...);
  return out;
}
std::string double_text(double value) {
  std::string out;
  append_float(out, value);
  return out;
}
std::string float_text(float value) {
  std::string out;
  append_float(out, value);
  return out;
}
std::string interval_text(int32_t months, int32_t days, int64_t micros) {
  std::string out;
  append_interval(out, {months, days, micros});
  return out;
}

TEST(CalendarText, Dates) {
  EXPECT_EQ(text(append_date, duckdb::Date::FromDate(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(text(append_date, duckdb::Date::FromDate(0, 1, 1)), "0001-01-01 BC");
  EXPECT_EQ(text(append_date, duckdb::Date::FromDate(12345, 1, 1)), "12345-01-01");
  EXPECT_EQ(text(append_date, duckdb::date_t::infinity()), "infinity");
  EXPECT_EQ(text(append_date, duckdb::date_t::ninfinity()), "-infinity");
}

TEST(CalendarText, Times) {
  EXPECT_EQ(text(append_time, int64_t{0}), "00:00:00");
  EXPECT_EQ(text(append_time, int64_t{30'600'250'000}), "08:30:00.25");
  EXPECT_EQ(text(append_timetz, duckdb::dtime_tz_t(duckdb::dtime_t(0), -12'600)), "00:00:00-03:30");
}

TEST(CalendarText, Timestamps) {
  EXPECT_EQ(text(append_timestamp, duckdb::timestamp_t(-1)), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(text(append_timestamp, duckdb::timestamp_t::infinity()), "infinity");
  absl::TimeZone berlin;
  ASSERT_TRUE(absl::LoadTimeZone("Europe/Berlin", &berlin));
  const duckdb::timestamp_t summer(1'719'835'200'000'000);
  EXPECT_EQ(text(append_timestamptz, summer, absl::UTCTimeZone()), "2024-07-01 12:00:00+00");
  EXPECT_EQ(text(append_timestamptz, summer, berlin), "2024-07-01 14:00:00+02");
}

TEST(CalendarText, Intervals) {
  EXPECT_EQ(interval_text(0, 0, 0), "00:00:00");
  EXPECT_EQ(interval_text(14, 3, 14'706'700'000), "1 year 2 mons 3 days 04:05:06.7");
  EXPECT_EQ(interval_text(-14, 3, -1), "-1 years -2 mons +3 days -00:00:00.000001");
  EXPECT_EQ(interval_text(-1, 0, 1'000'000), "-1 mons +00:00:01");
  EXPECT_EQ(interval_text(1, 0, 0), "1 mon");
}

TEST(FloatText, AsPostgresPrintsThem) {
  EXPECT_EQ(double_text(0.1), "0.1");
  EXPECT_EQ(double_text(-0.0), "-0");
  EXPECT_EQ(double_text(100000), "100000");
  EXPECT_EQ(double_text(123456789012345), "123456789012345");
  EXPECT_EQ(double_text(1e15), "1e+15");
  EXPECT_EQ(double_text(0.0001), "0.0001");
  EXPECT_EQ(double_text(0.00001), "1e-05");
  EXPECT_EQ(double_text(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(double_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(double_text(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(float_text(0.1f), "0.1");
  EXPECT_EQ(float_text(1e6f), "1e+06");
  EXPECT_EQ(float_text(123456), "123456");
}

}  // namespace
}  // namespace kappa::serve::postgres
