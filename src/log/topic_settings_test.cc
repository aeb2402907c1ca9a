#include "log/topic_settings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kappa::log {
namespace {

TEST(TopicSettingsTest, defaults_are_valid_and_in_order) {
  auto all = topic_setting_definitions();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const SettingDefinition& definition : all)
    EXPECT_TRUE(check_topic_setting(definition.name, definition.default_value).ok())
        << definition.name;
}

TEST(TopicSettingsTest, what_is_wrong_is_refused_by_name) {
  for (auto [name, value] : {std::pair{"retention.hours", "1"},
                             {"retention.ms", "soon"},
                             {"retention.ms", "-2"},
                             {"retention.ms", ""},
                             {"segment.bytes", "1e6"},
                             {"segment.bytes", "99999999999"},
                             {"preallocate", "yes"},
                             {"durability", "maybe"},
                             {"cleanup.policy", "compact,shred"},
                             {"cleanup.policy", ""},
                             {"min.cleanable.dirty.ratio", "1.5"},
                             {"min.cleanable.dirty.ratio", "nan"}}) {
    Status status = check_topic_setting(name, value);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << name << "=" << value;
    EXPECT_NE(message_of(status).find(name), std::string_view::npos);
  }
}

TEST(TopicSettingsTest, the_server_and_the_topic_decide) {
  LogOptions options{.segment_bytes = 5000, .message_bytes_max = 400};
  TopicConfig plain = make_topic_config({}, options).value();
  EXPECT_EQ(plain.segment_bytes, 5000);
  EXPECT_EQ(plain.message_bytes_max, 400);
  EXPECT_TRUE(plain.is_synced);
  EXPECT_FALSE(plain.is_compacted);
  TopicConfig own = make_topic_config({{"segment.bytes", "100"},
                                       {"durability", "os"},
                                       {"cleanup.policy", "delete,compact"},
                                       {"message.timestamp.type", "LogAppendTime"}},
                                      options)
                        .value();
  EXPECT_EQ(own.segment_bytes, 100);
  EXPECT_FALSE(own.is_synced);
  EXPECT_TRUE(own.is_compacted);
  EXPECT_TRUE(own.is_log_append_time);
  EXPECT_FALSE(make_topic_config({{"segment.bytes", "0"}}, options).ok());
}

}  // namespace
}  // namespace kappa::log
