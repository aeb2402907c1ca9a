// ApiVersions, Metadata, DescribeCluster and FindCoordinator: what clients ask first.

#include <algorithm>

#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

class MetadataTest : public BrokerTestBase {
 protected:
  static MetadataRequest request_for(std::vector<std::string_view> names, bool create = false) {
    MetadataRequest request;
    request.topics.emplace();
    for (auto name : names) request.topics->push_back({.name = name});
    request.allow_auto_topic_creation = create;
    return request;
  }
};

TEST_F(MetadataTest, ApiVersionsTellsWhatIsServed) {
  for (int16_t version = 0; version <= 4; ++version) {
    ApiVersionsRequest request{"kafka-client", "1.2-rc.3"};
    auto response = client_->call<ApiVersionsApi>(version, request);
    EXPECT_EQ(response.error_code, error::kNone);
    auto range = [&](int16_t key) {
      for (const auto& api : response.api_keys) {
        if (api.api_key == key) return Versions{api.min_version, api.max_version};
      }
      return kNever;
    };
    EXPECT_EQ(range(0).first, 0) << "librdkafka derives compression from Produce version 0";
    EXPECT_EQ(range(0).last, 13);
    EXPECT_GE(range(1).last, 12) << "librdkafka 2.6.0 falls back to Fetch 12";
    EXPECT_EQ(range(18).last, 4);
    EXPECT_GT(range(71).first, range(71).last) << "telemetry told would be pushed at once";
    // Older answers leave features out that may be off (KAFKA-17011).
    EXPECT_EQ(response.supported_features.empty(), version < 4);
  }
}

TEST_F(MetadataTest, ApiVersionsRefusesBadSoftwareNames) {
  auto error_for = [&](std::string_view name, std::string_view version) {
    return client_->call<ApiVersionsApi>(3, {name, version}).error_code;
  };
  EXPECT_EQ(error_for("librdkafka", "2.0.2"), error::kNone);
  EXPECT_EQ(error_for("", "1"), error::kInvalidRequest);
  EXPECT_EQ(error_for("a", ""), error::kInvalidRequest);
  EXPECT_EQ(error_for("-a", "1"), error::kInvalidRequest);
  EXPECT_EQ(error_for("a b", "1"), error::kInvalidRequest);
  EXPECT_EQ(error_for("a", "1."), error::kInvalidRequest);
}

TEST_F(MetadataTest, TellsTheAddressThatWasDialled) {
  auto response = client_->call<MetadataApi>(12, request_for({}));
  ASSERT_EQ(response.brokers.size(), 1u);
  EXPECT_EQ(response.brokers[0].host, "broker.test");
  EXPECT_EQ(response.brokers[0].port, 9092);
  EXPECT_EQ(response.controller_id, response.brokers[0].node_id);
  EXPECT_EQ(response.cluster_id, "kappa");
}

TEST_F(MetadataTest, DistinguishesAllTopicsFromNone) {
  create_topic("a");
  create_topic("__kappa_b");
  MetadataRequest all;
  EXPECT_EQ(client_->call<MetadataApi>(0, request_for({})).topics.size(), 2u);
  EXPECT_EQ(client_->call<MetadataApi>(1, request_for({})).topics.size(), 0u);
  for (int16_t version = 1; version <= 13; ++version) {
    auto response = client_->call<MetadataApi>(version, all);
    ASSERT_EQ(response.topics.size(), 2u) << version;
    EXPECT_TRUE(response.topics[0].is_internal);
    EXPECT_FALSE(response.topics[1].is_internal);
  }
}

TEST_F(MetadataTest, DescribesPartitionsAndIds) {
  auto id = create_topic("t", 3);
  auto response = client_->call<MetadataApi>(13, request_for({"t"}));
  const auto& topic = response.topics.at(0);
  EXPECT_EQ(topic.topic_id, id);
  EXPECT_EQ(topic.partitions.size(), 3u);
  EXPECT_EQ(topic.partitions[2].index, 2);
  EXPECT_EQ(topic.partitions[2].leader_epoch, 0);
  EXPECT_EQ(topic.partitions[2].isr_nodes, topic.partitions[2].replica_nodes);
  EXPECT_EQ(topic.topic_authorized_operations, std::numeric_limits<int32_t>::min());
  MetadataRequest with_operations = request_for({"t"});
  with_operations.include_topic_authorized_operations = true;
  response = client_->call<MetadataApi>(13, with_operations);
  EXPECT_GT(response.topics.at(0).topic_authorized_operations, 0);
}

