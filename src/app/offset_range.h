#pragma once
// Which records of a partition `kappa consume -o` means.
//
//   start            from the first record on (the default)       end     only what comes
//   N                from offset N on                             +N      from the N-th record on
//   -N               the last N records, and what comes           A:B     from A to before B
//   :B               from the start to before B; `:end`: what is there now
//   @T               from time T on;  @T1:T2  between two times
//
// A, B are start, end, N, +N or -N. T is a date (2026-01-31), an RFC 3339 time, milliseconds or
// seconds since 1970, or back from now: -90s, -15m, -2h, -3d.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"

namespace kappa::app {

struct OffsetPlace {
  enum class Kind { kOffset, kFromStart, kFromEnd, kTime };
  Kind kind = Kind::kFromStart;
  int64_t value = 0;  // an offset, a number of records, or milliseconds since 1970

  friend bool operator==(const OffsetPlace&, const OffsetPlace&) = default;
};

struct OffsetRange {
  OffsetPlace begin;
  std::optional<OffsetPlace> end;  // nullopt: goes on with what comes

  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

// T of the above, as milliseconds since 1970. Errors: kInvalidArgument, with the forms there are.
StatusOr<int64_t> parse_time_ms(std::string_view text, int64_t now_ms);
// Errors: kInvalidArgument, with the forms there are.
StatusOr<OffsetRange> parse_offset_range(std::string_view text, int64_t now_ms);

// The offset that a place which is no time means in a partition with these offsets.
int64_t resolve(const OffsetPlace& place, int64_t first, int64_t next);

}  // namespace kappa::app
