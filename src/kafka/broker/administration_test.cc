// Administration of topics: partitions, records, directories, and what one broker can only refuse.

#include <absl/synchronization/notification.h>
#include <gmock/gmock.h>

#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

using testing::ElementsAre;

class AdministrationTest : public BrokerTestBase {
 protected:
  int16_t grow(std::string_view name, int32_t count, bool validate_only = false) {
    CreatePartitionsRequest request;
    request.topics.push_back({.name = name, .count = count});
    request.validate_only = validate_only;
    return client_->call<CreatePartitionsApi>(3, request).results.at(0).error_code;
  }
  DeleteRecordsResponse::Topic::Partition trim(std::string_view name, int64_t offset,
                                               int32_t index = 0, int32_t timeout_ms = 20'000) {
    DeleteRecordsRequest request;
    request.timeout_ms = timeout_ms;
    request.topics.push_back({.name = name});
    request.topics[0].partitions.push_back({.index = index, .offset = offset});
    return client_->call<DeleteRecordsApi>(2, request).topics.at(0).partitions.at(0);
  }
  OffsetForLeaderEpochResponse::Topic::Partition epoch_end(std::string_view name, int32_t epoch,
                                                           int32_t current = -1) {
    OffsetForLeaderEpochRequest request;
    request.topics.push_back({.name = name});
    request.topics[0].partitions.push_back(
        {.index = 0, .current_leader_epoch = current, .leader_epoch = epoch});
    return client_->call<OffsetForLeaderEpochApi>(4, request).topics.at(0).partitions.at(0);
  }
};

TEST_F(AdministrationTest, GivesATopicMorePartitions) {
  auto id = create_topic("t", 2);
  EXPECT_EQ(grow("t", 5), error::kNone);
  EXPECT_EQ(log_->find_topic("t")->partition_count, 5);
  auto request = produce_request("t", {});
  auto bytes = batch({"v"});
  request.topics[0].partitions[0] = {.index = 4, .records = Bytes{bytes}};
  auto answer = client_->call<ProduceApi>(9, request).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(partition(id, 4)->high_watermark(), Offset(1));
}