TEST_F(MetadataTest, FindsTopicsById) {
  auto id = create_topic("t");
  MetadataRequest request;
  request.topics.emplace({MetadataRequest::Topic{.topic_id = id},
                          MetadataRequest::Topic{.topic_id = TopicId{{1}}},
                          MetadataRequest::Topic{}});
  auto response = client_->call<MetadataApi>(12, request);
  EXPECT_EQ(response.topics.at(0).name, "t");
  EXPECT_EQ(response.topics.at(1).error_code, error::kUnknownTopicId);
  EXPECT_EQ(response.topics.at(1).name, std::nullopt);
  EXPECT_EQ(response.topics.at(2).error_code, error::kInvalidRequest);
}

// As the Java client does, which leaves the name empty where it means none.
TEST_F(MetadataTest, AnIdComesBeforeAName) {
  auto id = create_topic("t");
  MetadataRequest request;
  request.topics.emplace({MetadataRequest::Topic{.topic_id = id, .name = ""}});
  EXPECT_EQ(client_->call<MetadataApi>(12, request).topics.at(0).name, "t");
  EXPECT_EQ(client_->call<MetadataApi>(11, request).topics.at(0).error_code, error::kInvalidTopic);
}

TEST_F(MetadataTest, CreatesTopicsOnlyWhenTheClientAllowsIt) {
  auto refused = client_->call<MetadataApi>(4, request_for({"new"}, false));
  EXPECT_EQ(refused.topics.at(0).error_code, error::kUnknownTopicOrPartition);
  auto created = client_->call<MetadataApi>(4, request_for({"new"}, true));
  EXPECT_EQ(created.topics.at(0).error_code, error::kNone);
  EXPECT_EQ(created.topics.at(0).partitions.size(), 1u);
  EXPECT_TRUE(log_->find_topic("new").ok());
  auto invalid = client_->call<MetadataApi>(4, request_for({"a b", "", "__kappa_x", ".."}, true));
  for (const auto& topic : invalid.topics) EXPECT_EQ(topic.error_code, error::kInvalidTopic);
}

TEST_F(MetadataTest, DescribesTheCluster) {
  DescribeClusterRequest request;
  for (int16_t version = 0; version <= 2; ++version) {
    auto response = client_->call<DescribeClusterApi>(version, request);
    EXPECT_EQ(response.error_code, error::kNone);
    EXPECT_EQ(response.cluster_id, "kappa");
    EXPECT_EQ(response.brokers.at(0).host, "broker.test");
    EXPECT_EQ(response.controller_id, response.brokers.at(0).broker_id);
  }
  request.endpoint_type = 2;
  EXPECT_EQ(client_->call<DescribeClusterApi>(1, request).error_code,
            error::kMismatchedEndpointType);
  request.endpoint_type = 9;
  EXPECT_EQ(client_->call<DescribeClusterApi>(1, request).error_code,
            error::kUnsupportedEndpointType);
}

TEST_F(MetadataTest, CoordinatesEveryGroupItself) {
  FindCoordinatorRequest one{.key = "g"};
  for (int16_t version = 0; version <= 3; ++version) {
    auto response = client_->call<FindCoordinatorApi>(version, one);
    EXPECT_EQ(response.error_code, error::kNone);
    EXPECT_EQ(response.node_id, 1);
    EXPECT_EQ(response.host, "broker.test");
    EXPECT_EQ(response.port, 9092);
  }
  FindCoordinatorRequest many{.coordinator_keys = {"g", "h"}};
  for (int16_t version = 4; version <= 6; ++version) {
    auto batch = client_->call<FindCoordinatorApi>(version, many);
    ASSERT_EQ(batch.coordinators.size(), 2u);
    EXPECT_EQ(batch.coordinators[1].key, "h");
    EXPECT_EQ(batch.coordinators[1].error_code, error::kNone);
    EXPECT_EQ(batch.coordinators[1].port, 9092);
  }
}

TEST_F(MetadataTest, CoordinatesTransactionsAndNothingUnknown) {
  FindCoordinatorRequest transaction{.key = "tx", .key_type = 1};
  auto response = client_->call<FindCoordinatorApi>(2, transaction);
  EXPECT_EQ(response.error_code, error::kNone);
  EXPECT_EQ(response.node_id, broker_->options().node_id);
  EXPECT_EQ(response.host, "broker.test");
  FindCoordinatorRequest unknown{.key = "x", .key_type = 9};
  EXPECT_EQ(client_->call<FindCoordinatorApi>(2, unknown).error_code, error::kInvalidRequest);
}

}  // namespace
}  // namespace kappa::kafka
