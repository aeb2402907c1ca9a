// What `kappa group` takes as a time.

#include "app/group_command.h"

#include <gtest/gtest.h>

namespace kappa::app {
namespace {

TEST(GroupCommand, ATimeIsADateOrMilliseconds) {
  EXPECT_EQ(parse_time_ms("1700000000000").value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time_ms("2023-11-14T22:13:20Z").value(), 1'700'000'000'000);
  EXPECT_EQ(parse_time_ms("2023-11-14T23:13:20.5+01:00").value(), 1'700'000'000'500);
  for (const char* wrong : {"", "yesterday", "2023-11-14", "-5", "17x"}) {
    EXPECT_EQ(parse_time_ms(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace kappa::app
