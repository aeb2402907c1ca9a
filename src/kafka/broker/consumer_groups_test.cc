// Groups of the newer protocol over the wire: every API at every version that knows them.

#include "kafka/groups/group_coordinator.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

class ConsumerGroupsTest : public BrokerTestBase {
 protected:
  ConsumerGroupHeartbeatResponse join(std::string_view group, std::string_view member_id,
                                      int16_t version = 1) {
    ConsumerGroupHeartbeatRequest request{
        .group_id = group, .member_id = member_id, .rebalance_timeout_ms = 10'000};
    request.subscribed_topic_names = {{"t"}};
    request.topic_partitions.emplace();
    return client_->call<ConsumerGroupHeartbeatApi>(version, request);
  }
  ConsumerGroupDescribeResponse::Group describe(std::string_view group, int16_t version = 1) {
    ConsumerGroupDescribeRequest request{.group_ids = {group},
                                         .include_authorized_operations = true};
    return client_->call<ConsumerGroupDescribeApi>(version, request).groups.at(0);
  }
  std::vector<std::string> listed(std::vector<std::string_view> types) {
    ListGroupsRequest request;
    request.types_filter = std::move(types);
    std::vector<std::string> groups;
    for (const auto& group : client_->call<ListGroupsApi>(5, request).groups) {
      groups.push_back(
          fmt::format("{} {} {}", group.group_id, group.group_type, group.group_state));
    }
    return groups;
  }

  TopicId topic_id_ = create_topic("t", 2);
};

TEST_F(ConsumerGroupsTest, AMemberJoinsStaysAndLeavesInEveryVersion) {
  for (int16_t version = 0; version <= 1; ++version) {
    std::string group = fmt::format("g{}", version);
    auto joined = join(group, version == 0 ? "" : "m", version);
    EXPECT_EQ(joined.error_code, error::kNone);
    EXPECT_EQ(joined.member_epoch, 1);
    EXPECT_EQ(joined.heartbeat_interval_ms, 5'000);
    ASSERT_TRUE(joined.assignment);
    EXPECT_EQ(joined.assignment->topic_partitions.at(0).topic_id, topic_id_);
    EXPECT_EQ(joined.assignment->topic_partitions.at(0).partitions, (std::vector<int32_t>{0, 1}));
    ConsumerGroupHeartbeatRequest stay{
        .group_id = group, .member_id = *joined.member_id, .member_epoch = 1};
    auto stayed = client_->call<ConsumerGroupHeartbeatApi>(version, stay);
    EXPECT_EQ(stayed.member_epoch, 1);
    EXPECT_FALSE(stayed.assignment);
    stay.member_epoch = -1;
    EXPECT_EQ(client_->call<ConsumerGroupHeartbeatApi>(version, stay).member_epoch, -1);
    auto gone = client_->call<ConsumerGroupHeartbeatApi>(version, stay);
    EXPECT_EQ(gone.error_code, error::kUnknownMemberId);
    EXPECT_TRUE(gone.error_message);
  }
}

TEST_F(ConsumerGroupsTest, AGroupIsDescribedWithItsMembers) {
  join("g", "m");
  for (int16_t version = 0; version <= 1; ++version) {
    auto group = describe("g", version);
    EXPECT_EQ(group.error_code, error::kNone);
    EXPECT_EQ(group.group_state, "Stable");
    EXPECT_EQ(group.group_epoch, 1);
    EXPECT_EQ(group.assignment_epoch, 1);
    EXPECT_EQ(group.assignor_name, "uniform");
    EXPECT_NE(group.authorized_operations, std::numeric_limits<int32_t>::min());
    const auto& member = group.members.at(0);
    EXPECT_EQ(member.member_id, "m");
    EXPECT_EQ(member.subscribed_topic_names, std::vector<std::string>{"t"});
    EXPECT_EQ(member.assignment.topic_partitions.at(0).topic_name, "t");
    EXPECT_EQ(member.target_assignment.topic_partitions.at(0).partitions.size(), 2u);
    EXPECT_EQ(member.member_type, version == 0 ? -1 : 1);
  }
  EXPECT_EQ(describe("none").error_code, error::kGroupIdNotFound);
}

TEST_F(ConsumerGroupsTest, EachProtocolsGroupsAreDescribedByItsOwnApi) {
  join("newer", "m");
  OffsetCommitRequest commit{.group_id = "classic"};
  commit.topics.push_back({.name = "t", .partitions = {{.index = 0, .committed_offset = 1}}});
  client_->call<OffsetCommitApi>(8, commit);
  EXPECT_EQ(listed({}),
            (std::vector<std::string>{"classic classic Empty", "newer consumer Stable"}));
  EXPECT_EQ(listed({"Consumer"}), std::vector<std::string>{"newer consumer Stable"});
  EXPECT_EQ(listed({"classic"}), std::vector<std::string>{"classic classic Empty"});
  EXPECT_EQ(describe("classic").error_code, error::kGroupIdNotFound);
  auto described = client_->call<DescribeGroupsApi>(6, {.groups = {"newer"}}).groups.at(0);
  EXPECT_EQ(described.error_code, error::kGroupIdNotFound);
  EXPECT_EQ(described.error_message, "Group newer is not a classic group.");
  auto older = client_->call<DescribeGroupsApi>(5, {.groups = {"newer"}}).groups.at(0);
  EXPECT_EQ(older.group_state, "Stable") << "older tools see it, in classic words";
  auto assignment = parse_assignment(older.members.at(0).member_assignment.data);
  EXPECT_EQ(assignment->partitions, (std::vector<TopicPartition>{{"t", 0}, {"t", 1}}));
  EXPECT_EQ(subscribed_topics(older.members.at(0).member_metadata.data),
            std::vector<std::string>{"t"});
}

TEST_F(ConsumerGroupsTest, OffsetsAreForMembersInTheirEpoch) {
  join("g", "m");
  OffsetCommitRequest commit{.group_id = "g", .generation_id_or_member_epoch = 1, .member_id = "m"};
  commit.topics.push_back(
      {.name = "t", .topic_id = topic_id_, .partitions = {{.index = 0, .committed_offset = 7}}});
  for (int16_t version = 9; version <= 10; ++version) {
    commit.generation_id_or_member_epoch = 1;
    auto committed = client_->call<OffsetCommitApi>(version, commit);
    EXPECT_EQ(committed.topics.at(0).partitions.at(0).error_code, error::kNone);
    commit.generation_id_or_member_epoch = 0;
    auto stale = client_->call<OffsetCommitApi>(version, commit);
    EXPECT_EQ(stale.topics.at(0).partitions.at(0).error_code, error::kStaleMemberEpoch);
  }
  auto fetch = [&](std::optional<std::string_view> member_id, int32_t epoch) {
    OffsetFetchRequest request;
    request.groups.push_back({.group_id = "g", .member_id = member_id, .member_epoch = epoch});
    return client_->call<OffsetFetchApi>(9, request).groups.at(0);
  };
  EXPECT_EQ(fetch("m", 1).topics.at(0).partitions.at(0).committed_offset, 7);
  EXPECT_EQ(fetch("m", 3).error_code, error::kStaleMemberEpoch);
  EXPECT_EQ(fetch("stranger", 1).error_code, error::kUnknownMemberId);
  EXPECT_EQ(fetch(std::nullopt, -1).error_code, error::kNone);
}

TEST_F(ConsumerGroupsTest, TheFeatureIsToldToThoseWhoUnderstand) {
  ApiVersionsRequest request{.client_software_name = "test", .client_software_version = "1"};
  auto told = client_->call<ApiVersionsApi>(4, request);
  ASSERT_FALSE(told.finalized_features.empty());
  EXPECT_EQ(told.finalized_features[0].name, "group.version");
  EXPECT_EQ(told.finalized_features[0].max_version_level, 1);
  EXPECT_EQ(told.supported_features.at(0).min_version, 0);
  EXPECT_GE(told.finalized_features_epoch, 0);
  EXPECT_TRUE(client_->call<ApiVersionsApi>(3, request).supported_features.empty());
}

}  // namespace
}  // namespace kappa::kafka
