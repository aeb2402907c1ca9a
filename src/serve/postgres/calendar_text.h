#pragma once
// Dates, times, intervals and floating point numbers as PostgreSQL prints them (DateStyle ISO,
// IntervalStyle postgres, extra_float_digits 1). Each function appends to `out`.

#include <absl/time/time.h>

#include <string>

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/datetime.hpp>
#include <duckdb/common/types/interval.hpp>
#include <duckdb/common/types/timestamp_base.hpp>

namespace kappa::serve::postgres {

void append_date(std::string& out, duckdb::date_t date);
// Micros since midnight: "08:30:00.25".
void append_time(std::string& out, int64_t micros);
void append_timetz(std::string& out, duckdb::dtime_tz_t time);
void append_timestamp(std::string& out, duckdb::timestamp_t timestamp);
// In the zone, with its offset then: "2024-07-01 12:00:00+02".
void append_timestamptz(std::string& out, duckdb::timestamp_t timestamp, absl::TimeZone zone);
void append_interval(std::string& out, const duckdb::interval_t& interval);

// The shortest digits that read back as the same number.
void append_float(std::string& out, double value);
void append_float(std::string& out, float value);

}  // namespace kappa::serve::postgres
