// AlterConfigs, IncrementalAlterConfigs, and what DescribeConfigs says afterwards.

#include "kafka/broker/config_changes.h"

#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

using Config = DescribeConfigsResponse::Result::Config;

constexpr int8_t kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3;

BrokerOptions small_segments() {
  BrokerOptions options;
  options.log.segment_bytes = 1 << 20;
  return options;
}

class ConfigChangesTest : public BrokerTestBase {
 protected:
  ConfigChangesTest() : BrokerTestBase(small_segments()) { create_topic("t"); }

  using Change = IncrementalAlterConfigsRequest::Resource::Config;
  IncrementalAlterConfigsResponse::Result alter(std::vector<Change> changes, int8_t type = 2,
                                                std::string_view name = "t",
                                                bool validate_only = false) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back(
        {.resource_type = type, .resource_name = name, .configs = std::move(changes)});
    request.validate_only = validate_only;
    return client_->call<IncrementalAlterConfigsApi>(1, request).responses.at(0);
  }
  int16_t alter_error(Change change) { return alter({change}).error_code; }
  int16_t replace(std::vector<AlterConfigsRequest::Resource::Config> configs) {
    AlterConfigsRequest request;
    request.resources.push_back(
        {.resource_type = 2, .resource_name = "t", .configs = std::move(configs)});
    return client_->call<AlterConfigsApi>(2, request).responses.at(0).error_code;
  }
  Config describe(std::string_view key, int8_t type = 2, std::string_view name = "t") {
    DescribeConfigsRequest request;
    request.resources.push_back(
        {.resource_type = type, .resource_name = name, .configuration_keys = {{key}}});
    request.include_synonyms = request.include_documentation = true;
    auto result = client_->call<DescribeConfigsApi>(4, request).results.at(0);
    EXPECT_EQ(result.configs.size(), 1u) << key;
    return result.configs.at(0);
  }
  log::TopicSettings settings() { return log_->find_topic("t")->settings; }
};

TEST_F(ConfigChangesTest, SetsAndDeletes) {
  EXPECT_EQ(alter_error({"retention.ms", kSet, "60000"}), error::kNone);
  EXPECT_EQ(describe("retention.ms").value, "60000");
  EXPECT_EQ(describe("retention.ms").source, 1) << "of the topic";
  EXPECT_EQ(alter_error({"retention.ms", kDelete, std::nullopt}), error::kNone);
  EXPECT_EQ(describe("retention.ms").value, "-1");
  EXPECT_EQ(describe("retention.ms").source, 5) << "the default";
}

TEST_F(ConfigChangesTest, LengthensAndShortensLists) {
  EXPECT_EQ(alter_error({"cleanup.policy", kAppend, "compact"}), error::kNone);
  EXPECT_EQ(settings()["cleanup.policy"], "delete,compact");
  EXPECT_EQ(alter_error({"cleanup.policy", kAppend, "compact"}), error::kNone);
  EXPECT_EQ(settings()["cleanup.policy"], "delete,compact");
  EXPECT_EQ(alter_error({"cleanup.policy", kSubtract, "delete"}), error::kNone);
  EXPECT_EQ(settings()["cleanup.policy"], "compact");
  EXPECT_EQ(alter_error({"cleanup.policy", kSubtract, "compact"}), error::kInvalidConfig);
  EXPECT_EQ(alter_error({"retention.ms", kAppend, "5"}), error::kInvalidConfig);
  EXPECT_EQ(settings()["cleanup.policy"], "compact");
}

TEST_F(ConfigChangesTest, ReplacesAllAtOnce) {
  EXPECT_EQ(replace({{"retention.ms", "1"}, {"durability", "os"}}), error::kNone);
  EXPECT_EQ(replace({{"retention.bytes", "5"}}), error::kNone);
  EXPECT_EQ(settings(), (log::TopicSettings{{"retention.bytes", "5"}}));
  EXPECT_EQ(replace({}), error::kNone);
  EXPECT_TRUE(settings().empty());
}

TEST_F(ConfigChangesTest, ChangesAllOrNothing) {
  auto answer = alter({{"retention.ms", kSet, "1"}, {"segment.bytes", kSet, "none"}});
  EXPECT_EQ(answer.error_code, error::kInvalidConfig);
  EXPECT_NE(answer.error_message->find("segment.bytes"), std::string::npos);
  EXPECT_TRUE(settings().empty());
  EXPECT_EQ(alter({{"retention.ms", kSet, "1"}}, 2, "t", /*validate_only=*/true).error_code,
            error::kNone);
  EXPECT_TRUE(settings().empty());
}

