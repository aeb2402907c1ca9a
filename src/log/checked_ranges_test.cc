#include "log/checked_ranges.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace kappa::log {
namespace {

TEST(CheckedRanges, JoinWhereTheyMeet) {
  CheckedRanges ranges;
  EXPECT_EQ(ranges.end_at(5), 5) << "nothing is checked";
  ranges.add(0, 10);
  ranges.add(20, 30);
  EXPECT_EQ(ranges.end_at(0), 10);
  EXPECT_EQ(ranges.end_at(9), 10);
  EXPECT_EQ(ranges.end_at(10), 10) << "the end is not in it";
  EXPECT_EQ(ranges.end_at(15), 15);
  ranges.add(10, 20);
  EXPECT_EQ(ranges.end_at(0), 30);
  EXPECT_EQ(ranges.count(), 1u);
}

TEST(CheckedRanges, KnowWhatABitmapKnows) {
  constexpr int64_t kSize = 200;
  for (unsigned seed = 1; seed <= 50; ++seed) {
    std::mt19937 random(seed);
    CheckedRanges ranges;
    std::vector<bool> is_checked(kSize + 1, false);
    for (int i = 0; i < 30; ++i) {
      const int64_t begin = random() % kSize, end = begin + random() % 20 % (kSize - begin);
      ranges.add(begin, end);
      for (int64_t at = begin; at < end; ++at) is_checked[static_cast<size_t>(at)] = true;
      for (int64_t at = 0; at < kSize; ++at) {
        int64_t expected = at;
        while (is_checked[static_cast<size_t>(expected)]) ++expected;
        ASSERT_EQ(ranges.end_at(at), expected) << "seed=" << seed << " at=" << at;
      }
    }
  }
}

TEST(CheckedRanges, AreForgottenWhenThereAreTooMany) {
  CheckedRanges ranges;
  for (int64_t i = 0; i < 100'000; ++i) ranges.add(i * 10, i * 10 + 5);
  EXPECT_LE(ranges.count(), 1024u);
  EXPECT_EQ(ranges.end_at(999'990), 999'995) << "the last is there";
}

}  // namespace
}  // namespace kappa::log
