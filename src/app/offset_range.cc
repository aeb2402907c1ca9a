#include "app/offset_range.h"

#include <absl/time/time.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace kappa::app {
namespace {

using Kind = OffsetPlace::Kind;

std::optional<int64_t> number_in(std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, number);
  bool is_number = error == std::errc() && stop == end && !text.starts_with('-');
  return is_number ? std::optional(number) : std::nullopt;
}

std::optional<OffsetPlace> parse_place(std::string_view text) {
  if (text == "start" || text == "beginning") return OffsetPlace{Kind::kFromStart, 0};
  if (text == "end") return OffsetPlace{Kind::kFromEnd, 0};
  Kind kind = text.starts_with('+')   ? Kind::kFromStart
              : text.starts_with('-') ? Kind::kFromEnd
                                      : Kind::kOffset;
  auto number =
      number_in(kind == Kind::kOffset ? text : text.substr(std::min<size_t>(1, text.size())));
  if (!number) return std::nullopt;
  return OffsetPlace{kind, *number};
}

// Back from now: -90s, -15m, -2h, -3d.
std::optional<int64_t> parse_age(std::string_view text, int64_t now_ms) {
  if (text.size() < 3 || text.front() != '-') return std::nullopt;
  constexpr std::string_view kUnits = "smhd";
  constexpr int64_t kMs[] = {1'000, 60'000, 3'600'000, 86'400'000};
  size_t unit = kUnits.find(text.back());
  auto number = number_in(text.substr(1, text.size() - 2));
  if (unit == std::string_view::npos || !number || *number > now_ms / kMs[unit])
    return std::nullopt;
  return now_ms - *number * kMs[unit];
}

std::optional<OffsetPlace> parse_time(std::string_view text, int64_t now_ms) {
  constexpr int64_t kSecondsMax = 100'000'000'000;  // larger numbers are milliseconds
  if (auto number = number_in(text))
    return OffsetPlace{Kind::kTime, *number < kSecondsMax ? *number * 1000 : *number};
  if (auto age = parse_age(text, now_ms)) return OffsetPlace{Kind::kTime, *age};
  absl::Time time;
  std::string problem;
  for (const char* form : {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S"}) {
    if (absl::ParseTime(form, absl::string_view(text.data(), text.size()), &time, &problem))
      return OffsetPlace{Kind::kTime, absl::ToUnixMillis(time)};
  }
  return std::nullopt;
}

Status no_range(std::string_view text) {
  return invalid_argument(
      "not an offset: {} (start, end, N, +N, -N, A:B, :end, or @TIME[:TIME] with a date, an RFC "
      "3339 "
      "time, milliseconds, or an age such as -2h)",
      text);
}

// Times have colons of their own: the cut is the one that makes both sides times.
std::optional<OffsetRange> parse_times(std::string_view text, int64_t now_ms) {
  if (auto begin = parse_time(text, now_ms)) return OffsetRange{*begin, std::nullopt};
  for (size_t cut = text.find(':'); cut != std::string_view::npos; cut = text.find(':', cut + 1)) {
    auto begin = parse_time(text.substr(0, cut), now_ms);
    std::string_view rest = text.substr(cut + 1);
    auto end = rest == "end" ? OffsetPlace{Kind::kFromEnd, 0} : parse_time(rest, now_ms);
    if (begin && end) return OffsetRange{*begin, end};
  }
  return std::nullopt;
}

}  // namespace

StatusOr<int64_t> parse_time_ms(std::string_view text, int64_t now_ms) {
  if (auto time = parse_time(text, now_ms)) return time->value;
  return invalid_argument(
      "not a time: {} (2026-01-31, 2026-01-31T12:00:00Z, seconds or milliseconds since 1970, or an "
      "age such as -2h)",
      text);
}

StatusOr<OffsetRange> parse_offset_range(std::string_view text, int64_t now_ms) {
  if (text.starts_with('@')) {
    auto range = parse_times(text.substr(1), now_ms);
    return range ? StatusOr<OffsetRange>(*range) : no_range(text);
  }
  size_t colon = text.find(':');
  std::string_view first = text.substr(0, colon);
  OffsetRange range;
  if (colon == std::string_view::npos || !first.empty()) {
    auto begin = parse_place(first);
    if (!begin) return no_range(text);
    range.begin = *begin;
  }
  if (colon == std::string_view::npos) return range;
  range.end = parse_place(text.substr(colon + 1));
  return range.end ? StatusOr<OffsetRange>(range) : no_range(text);
}

int64_t resolve(const OffsetPlace& place, int64_t first, int64_t next) {
  switch (place.kind) {
    case Kind::kOffset:
      return place.value;
    case Kind::kFromStart:
      return place.value > next - first ? next : first + place.value;
    default:
      return place.value > next - first ? first : next - place.value;
  }
}

}  // namespace kappa::app
