#include "net/deadline_timer.h"

#include <gtest/gtest.h>

#include <map>

namespace kappa::net {
namespace {

// Keeps what was asked for.
class KeptTimers : public Timers {
 public:
  TimerId run_after(std::chrono::milliseconds delay, std::function<void()> function) override {
    calls[++last_id] = {delay.count(), std::move(function)};
    return last_id;
  }
  void cancel(TimerId id) override { calls.erase(id); }

  struct Call {
    int64_t delay_ms;
    std::function<void()> function;
  };
  std::map<TimerId, Call> calls;
  TimerId last_id = 0;
};

class DeadlineTimerTest : public testing::Test {
 protected:
  void set(int64_t due_ms, int64_t now_ms) {
    timer_.set(due_ms, now_ms, [this] {
      timer_.note_call();
      ++call_count_;
    });
  }

  KeptTimers timers_;
  DeadlineTimer timer_{timers_};
  int call_count_ = 0;
};

TEST_F(DeadlineTimerTest, WhatIsDueEarlierTakesThePlaceOfWhatIsDueLater) {
  set(1000, 0);
  set(600, 100);
  ASSERT_EQ(timers_.calls.size(), 1u);
  EXPECT_EQ(timers_.calls.begin()->second.delay_ms, 500);
}

TEST_F(DeadlineTimerTest, WhatIsPutOffCostsNoTimer) {
  set(1000, 0);
  for (int64_t now_ms = 1; now_ms < 100; ++now_ms) set(1000 + now_ms, now_ms);
  EXPECT_EQ(timers_.last_id, 1u);
  auto call = timers_.calls.begin()->second;
  EXPECT_EQ(call.delay_ms, 1000);
  timers_.calls.clear();
  call.function();
  EXPECT_EQ(call_count_, 1);
  set(1099, 1000);
  ASSERT_EQ(timers_.calls.size(), 1u);
  EXPECT_EQ(timers_.calls.begin()->second.delay_ms, 99);
}

TEST_F(DeadlineTimerTest, NothingDueSetsNothingAndWhatIsOverdueComesAtOnce) {
  set(INT64_MAX, 0);
  EXPECT_TRUE(timers_.calls.empty());
  set(5, 10);
  ASSERT_EQ(timers_.calls.size(), 1u);
  EXPECT_EQ(timers_.calls.begin()->second.delay_ms, 0);
  timer_.cancel();
  EXPECT_TRUE(timers_.calls.empty());
}

}  // namespace
}  // namespace kappa::net
