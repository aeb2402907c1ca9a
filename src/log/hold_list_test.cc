#include "log/hold_list.h"

#include <gtest/gtest.h>

namespace kappa::log {
namespace {

TEST(HoldList, NothingIsKeptBackWithoutHolds) {
  auto list = std::make_shared<HoldList>([] {});
  EXPECT_EQ(list->free_up_to(Offset(100)), Offset(100));
}

TEST(HoldList, TheLowestHoldKeepsBackAndIsAskedToMoveOn) {
  auto list = std::make_shared<HoldList>([] {});
  int low_asked = 0, high_asked = 0;
  auto low = list->add(Offset(10), [&] { low_asked++; });
  auto high = list->add(Offset(20), [&] { high_asked++; });
  EXPECT_EQ(list->free_up_to(Offset(10)), Offset(10));
  EXPECT_EQ(list->free_up_to(Offset(15)), Offset(10));
  EXPECT_EQ(low_asked, 1);
  EXPECT_EQ(high_asked, 0);
  low->move(Offset(30));
  EXPECT_EQ(list->free_up_to(Offset(21)), Offset(20));
  high.reset();
  EXPECT_EQ(list->free_up_to(Offset(30)), Offset(30));
}

TEST(HoldList, MovesAreToldOnlyAfterSomethingWasKeptBack) {
  int told = 0;
  auto list = std::make_shared<HoldList>([&] { told++; });
  auto hold = list->add(Offset(10), nullptr);
  hold->move(Offset(11));
  EXPECT_EQ(told, 0);
  EXPECT_EQ(list->free_up_to(Offset(12)), Offset(11));
  hold->move(Offset(11));  // no move
  EXPECT_EQ(told, 0);
  hold->move(Offset(12));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(list->free_up_to(Offset(13)), Offset(12));
  hold.reset();
  EXPECT_EQ(told, 2);
}

TEST(HoldList, AHoldNeverMovesBack) {
  auto list = std::make_shared<HoldList>([] {});
  auto hold = list->add(Offset(10), nullptr);
  hold->move(Offset(5));
  EXPECT_EQ(list->free_up_to(Offset(11)), Offset(10));
}

}  // namespace
}  // namespace kappa::log
