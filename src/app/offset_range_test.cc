#include "app/offset_range.h"

#include <gtest/gtest.h>

namespace kappa::app {
namespace {

using Kind = OffsetPlace::Kind;
constexpr int64_t kNow = 1'800'000'000'000;

OffsetRange range_of(std::string_view text) {
  auto range = parse_offset_range(text, kNow);
  EXPECT_TRUE(range.ok()) << text << ": " << range.status();
  return range.value_or(OffsetRange{});
}

OffsetRange open(Kind kind, int64_t value) { return {{kind, value}, std::nullopt}; }
OffsetRange between(OffsetPlace begin, OffsetPlace end) { return {begin, end}; }

TEST(OffsetRangeTest, PlacesAreReadAsWritten) {
  EXPECT_EQ(range_of("start"), open(Kind::kFromStart, 0));
  EXPECT_EQ(range_of("end"), open(Kind::kFromEnd, 0));
  EXPECT_EQ(range_of("42"), open(Kind::kOffset, 42));
  EXPECT_EQ(range_of("+7"), open(Kind::kFromStart, 7));
  EXPECT_EQ(range_of("-7"), open(Kind::kFromEnd, 7));
  EXPECT_EQ(range_of(":end"), between({Kind::kFromStart, 0}, {Kind::kFromEnd, 0}));
  EXPECT_EQ(range_of("3:9"), between({Kind::kOffset, 3}, {Kind::kOffset, 9}));
  EXPECT_EQ(range_of("-9:-3"), between({Kind::kFromEnd, 9}, {Kind::kFromEnd, 3}));
}

TEST(OffsetRangeTest, TimesAreReadInEveryForm) {
  constexpr int64_t kDay = 86'400'000;
  EXPECT_EQ(range_of("@1700000000000"), open(Kind::kTime, 1'700'000'000'000));
  EXPECT_EQ(range_of("@1700000000"), open(Kind::kTime, 1'700'000'000'000));
  EXPECT_EQ(range_of("@1970-01-02"), open(Kind::kTime, kDay));
  EXPECT_EQ(range_of("@1970-01-02T00:00:01Z"), open(Kind::kTime, kDay + 1000));
  EXPECT_EQ(range_of("@1970-01-02T02:00:00+02:00"), open(Kind::kTime, kDay));
  EXPECT_EQ(range_of("@-2h"), open(Kind::kTime, kNow - 7'200'000));
  EXPECT_EQ(range_of("@-3d:-90s"),
            between({Kind::kTime, kNow - 3 * kDay}, {Kind::kTime, kNow - 90'000}));
  EXPECT_EQ(range_of("@1970-01-02T00:00:01Z:1970-01-03"),
            between({Kind::kTime, kDay + 1000}, {Kind::kTime, 2 * kDay}));
  EXPECT_EQ(range_of("@1970-01-02:end"), between({Kind::kTime, kDay}, {Kind::kFromEnd, 0}));
}

TEST(OffsetRangeTest, AnythingElseIsRefused) {
  for (const char* text : {"", "x", "1:", "--1", "1.5", "@", "@yesterday", "1:2:3", "+", "-",
                           "99999999999999999999", "@-5y", "@2026-13-01"}) {
    EXPECT_EQ(parse_offset_range(text, kNow).status().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST(OffsetRangeTest, PlacesAreKeptWithinThePartition) {
  EXPECT_EQ(resolve({Kind::kFromStart, 3}, 10, 20), 13);
  EXPECT_EQ(resolve({Kind::kFromStart, 30}, 10, 20), 20);
  EXPECT_EQ(resolve({Kind::kFromEnd, 3}, 10, 20), 17);
  EXPECT_EQ(resolve({Kind::kFromEnd, 30}, 10, 20), 10);
  EXPECT_EQ(resolve({Kind::kOffset, 30}, 10, 20), 30);
}

TEST(OffsetRangeTest, ATimeAloneIsADateANumberOrAnAge) {
  EXPECT_EQ(parse_time_ms("1700000000000", kNow).value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time_ms("1700000000", kNow).value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time_ms("2023-11-14T22:13:20Z", kNow).value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time_ms("2023-11-14T23:13:20.5+01:00", kNow).value(), 1'700'000'000'500);
  EXPECT_EQ(parse_time_ms("2023-11-14", kNow).value(), 1'699'920'000'000);
  EXPECT_EQ(parse_time_ms("-2h", kNow).value(), kNow - 7'200'000);
  for (const char* wrong : {"", "yesterday", "-5", "17x", "-2h:end"})
    EXPECT_EQ(parse_time_ms(wrong, kNow).status().code(), StatusCode::kInvalidArgument) << wrong;
}

}  // namespace
}  // namespace kappa::app
