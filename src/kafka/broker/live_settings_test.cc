// Settings of the broker and of groups that change while it runs, as admin clients see them.

#include "kafka/broker/config_changes.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

using Config = DescribeConfigsResponse::Result::Config;

constexpr int8_t kSet = 0, kDelete = 1;

BrokerOptions small_segments() {
  BrokerOptions options;
  options.log.segment_bytes = 1 << 20;
  options.groups.consumer_session_timeout_ms = 50'000;
  return options;
}

class LiveSettingsTest : public BrokerTestBase {
 protected:
  LiveSettingsTest() : BrokerTestBase(small_segments()) { create_topic("t"); }

  using Answer = IncrementalAlterConfigsResponse::Result;
  using Change = IncrementalAlterConfigsRequest::Resource::Config;
  Answer alter(int8_t type, std::string_view name, std::vector<Change> changes,
               bool validate_only = false) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back(
        {.resource_type = type, .resource_name = name, .configs = std::move(changes)});
    request.validate_only = validate_only;
    return client_->call<IncrementalAlterConfigsApi>(1, request).responses.at(0);
  }
  int16_t set(int8_t type, std::string_view name, std::string_view key, std::string_view value) {
    return alter(type, name, {{key, kSet, value}}).error_code;
  }
  int16_t take_back(int8_t type, std::string_view name, std::string_view key) {
    return alter(type, name, {{key, kDelete, std::nullopt}}).error_code;
  }
  std::vector<Config> describe_all(int8_t type, std::string_view name) {
    DescribeConfigsRequest request;
    request.resources.push_back({.resource_type = type, .resource_name = name});
    request.include_synonyms = request.include_documentation = true;
    auto result = client_->call<DescribeConfigsApi>(4, request).results.at(0);
    EXPECT_EQ(result.error_code, error::kNone);
    return result.configs;
  }
  Config describe(int8_t type, std::string_view name, std::string_view key) {
    for (const Config& config : describe_all(type, name)) {
      if (config.name == key) return config;
    }
    ADD_FAILURE() << "not described: " << key;
    return {};
  }
  // The value, and all that it could come from: name=value(source).
  std::string origin(int8_t type, std::string_view name, std::string_view key) {
    const Config config = describe(type, name, key);
    std::string text = config.value.value_or("-") + ":";
    for (const auto& synonym : config.synonyms)
      text += fmt::format(" {}={}({})", synonym.name, synonym.value.value_or("-"), synonym.source);
    return text;
  }
  std::vector<std::string> listed(int8_t type) {
    ListConfigResourcesRequest request;
    request.resource_types = {type};
    std::vector<std::string> names;
    for (const auto& resource : client_->call<ListConfigResourcesApi>(1, request).resources)
      names.push_back(resource.name);
    return names;
  }
};

TEST_F(LiveSettingsTest, ADefaultOfTopicsChangesForAllBrokersAndForThisOne) {
  EXPECT_EQ(set(kBrokerResource, "", "log.segment.bytes", "3000000"), error::kNone);
  EXPECT_EQ(origin(kTopicResource, "t", "segment.bytes"),
            "3000000: log.segment.bytes=3000000(3) log.segment.bytes=1048576(4) "
            "log.segment.bytes=1073741824(5)");
  EXPECT_EQ(set(kBrokerResource, "1", "log.segment.bytes", "2000000"), error::kNone);
  EXPECT_EQ(origin(kBrokerResource, "1", "log.segment.bytes"),
            "2000000: log.segment.bytes=2000000(2) log.segment.bytes=3000000(3) "
            "log.segment.bytes=1048576(4) log.segment.bytes=1073741824(5)");
  EXPECT_EQ(describe(kTopicResource, "t", "segment.bytes").source, 2);
  EXPECT_FALSE(describe(kBrokerResource, "1", "log.segment.bytes").is_read_only);
  ASSERT_EQ(describe_all(kBrokerResource, "").size(), 1u) << "only what was changed for all";
  EXPECT_EQ(origin(kBrokerResource, "", "log.segment.bytes"),
            "3000000: log.segment.bytes=3000000(3)");
  EXPECT_EQ(take_back(kBrokerResource, "1", "log.segment.bytes"), error::kNone);
  EXPECT_EQ(take_back(kBrokerResource, "", "log.segment.bytes"), error::kNone);
  EXPECT_EQ(describe(kTopicResource, "t", "segment.bytes").source, 4);
  EXPECT_TRUE(describe_all(kBrokerResource, "").empty());
}