TEST_F(ConfigChangesTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(alter_error({"no.such.setting", kSet, "1"}), error::kInvalidConfig);
  EXPECT_EQ(alter_error({"remote.storage.enable", kSet, "true"}), error::kInvalidConfig);
  EXPECT_EQ(alter_error({"retention.ms", kSet, std::nullopt}), error::kInvalidRequest);
  EXPECT_EQ(alter_error({"retention.ms", 9, "1"}), error::kInvalidRequest);
  EXPECT_EQ(
      alter({{"retention.ms", kSet, "1"}, {"retention.ms", kDelete, std::nullopt}}).error_code,
      error::kInvalidRequest);
  EXPECT_EQ(alter({{"min.compaction.lag.ms", kSet, "9"}, {"max.compaction.lag.ms", kSet, "5"}})
                .error_code,
            error::kInvalidConfig);
  EXPECT_EQ(alter({{"retention.ms", kSet, "1"}}, 2, "missing").error_code,
            error::kUnknownTopicOrPartition);
  EXPECT_EQ(alter({{"retention.ms", kSet, "1"}}, 2, "").error_code, error::kInvalidRequest);
  create_topic("__kappa_own");
  EXPECT_EQ(alter({{"retention.ms", kSet, "1"}}, 2, "__kappa_own").error_code,
            error::kInvalidTopic);
  EXPECT_EQ(alter({{"x", kSet, "1"}}, 16, "metrics").error_code, error::kInvalidRequest);
}

TEST_F(ConfigChangesTest, RefusesAResourceThatIsNamedTwice) {
  AlterConfigsRequest request;
  request.resources.push_back({.resource_type = 2, .resource_name = "t"});
  request.resources.push_back({.resource_type = 2, .resource_name = "t"});
  auto response = client_->call<AlterConfigsApi>(2, request);
  EXPECT_EQ(response.responses.at(0).error_code, error::kInvalidRequest);
  EXPECT_EQ(response.responses.at(1).error_code, error::kInvalidRequest);
}

TEST_F(ConfigChangesTest, WhatTheServerIsStartedWithStaysAsItIs) {
  auto refused = alter({{"log.cleanup.policy", kSet, "compact"}}, 4, "");
  EXPECT_EQ(refused.error_code, error::kInvalidRequest);
  EXPECT_NE(refused.error_message->find("a topic's own"), std::string::npos);
  EXPECT_EQ(alter({{"num.partitions", kSet, "5"}}, 4, "1").error_code, error::kInvalidRequest);
  EXPECT_EQ(alter({{"no.such.setting", kSet, "5"}}, 4, "").error_code, error::kInvalidConfig);
  EXPECT_EQ(alter({{"num.partitions", kSet, "5"}}, 4, "7").error_code, error::kInvalidRequest);
  EXPECT_EQ(alter({}, 4, "1").error_code, error::kNone);
  EXPECT_EQ(
      alter({{"leader.replication.throttled.rate", kDelete, std::nullopt}}, 4, "1").error_code,
      error::kNone)
      << "kafka-reassign-partitions --verify clears throttles";
  EXPECT_TRUE(describe("num.partitions", 4, "1").is_read_only);
}

TEST_F(ConfigChangesTest, TellsAllThatAValueCouldComeFrom) {
  auto sources = [](const Config& config) {
    std::string text;
    for (const auto& synonym : config.synonyms)
      text += fmt::format("{}={}({}) ", synonym.name, *synonym.value, synonym.source);
    return text;
  };
  EXPECT_EQ(sources(describe("segment.bytes")),
            "log.segment.bytes=1048576(4) log.segment.bytes=1073741824(5) ");
  EXPECT_EQ(describe("segment.bytes").source, 4);
  alter({{"segment.bytes", kSet, "2000"}, {"segment.ms", kSet, "7"}});
  EXPECT_EQ(sources(describe("segment.bytes")),
            "segment.bytes=2000(1) log.segment.bytes=1048576(4) log.segment.bytes=1073741824(5) ");
  EXPECT_EQ(sources(describe("segment.ms")), "segment.ms=7(1) log.roll.ms=604800000(5) ");
}

TEST_F(ConfigChangesTest, DescribesEveryKeyWithTypeAndText) {
  DescribeConfigsRequest request;
  request.resources.push_back({.resource_type = 2, .resource_name = "t"});
  request.resources.push_back({.resource_type = 4, .resource_name = "1"});
  request.include_documentation = true;
  auto response = client_->call<DescribeConfigsApi>(4, request);
  EXPECT_GE(response.results.at(0).configs.size(), 33u);
  EXPECT_GE(response.results.at(1).configs.size(), 40u);
  for (const auto& result : response.results) {
    for (const auto& config : result.configs) {
      EXPECT_TRUE(config.value.has_value()) << config.name;
      EXPECT_GT(config.type, 0) << config.name;
      EXPECT_FALSE(config.documentation.value_or("").empty()) << config.name;
    }
  }
}

}  // namespace
}  // namespace kappa::kafka
