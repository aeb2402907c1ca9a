#include "flow/ops/exact_sum.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace kappa::flow {

namespace {

TEST(ExactSum, AddsWithoutLoss) {
  ExactSum sum;
  sum.add(1e100, 1);
  sum.add(1, 1);
  sum.add(-1e100, 1);
  EXPECT_EQ(sum.value(), 1);
  sum.add(0.1, 10);
  EXPECT_EQ(sum.value(), 2);  // ten times the double nearest to 0.1, rounded once
}

TEST(ExactSum, RetractingGivesBackWhatWas) {
  std::mt19937_64 random(7);
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(
        std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 2000) - 1100));
  }
  ExactSum sum;
  sum.add(0.25, 1);
  for (double value : values) sum.add(value, 3);
  std::shuffle(values.begin(), values.end(), random);
  for (double value : values) sum.add(value, -3);
  EXPECT_EQ(sum.value(), 0.25);
}

TEST(ExactSum, RoundsLikeOneAddition) {
  // The hardware's sum of two doubles is the exact sum, rounded: the same rounding is asked of us.
  std::mt19937_64 random(8);
  for (int i = 0; i < 20000; ++i) {
    int scale = static_cast<int>(random() % 130) - 65;
    double a = static_cast<double>(static_cast<int64_t>(random())) * 0x1p-20;
    double b = std::ldexp(static_cast<double>(static_cast<int64_t>(random())), scale);
    ExactSum sum;
    sum.add(a, 1);
    sum.add(b, 1);
    ASSERT_EQ(sum.value(), a + b) << a << " " << b;
  }
}

TEST(ExactSum, SubnormalsAndTheLargest) {
  double tiny = std::numeric_limits<double>::denorm_min();
  double huge = std::numeric_limits<double>::max();
  ExactSum sum;
  sum.add(tiny, 3);
  EXPECT_EQ(sum.value(), 3 * tiny);
  sum.add(huge, 1);
  EXPECT_EQ(sum.value(), huge);
  sum.add(huge, 1);
  EXPECT_EQ(sum.value(), std::numeric_limits<double>::infinity());
  sum.add(huge, -2);
  EXPECT_EQ(sum.value(), 3 * tiny);
}

TEST(ExactSum, CountsNanAndInfinities) {
  double infinity = std::numeric_limits<double>::infinity();
  ExactSum sum;
  sum.add(1, 1);
  sum.add(infinity, 1);
  EXPECT_EQ(sum.value(), infinity);
  sum.add(-infinity, 1);
  EXPECT_TRUE(std::isnan(sum.value()));
  sum.add(infinity, -1);
  EXPECT_EQ(sum.value(), -infinity);
  sum.add(-infinity, -1);
  EXPECT_EQ(sum.value(), 1);
  sum.add(std::nan(""), 1);
  EXPECT_TRUE(std::isnan(sum.value()));
}

TEST(ExactSum, IsTheSameAfterSaveAndLoad) {
  ExactSum sum;
  sum.add(-1e300, 5);
  sum.add(1e-300, 7);
  std::string bytes;
  sum.save(bytes);
  ExactSum loaded;
  Reader reader(bytes);
  ASSERT_TRUE(loaded.load(reader).ok());
  loaded.add(-1e300, -5);
  EXPECT_EQ(loaded.value(), 7e-300);
  Reader short_reader(std::string_view(bytes).substr(0, bytes.size() - 1));
  EXPECT_FALSE(ExactSum().load(short_reader).ok());
}

}  // namespace

}  // namespace kappa::flow
