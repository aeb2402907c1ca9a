// DATE, TIME and the TIMESTAMP types: a fast path for what machines write, DuckDB's own parsing for
// the rest.

#include <duckdb/common/types/date.hpp>
#include <duckdb/common/types/time.hpp>
#include <duckdb/common/types/timestamp.hpp>

#include "data/iso_time.h"
#include "data/json_column.h"
#include "data/json_number.h"

namespace kappa::data {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

class DateColumn : public JsonFlatColumn<int32_t> {
 public:
  using JsonFlatColumn::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    int32_t days;
    if (!get_string(token, text) || !(parse_iso_date(text, days) || parse_date(text, days))) {
      return fail(error, token);
    }
    put(row, days);
    return true;
  }

 private:
  static bool parse_date(std::string_view text, int32_t& days) {
    duckdb::date_t date;
    duckdb::idx_t end = 0;
    bool is_special = false;
    if (text.empty() ||
        duckdb::Date::TryConvertDate(text.data(), text.size(), end, date, is_special, true) !=
            duckdb::DateCastResult::SUCCESS) {
      return false;
    }
    days = date.days;
    return true;
  }
};

class TimeColumn : public JsonFlatColumn<int64_t> {
 public:
  using JsonFlatColumn::JsonFlatColumn;

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    duckdb::dtime_t time;
    duckdb::idx_t end = 0;
    if (!get_string(token, text) || text.empty() ||
        !duckdb::Time::TryConvertTime(text.data(), text.size(), end, time, true)) {
      return fail(error, token);
    }
    put(row, time.value);
    return true;
  }
};

// The seven TIMESTAMP types differ in their unit and in whether an offset from UTC may be given.
struct TimestampKind {
  int digits;       // of the fraction of a second: 0, 3, 6 or 9
  bool has_offset;  // WITH TIME ZONE
};

constexpr int64_t kUnitsPerSecond[] = {1,      10,      100,      1000,      10000,
                                       100000, 1000000, 10000000, 100000000, 1000000000};

class TimestampColumn : public JsonFlatColumn<int64_t> {
 public:
  TimestampColumn(std::string name, TimestampKind kind)
      : JsonFlatColumn(std::move(name)), kind_(kind) {}

  bool read_scalar(JsonToken token, uint64_t row, JsonError& error) override {
    std::string_view text;
    int64_t value;
    const bool is_good =
        get_string(token, text)
            ? parse_fast(text, value) || parse_infinity(text, value) || parse_slowly(text, value)
            : convert_epoch(token, value);
    if (!is_good) [[unlikely]]
      return fail(error, token);
    put(row, value);
    return true;
  }

 private:
  // The largest and the smallest number stand for infinity.
  static bool is_finite(int64_t value) { return value != INT64_MAX && value > -INT64_MAX; }
  int64_t units_per_second() const { return kUnitsPerSecond[kind_.digits]; }

  bool parse_fast(std::string_view text, int64_t& value) const {
    IsoTimestamp timestamp;
    if (!parse_iso_timestamp(text, timestamp) || timestamp.fraction_digits > kind_.digits) {
      return false;
    }
    const int64_t rest = timestamp.nanoseconds / kUnitsPerSecond[9 - kind_.digits];
    return !__builtin_mul_overflow(timestamp.seconds, units_per_second(), &value) &&
           !__builtin_add_overflow(value, rest, &value) && is_finite(value);
  }

  // DuckDB's strict conversion would take the word for an offset.
  static bool parse_infinity(std::string_view text, int64_t& value) {
    value = text == "infinity" ? INT64_MAX : -INT64_MAX;
    return text == "infinity" || text == "-infinity";
  }

  bool parse_slowly(std::string_view text, int64_t& value) const {
    if (text.empty()) return false;
    // A type without an offset takes Z, which changes nothing, but no other.
    const bool is_strict = !kind_.has_offset;
    if (is_strict && text.back() == 'Z') text.remove_suffix(1);
    if (kind_.digits == 9) {
      duckdb::timestamp_ns_t nanoseconds;
      const auto result = duckdb::Timestamp::TryConvertTimestamp(text.data(), text.size(),
                                                                 nanoseconds, true, is_strict);
      value = nanoseconds.value;
      return result == duckdb::TimestampCastResult::SUCCESS;
    }
    duckdb::timestamp_t microseconds;
    if (duckdb::Timestamp::TryConvertTimestamp(text.data(), text.size(), microseconds, true,
                                               nullptr,
                                               is_strict) != duckdb::TimestampCastResult::SUCCESS) {
      return false;
    }
    value = to_unit(microseconds);
    return true;
  }

  // From microseconds, rounded as DuckDB's casts to TIMESTAMP_S and TIMESTAMP_MS do.
  int64_t to_unit(duckdb::timestamp_t microseconds) const {
    if (kind_.digits == 6 || !microseconds.IsFinite()) return microseconds.value;
    return duckdb::Timestamp::GetEpochRounded(microseconds, kUnitsPerSecond[6 - kind_.digits]);
  }

  // An integer: milliseconds since 1970-01-01 UTC, whatever the unit of the type.
  bool convert_epoch(JsonToken token, int64_t& value) const {
    JsonNumber number;
    if (!scan_number(token.raw(), number)) return false;
    constexpr auto kMax = static_cast<uint64_t>(INT64_MAX);
    if (!number.is_integer || number.is_long || number.digits > kMax) return false;
    const auto digits = static_cast<int64_t>(number.digits);
    const int64_t milliseconds = number.is_negative ? -digits : digits;
    if (kind_.digits == 0) {
      value = milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0);
      return true;
    }
    return !__builtin_mul_overflow(milliseconds, units_per_second() / 1000, &value) &&
           is_finite(value);
  }

  const TimestampKind kind_;
};

}  // namespace

std::unique_ptr<JsonColumn> make_json_time_column(const LogicalType& type) {
  const auto name = type.ToString();
  switch (type.id()) {
    case LogicalTypeId::DATE:
      return std::make_unique<DateColumn>(name);
    case LogicalTypeId::TIME:
      return std::make_unique<TimeColumn>(name);
    case LogicalTypeId::TIMESTAMP_SEC:
      return std::make_unique<TimestampColumn>(name, TimestampKind{0, false});
    case LogicalTypeId::TIMESTAMP_MS:
      return std::make_unique<TimestampColumn>(name, TimestampKind{3, false});
    case LogicalTypeId::TIMESTAMP:
      return std::make_unique<TimestampColumn>(name, TimestampKind{6, false});
    case LogicalTypeId::TIMESTAMP_NS:
      return std::make_unique<TimestampColumn>(name, TimestampKind{9, false});
    case LogicalTypeId::TIMESTAMP_TZ:
      return std::make_unique<TimestampColumn>(name, TimestampKind{6, true});
    case LogicalTypeId::TIMESTAMP_TZ_NS:
      return std::make_unique<TimestampColumn>(name, TimestampKind{9, true});
    default:
      return nullptr;
  }
}

}  // namespace kappa::data