TEST_F(LiveSettingsTest, AChangedDefaultHoldsForTheNextRequest) {
  const std::string large = batch({std::string(5000, 'x')});
  EXPECT_EQ(set(kBrokerResource, "", "message.max.bytes", "1000"), error::kNone);
  EXPECT_EQ(produce("t", large).error_code, error::kMessageTooLarge);
  EXPECT_EQ(set(kTopicResource, "t", "max.message.bytes", "9000"), error::kNone);
  EXPECT_EQ(produce("t", large).error_code, error::kNone);
}

TEST_F(LiveSettingsTest, ValuesThatDoNotFitAreRefusedAsKafkaDoes) {
  EXPECT_EQ(set(kBrokerResource, "", "log.retention.ms", "soon"), error::kInvalidRequest);
  EXPECT_EQ(set(kBrokerResource, "9", "log.retention.ms", "1"), error::kInvalidRequest);
  Answer answer = alter(kBrokerResource, "1", {{"log.retention.ms", kSet, "5"}}, true);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(describe(kBrokerResource, "1", "log.retention.ms").value, "-1") << "only asked";
}

TEST_F(LiveSettingsTest, AGroupHasSettingsOfItsOwn) {
  EXPECT_TRUE(listed(kGroupResource).empty());
  EXPECT_EQ(origin(kGroupResource, "g", "consumer.session.timeout.ms"),
            "50000: group.consumer.session.timeout.ms=50000(4) "
            "group.consumer.session.timeout.ms=45000(5)");
  EXPECT_EQ(set(kGroupResource, "g", "consumer.session.timeout.ms", "60000"), error::kNone);
  EXPECT_EQ(set(kGroupResource, "g", "consumer.heartbeat.interval.ms", "7000"), error::kNone);
  EXPECT_EQ(origin(kGroupResource, "g", "consumer.heartbeat.interval.ms"),
            "7000: consumer.heartbeat.interval.ms=7000(8) "
            "group.consumer.heartbeat.interval.ms=5000(5)");
  const Config session = describe(kGroupResource, "g", "consumer.session.timeout.ms");
  EXPECT_EQ(session.source, 8);
  EXPECT_FALSE(session.is_read_only);
  EXPECT_FALSE(session.documentation.value_or("").empty());
  EXPECT_EQ(listed(kGroupResource), std::vector<std::string>{"g"});
  EXPECT_EQ(describe(kGroupResource, "other", "consumer.heartbeat.interval.ms").source, 5);
  take_back(kGroupResource, "g", "consumer.session.timeout.ms");
  take_back(kGroupResource, "g", "consumer.heartbeat.interval.ms");
  EXPECT_TRUE(listed(kGroupResource).empty());
}

TEST_F(LiveSettingsTest, AGroupStaysWithinTheServersBounds) {
  auto refused = [this](std::string_view key, std::string_view value) {
    Answer answer = alter(kGroupResource, "g", {{key, kSet, value}});
    EXPECT_EQ(answer.error_code, error::kInvalidConfig) << key << "=" << value;
    return answer.error_message.value_or("");
  };
  EXPECT_NE(refused("consumer.session.timeout.ms", "44999").find("min.session"), std::string::npos);
  EXPECT_NE(refused("consumer.session.timeout.ms", "60001").find("max.session"), std::string::npos);
  EXPECT_NE(refused("consumer.heartbeat.interval.ms", "4999").find("min.heart"), std::string::npos);
  EXPECT_NE(refused("consumer.heartbeat.interval.ms", "x").find("number"), std::string::npos);
  EXPECT_NE(refused("share.session.timeout.ms", "45000").find("unknown"), std::string::npos);
  EXPECT_EQ(set(kGroupResource, "", "consumer.session.timeout.ms", "50000"),
            error::kInvalidRequest);
  EXPECT_TRUE(listed(kGroupResource).empty());
}

}  // namespace
}  // namespace kappa::kafka