TEST_F(AdministrationTest, RefusesPartitionsThatCannotBe) {
  create_topic("t", 2);
  EXPECT_EQ(grow("t", 2), error::kInvalidPartitions);
  EXPECT_EQ(grow("t", 1), error::kInvalidPartitions);
  EXPECT_EQ(grow("t", -1), error::kInvalidPartitions);
  EXPECT_EQ(grow("t", 10'001), error::kInvalidPartitions);
  EXPECT_EQ(grow("missing", 2), error::kUnknownTopicOrPartition);
  create_topic("__kappa_own");
  EXPECT_EQ(grow("__kappa_own", 100), error::kInvalidTopic);
  EXPECT_EQ(grow("t", 3, /*validate_only=*/true), error::kNone);
  EXPECT_EQ(log_->find_topic("t")->partition_count, 2);
}

TEST_F(AdministrationTest, AssignsNewPartitionsToTheOneBroker) {
  create_topic("t", 1);
  CreatePartitionsRequest request;
  request.topics.push_back({.name = "t", .count = 3});
  auto error = [&](std::vector<std::vector<int32_t>> brokers) {
    auto& assignments = request.topics[0].assignments.emplace();
    for (auto& ids : brokers) assignments.push_back({std::move(ids)});
    return client_->call<CreatePartitionsApi>(3, request).results.at(0).error_code;
  };
  EXPECT_EQ(error({{1}}), error::kInvalidReplicaAssignment);
  EXPECT_EQ(error({{1}, {2}}), error::kInvalidReplicaAssignment);
  EXPECT_EQ(error({{1}, {1, 2}}), error::kInvalidReplicaAssignment);
  EXPECT_EQ(error({{1}, {1}}), error::kNone);
}

// Somebody who reads topics, as views do.
class Reader : public log::TopicObserver {
 public:
  Status check_change(const log::TopicDescription&, const log::TopicDescription&) override {
    return failed_precondition("a view reads it");
  }
  void changed(const log::TopicDescription&) override {}
};

TEST_F(AdministrationTest, SaysWhyAReaderRefusesAChange) {
  create_topic("t");
  Reader reader;
  log_->observe(&reader);
  CreatePartitionsRequest request;
  request.topics.push_back({.name = "t", .count = 3});
  auto result = client_->call<CreatePartitionsApi>(3, request).results.at(0);
  log_->observe(nullptr);
  EXPECT_EQ(result.error_code, error::kPolicyViolation);
  EXPECT_EQ(result.error_message, "a view reads it");
}

TEST_F(AdministrationTest, DeletesRecords) {
  auto id = create_topic("t", 1);
  for (int i = 0; i < 4; ++i) produce("t", batch({"v"}));
  auto answer = trim("t", 2);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.low_watermark, 2);
  EXPECT_EQ(trim("t", 1).low_watermark, 2) << "what is gone stays gone";
  EXPECT_EQ(fetch("t", 1).error_code, error::kOffsetOutOfRange);
  EXPECT_EQ(trim("t", -1).low_watermark, 4) << "-1 is the high watermark";
  EXPECT_EQ(partition(id)->log_start(), Offset(4));
}

TEST_F(AdministrationTest, RefusesToDeleteWhatItCannot) {
  create_topic("t", 1);
  create_topic("compacted", 1, {{"cleanup.policy", "compact"}});
  create_topic("both", 1, {{"cleanup.policy", "compact,delete"}});
  EXPECT_EQ(trim("t", 1).error_code, error::kOffsetOutOfRange);
  EXPECT_EQ(trim("t", -2).error_code, error::kOffsetOutOfRange);
  EXPECT_EQ(trim("t", 0, 7).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(trim("missing", 0).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(trim("compacted", 0).error_code, error::kPolicyViolation);
  EXPECT_EQ(trim("both", 0).error_code, error::kNone);
  create_topic("__kappa_own");
  EXPECT_EQ(trim("__kappa_own", 0).error_code, error::kInvalidTopic);
}

TEST_F(AdministrationTest, DeletesRecordsOnceNobodyHoldsThem) {
  auto id = create_topic("t", 1);
  produce("t", batch({"v"}));
  absl::Notification is_asked;
  auto hold = partition(id)->hold(Offset(0), [&] {
    if (!is_asked.HasBeenNotified()) is_asked.Notify();
  });
  DeleteRecordsRequest request;
  request.timeout_ms = 20'000;
  request.topics.push_back({.name = "t"});
  request.topics[0].partitions.push_back({.index = 0, .offset = 1});
  client_->send<DeleteRecordsApi>(2, request);
  ASSERT_TRUE(is_asked.WaitForNotificationWithTimeout(absl::Seconds(20)));
  EXPECT_EQ(client_->connection().frame_count(), 0u);
  hold->move(Offset(1));
  auto answer = client_->receive<DeleteRecordsApi>(2).topics.at(0).partitions.at(0);
  EXPECT_EQ(answer.low_watermark, 1);

  produce("t", batch({"v"}));
  EXPECT_EQ(trim("t", 2, 0, /*timeout_ms=*/1).error_code, error::kRequestTimedOut);
  EXPECT_EQ(fetch("t", 1).error_code, error::kNone) << "it is held";
}

TEST_F(AdministrationTest, KnowsWhereItsOneEpochEnds) {
  create_topic("t");
  produce("t", batch({"a", "b"}));
  auto answer = epoch_end("t", 0);
  EXPECT_EQ(answer.error_code, error::kNone);
  EXPECT_EQ(answer.leader_epoch, 0);
  EXPECT_EQ(answer.end_offset, 2);
  EXPECT_EQ(epoch_end("t", 3).end_offset, -1);
  EXPECT_EQ(epoch_end("t", 0, 1).error_code, error::kUnknownLeaderEpoch);
  EXPECT_EQ(epoch_end("missing", 0).error_code, error::kUnknownTopicOrPartition);
}

TEST_F(AdministrationTest, TellsWhatPartitionsTakeOnDisk) {
  create_topic("t", 2);
  auto bytes = batch({"abc"});
  produce("t", bytes);
  auto response = client_->call<DescribeLogDirsApi>(4, {});
  ASSERT_EQ(response.results.size(), 1u);
  const auto& result = response.results[0];
  EXPECT_EQ(result.log_dir, broker_->options().log.directory);
  EXPECT_GT(result.total_bytes, 0);
  EXPECT_GE(result.usable_bytes, 0);
  EXPECT_LE(result.usable_bytes, result.total_bytes);
  EXPECT_EQ(client_->call<DescribeLogDirsApi>(3, {}).results.at(0).total_bytes, -1) << "not told";
  DescribeLogDirsRequest request;
  request.topics.emplace();
  request.topics->push_back({.name = "t", .partitions = {0, 9}});
  request.topics->push_back({.name = "missing", .partitions = {0}});
  auto some = client_->call<DescribeLogDirsApi>(4, request).results.at(0);
  ASSERT_EQ(some.topics.size(), 1u);
  ASSERT_EQ(some.topics[0].partitions.size(), 1u);
  EXPECT_EQ(some.topics[0].partitions[0].size_bytes, static_cast<int64_t>(bytes.size()));
}

TEST_F(AdministrationTest, ElectsNobody) {
  create_topic("t");
  ElectLeadersRequest request;
  EXPECT_TRUE(client_->call<ElectLeadersApi>(2, request).topics.empty());
  request.topics.emplace();
  request.topics->push_back({.name = "t", .partitions = {0, 5}});
  auto topic = client_->call<ElectLeadersApi>(2, request).topics.at(0);
  EXPECT_EQ(topic.partitions.at(0).error_code, error::kElectionNotNeeded);
  EXPECT_EQ(topic.partitions.at(1).error_code, error::kUnknownTopicOrPartition);
}

TEST_F(AdministrationTest, ReassignsToWhereItIs) {
  create_topic("t", 1);
  AlterPartitionReassignmentsRequest request;
  request.topics.push_back({.name = "t"});
  auto error = [&](int32_t index, std::optional<std::vector<int32_t>> replicas) {
    request.topics[0].partitions = {{.index = index, .replicas = std::move(replicas)}};
    auto response = client_->call<AlterPartitionReassignmentsApi>(1, request);
    return response.topics.at(0).partitions.at(0).error_code;
  };
  EXPECT_EQ(error(0, {{1}}), error::kNone);
  EXPECT_EQ(error(0, {{2}}), error::kInvalidReplicaAssignment);
  EXPECT_EQ(error(0, {{1, 2}}), error::kInvalidReplicaAssignment);
  EXPECT_EQ(error(0, std::nullopt), error::kNoReassignmentInProgress);
  EXPECT_EQ(error(3, {{1}}), error::kUnknownTopicOrPartition);
  EXPECT_TRUE(client_->call<ListPartitionReassignmentsApi>(0, {}).topics.empty());
}

TEST_F(AdministrationTest, DescribesPartitionsPageByPage) {
  create_topic("a", 3);
  create_topic("b", 2);
  DescribeTopicPartitionsRequest request;
  request.topics = {{.name = "b"}, {.name = "a"}, {.name = "missing"}};
  request.response_partition_limit = 2;
  std::vector<std::string> pages;
  for (int page = 0; page < 10; ++page) {
    auto response = client_->call<DescribeTopicPartitionsApi>(0, request);
    std::string text;
    for (const auto& topic : response.topics) {
      text += *topic.name;
      if (topic.error_code != 0) text += "!";
      for (const auto& partition : topic.partitions) text += fmt::format("{}", partition.index);
    }
    pages.push_back(text);
    if (!response.next_cursor) break;
    static std::string name;
    name = response.next_cursor->topic_name;
    request.cursor = {{name, response.next_cursor->partition_index}};
  }
  EXPECT_THAT(pages, ElementsAre("a01", "a2b0", "b1missing!"));
}

TEST_F(AdministrationTest, DescribesAllTopicsWhenNoneIsNamed) {
  create_topic("a");
  create_topic("__kappa_own");
  auto response = client_->call<DescribeTopicPartitionsApi>(0, {});
  std::vector<std::string> names;
  for (const auto& topic : response.topics) names.push_back(*topic.name);
  EXPECT_THAT(names, ElementsAre("__kappa_own", "a"));
  EXPECT_TRUE(response.topics[0].is_internal);
  EXPECT_THAT(response.topics[1].partitions[0].isr_nodes, ElementsAre(1));
}

TEST_F(AdministrationTest, ListsWhatHasSettings) {
  create_topic("t");
  EXPECT_TRUE(client_->call<ListConfigResourcesApi>(0, {}).resources.empty());
  auto all = client_->call<ListConfigResourcesApi>(1, {}).resources;
  EXPECT_EQ(all.size(), 2u) << "a topic and a broker";
  ListConfigResourcesRequest request;
  request.resource_types = {4};
  auto brokers = client_->call<ListConfigResourcesApi>(1, request).resources;
  ASSERT_EQ(brokers.size(), 1u);
  EXPECT_EQ(brokers[0].name, "1");
  request.resource_types = {99};
  EXPECT_EQ(client_->call<ListConfigResourcesApi>(1, request).error_code,
            error::kUnsupportedVersion);
}

TEST_F(AdministrationTest, SwitchesNoFeatures) {
  UpdateFeaturesRequest request;
  request.updates.push_back({.feature = "metadata.version", .max_version_level = 20});
  EXPECT_EQ(client_->call<UpdateFeaturesApi>(2, request).error_code, error::kInvalidUpdateVersion);
  EXPECT_EQ(client_->call<UpdateFeaturesApi>(1, request).results.at(0).error_code,
            error::kInvalidUpdateVersion);
}

TEST_F(AdministrationTest, SaysThatThereIsNoSecurity) {
  EXPECT_EQ(client_->call<DescribeAclsApi>(3, {}).error_code, error::kSecurityDisabled);
  CreateAclsRequest creation;
  creation.creations.emplace_back();
  EXPECT_EQ(client_->call<CreateAclsApi>(3, creation).results.at(0).error_code,
            error::kSecurityDisabled);
  DeleteAclsRequest deletion;
  deletion.filters.emplace_back();
  EXPECT_EQ(client_->call<DeleteAclsApi>(3, deletion).filter_results.at(0).error_code,
            error::kSecurityDisabled);
  EXPECT_TRUE(client_->call<DescribeUserScramCredentialsApi>(0, {}).results.empty());
  DescribeUserScramCredentialsRequest asked;
  asked.users.emplace().push_back({"ann"});
  EXPECT_EQ(client_->call<DescribeUserScramCredentialsApi>(0, asked).results.at(0).error_code,
            error::kResourceNotFound);
  AlterUserScramCredentialsRequest users;
  users.deletions.push_back({.name = "ann"});
  users.upsertions.push_back({.name = "bob"});
  auto altered = client_->call<AlterUserScramCredentialsApi>(0, users);
  EXPECT_EQ(altered.results.at(0).error_code, error::kResourceNotFound);
  EXPECT_EQ(altered.results.at(1).error_code, error::kUnsupportedSaslMechanism);
}

TEST_F(AdministrationTest, TakesNoQuotas) {
  auto none = client_->call<DescribeClientQuotasApi>(1, {});
  EXPECT_EQ(none.error_code, error::kNone);
  EXPECT_TRUE(none.entries && none.entries->empty());
  AlterClientQuotasRequest request;
  auto& entry = request.entries.emplace_back();
  entry.entity.push_back({.entity_type = "user", .entity_name = "ann"});
  entry.ops.push_back({.key = "producer_byte_rate", .value_bits = 0});
  EXPECT_EQ(client_->call<AlterClientQuotasApi>(1, request).entries.at(0).error_code,
            error::kUnsupportedVersion);
  entry.ops[0].remove = true;
  EXPECT_EQ(client_->call<AlterClientQuotasApi>(1, request).entries.at(0).error_code, error::kNone);
}

}  // namespace
}  // namespace kappa::kafka
