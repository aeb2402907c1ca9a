// CreateTopics, DeleteTopics and DescribeConfigs.

#include "kafka/testing/broker_test_base.h"
#include "log/server_settings.h"

namespace kappa::kafka {
namespace {

class AdminTest : public BrokerTestBase {
 protected:
  explicit AdminTest(BrokerOptions options = {}) : BrokerTestBase(std::move(options)) {}

  static CreateTopicsRequest::Topic topic(std::string_view name, int32_t partitions = 1,
                                          int16_t replicas = 1) {
    return {.name = name, .partition_count = partitions, .replication_factor = replicas};
  }
  CreateTopicsResponse::Topic create(CreateTopicsRequest::Topic topic, int16_t version = 7) {
    CreateTopicsRequest request;
    request.topics = {std::move(topic)};
    return client_->call<CreateTopicsApi>(version, request).topics.at(0);
  }
  int16_t create_error(CreateTopicsRequest::Topic topic, int16_t version = 7) {
    return create(std::move(topic), version).error_code;
  }
  DescribeConfigsResponse::Result describe(int8_t type, std::string_view name,
                                           int16_t version = 4) {
    DescribeConfigsRequest request;
    request.resources.push_back({.resource_type = type, .resource_name = name});
    request.include_synonyms = true;
    request.include_documentation = true;
    return client_->call<DescribeConfigsApi>(version, request).results.at(0);
  }
};

TEST_F(AdminTest, CreatesATopicWithSettings) {
  auto wanted = topic("t", 3);
  wanted.configs = {{.name = "retention.ms", .value = "60000"}};
  auto answer = create(wanted);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.partition_count, 3);
  EXPECT_EQ(answer.replication_factor, 1);
  auto made = log_->find_topic("t");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(answer.topic_id, made->id);
  EXPECT_EQ(made->settings.at("retention.ms"), "60000");
  bool is_told = false;
  for (const auto& config : *answer.configs) {
    is_told |= config.name == "retention.ms" && config.value == "60000" && config.source == 1;
  }
  EXPECT_TRUE(is_told);
}

TEST_F(AdminTest, UsesDefaultsInEveryVersion) {
  EXPECT_EQ(create_error(topic("old", -1, -1), 3), error::kNone);
  auto answer = create(topic("a", -1, -1), 5);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.partition_count, 1);
}

