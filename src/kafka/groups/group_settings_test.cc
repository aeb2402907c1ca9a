#include "kafka/groups/group_settings.h"

#include "kafka/testing/consumer_group_test_base.h"

namespace kappa::kafka {
namespace {

class GroupSettingsTest : public ConsumerGroupTestBase {
 protected:
  GroupSettingsTest() { make_topic("t", 2); }

  void set(const std::string& name, const std::string& value) {
    auto change = [&](log::TopicSettings& settings) {
      settings[name] = value;
      return OkStatus();
    };
    KAPPA_CHECK_OK(log_->change_server_settings({log::SettingsScope::kGroup, "g"}, change,
                                                log::ChangeMode::kApply));
  }
  // The consumer is silent so long, and is looked for.
  bool outlives_ms(int64_t ms) {
    settle({&consumer_});
    pass_ms(ms);
    return !described().members.empty();
  }

  Consumer consumer_{.id = "c"};
};

TEST_F(GroupSettingsTest, AGroupsOwnSessionHoldsFromTheNextHeartbeatOnAndAfterARestart) {
  EXPECT_TRUE(outlives_ms(44'000));
  EXPECT_FALSE(outlives_ms(46'000));
  set("consumer.session.timeout.ms", "60000");
  consumer_ = {.id = "c"};
  EXPECT_TRUE(outlives_ms(59'000));
  restart();
  EXPECT_TRUE(outlives_ms(59'000));
  EXPECT_FALSE(outlives_ms(61'000));
}

TEST_F(GroupSettingsTest, MembersAreToldTheGroupsInterval) {
  settle({&consumer_});
  EXPECT_EQ(consumer_.heartbeat_interval_ms, 5'000);
  set("consumer.heartbeat.interval.ms", "9000");
  settle({&consumer_});
  EXPECT_EQ(consumer_.heartbeat_interval_ms, 9'000);
}

TEST_F(GroupSettingsTest, AValueFromBeforeTheBoundsCountsAsTheNearestOne) {
  const GroupOptions options;
  EXPECT_EQ(consumer_timing({{"consumer.session.timeout.ms", "1"}}, options).session_timeout_ms,
            options.consumer_session_timeout_min_ms);
  EXPECT_EQ(
      consumer_timing({{"consumer.session.timeout.ms", "999999"}}, options).session_timeout_ms,
      options.consumer_session_timeout_max_ms);
  EXPECT_EQ(consumer_timing({}, options).heartbeat_interval_ms, 5'000);
}

TEST_F(GroupSettingsTest, TheIntervalMustBeShorterThanTheSession) {
  GroupOptions options;
  options.consumer_session_timeout_min_ms = 1'000;
  EXPECT_TRUE(check_group_settings({{"consumer.session.timeout.ms", "6000"}}, options).ok());
  EXPECT_EQ(check_group_settings({{"consumer.session.timeout.ms", "5000"}}, options).code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kappa::kafka