TEST_F(AdminTest, RefusesWhatCannotBe) {
  EXPECT_EQ(create_error(topic("t", 0)), error::kInvalidPartitions);
  EXPECT_EQ(create_error(topic("t", 2'000'000'000)), error::kInvalidPartitions);
  EXPECT_EQ(create_error(topic("t", 1, 3)), error::kInvalidReplicationFactor);
  EXPECT_EQ(create_error(topic("t", 1, 0)), error::kInvalidReplicationFactor);
  EXPECT_EQ(create_error(topic("")), error::kInvalidTopic);
  EXPECT_EQ(create_error(topic("..")), error::kInvalidTopic);
  EXPECT_EQ(create_error(topic("a/b")), error::kInvalidTopic);
  EXPECT_EQ(create_error(topic(std::string(250, 'a'))), error::kInvalidTopic);
  EXPECT_EQ(create_error(topic("__kappa_mine")), error::kInvalidTopic);
  EXPECT_EQ(create_error(topic("t")), error::kNone);
  EXPECT_EQ(create_error(topic("t")), error::kTopicAlreadyExists);
}

TEST_F(AdminTest, RefusesSettingsThatItDoesNotKnow) {
  auto with = [&](std::string_view name, std::optional<std::string_view> value) {
    auto wanted = topic("t");
    wanted.configs = {{.name = name, .value = value}};
    auto answer = create(wanted);
    EXPECT_FALSE(log_->find_topic("t").ok());
    return answer.error_code;
  };
  EXPECT_EQ(with("no.such.setting", "1"), error::kInvalidConfig);
  EXPECT_EQ(with("retention.ms", "soon"), error::kInvalidConfig);
  EXPECT_EQ(with("retention.ms", std::nullopt), error::kInvalidConfig);
}

TEST_F(AdminTest, OnlyChecksWhenAskedTo) {
  CreateTopicsRequest request;
  request.validate_only = true;
  request.topics = {topic("t"), topic("u", 0)};
  auto response = client_->call<CreateTopicsApi>(7, request);
  EXPECT_EQ(response.topics.at(0).error_code, error::kNone);
  EXPECT_EQ(response.topics.at(1).error_code, error::kInvalidPartitions);
  EXPECT_FALSE(log_->find_topic("t").ok());
}

TEST_F(AdminTest, RefusesATopicThatIsNamedTwice) {
  CreateTopicsRequest request;
  request.topics = {topic("t"), topic("u"), topic("t")};
  auto response = client_->call<CreateTopicsApi>(7, request);
  EXPECT_EQ(response.topics.at(0).error_code, error::kInvalidRequest);
  EXPECT_EQ(response.topics.at(1).error_code, error::kNone);
  EXPECT_EQ(response.topics.at(2).error_code, error::kInvalidRequest);
}

TEST_F(AdminTest, TakesAssignmentsToTheOneBroker) {
  auto wanted = topic("t", -1, -1);
  wanted.assignments = {{.partition_index = 1, .broker_ids = {1}},
                        {.partition_index = 0, .broker_ids = {1}}};
  EXPECT_EQ(create(wanted).partition_count, 2);
  wanted.name = "u";
  wanted.assignments[0].partition_index = 0;
  EXPECT_EQ(create_error(wanted), error::kInvalidReplicaAssignment);
  wanted.assignments[0] = {.partition_index = 1, .broker_ids = {1, 2}};
  EXPECT_EQ(create_error(wanted), error::kInvalidReplicaAssignment);
  wanted.partition_count = 2;
  EXPECT_EQ(create_error(wanted), error::kInvalidRequest);
}

TEST_F(AdminTest, DeletesByNameAndById) {
  auto a = create_topic("a"), b = create_topic("b"), c = create_topic("c");
  DeleteTopicsRequest by_name{.topic_names = {"a", "unknown"}};
  auto response = client_->call<DeleteTopicsApi>(5, by_name);
  EXPECT_EQ(response.topics.at(0).error_code, error::kNone);
  EXPECT_EQ(response.topics.at(1).error_code, error::kUnknownTopicOrPartition);
  DeleteTopicsRequest newer;
  newer.topics = {
      {.topic_id = b}, {.name = "c"}, {.topic_id = TopicId{{7}}}, {.name = "d", .topic_id = a}};
  response = client_->call<DeleteTopicsApi>(6, newer);
  EXPECT_EQ(response.topics.at(0).name, "b");
  EXPECT_EQ(response.topics.at(0).error_code, error::kNone);
  EXPECT_EQ(response.topics.at(1).topic_id, c);
  EXPECT_EQ(response.topics.at(2).error_code, error::kUnknownTopicId);
  EXPECT_EQ(response.topics.at(3).error_code, error::kInvalidRequest);
  EXPECT_TRUE(log_->topics().empty());
}

TEST_F(AdminTest, DeletesNoTopicOfTheServer) {
  create_topic("__kappa_definitions");
  DeleteTopicsRequest request{.topic_names = {"__kappa_definitions"}};
  auto response = client_->call<DeleteTopicsApi>(5, request);
  EXPECT_EQ(response.topics.at(0).error_code, error::kInvalidTopic);
  EXPECT_TRUE(log_->find_topic("__kappa_definitions").ok());
}

TEST_F(AdminTest, DescribesEverySettingOfATopicWithItsSource) {
  create_topic("t", 1, {{"cleanup.policy", "compact"}});
  auto result = describe(2, "t");
  EXPECT_EQ(result.error_code, error::kNone);
  std::map<std::string, DescribeConfigsResponse::Result::Config> configs;
  for (const auto& config : result.configs) configs[config.name] = config;
  EXPECT_GE(configs.size(), 10u);
  const auto& policy = configs.at("cleanup.policy");
  EXPECT_EQ(policy.value, "compact");
  EXPECT_EQ(policy.source, 1);
  ASSERT_EQ(policy.synonyms.size(), 2u);
  EXPECT_EQ(policy.synonyms[1].value, "delete");
  EXPECT_EQ(policy.synonyms[1].source, 5);
  EXPECT_EQ(policy.type, 7) << "a list";
  EXPECT_FALSE(policy.documentation->empty());
  EXPECT_EQ(configs.at("max.message.bytes").value, "1048588");
  EXPECT_EQ(configs.at("max.message.bytes").source, 5);
}

TEST_F(AdminTest, DescribesOnlyTheSettingsAskedFor) {
  create_topic("t");
  DescribeConfigsRequest request;
  request.resources.push_back({.resource_type = 2, .resource_name = "t"});
  request.resources[0].configuration_keys = {"retention.ms", "unknown"};
  auto result = client_->call<DescribeConfigsApi>(1, request).results.at(0);
  ASSERT_EQ(result.configs.size(), 1u);
  EXPECT_EQ(result.configs[0].name, "retention.ms");
  EXPECT_TRUE(result.configs[0].synonyms.empty());
}

TEST_F(AdminTest, DescribesTheBroker) {
  auto result = describe(4, "1");
  EXPECT_EQ(result.error_code, error::kNone);
  std::map<std::string, std::string> values;
  for (const auto& config : result.configs) {
    values[config.name] = config.value.value_or("null");
    EXPECT_EQ(config.is_read_only, !log::find_changeable_default(config.name).ok()) << config.name;
  }
  EXPECT_EQ(values["default.replication.factor"], "1") << "Debezium asks for it";
  EXPECT_EQ(values["group.initial.rebalance.delay.ms"], "0");
  EXPECT_EQ(values["offsets.retention.minutes"], "10080");
  EXPECT_EQ(describe(4, "2").error_code, error::kInvalidRequest);
  EXPECT_EQ(describe(2, "unknown").error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(describe(8, "x").error_code, error::kInvalidRequest);
}

BrokerOptions lenient() {
  BrokerOptions options;
  options.accept_any_replication_factor = true;
  options.auto_create_topics = false;
  options.advertised_host = "elsewhere";
  options.advertised_port = 1234;
  return options;
}

class OptionsTest : public AdminTest {
 protected:
  OptionsTest() : AdminTest(lenient()) {}
};

TEST_F(OptionsTest, TakesAnyReplicationFactorForSuitesThatInsist) {
  EXPECT_EQ(create_error(topic("t", 1, 3)), error::kNone);
}

TEST_F(OptionsTest, AdvertisesWhatItIsToldAndMakesNoTopics) {
  MetadataRequest request;
  request.topics.emplace({MetadataRequest::Topic{.name = "new"}});
  auto response = client_->call<MetadataApi>(9, request);
  EXPECT_EQ(response.brokers.at(0).host, "elsewhere");
  EXPECT_EQ(response.brokers.at(0).port, 1234);
  EXPECT_EQ(response.topics.at(0).error_code, error::kUnknownTopicOrPartition);
}

}  // namespace
}  // namespace kappa::kafka
