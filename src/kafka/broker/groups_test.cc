// Consumer groups over the wire: every API at every version that is served.

#include "kafka/groups/group_coordinator.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

class GroupsTest : public BrokerTestBase {
 protected:
  static JoinGroupRequest join_request(std::string_view group, std::string_view member_id = "") {
    JoinGroupRequest request{.group_id = group,
                             .session_timeout_ms = 10'000,
                             .rebalance_timeout_ms = 10'000,
                             .member_id = member_id,
                             .protocol_type = "consumer"};
    request.protocols.push_back({"range", Bytes{"metadata"}});
    return request;
  }
  JoinGroupResponse join(std::string_view group, int16_t version = 9) {
    auto response = client_->call<JoinGroupApi>(version, join_request(group));
    if (response.error_code != error::kMemberIdRequired) return response;
    return client_->call<JoinGroupApi>(version, join_request(group, response.member_id));
  }
  JoinGroupResponse stable_member(std::string_view group, int16_t version = 9) {
    auto joined = join(group, version);
    SyncGroupRequest request{
        .group_id = group, .generation_id = joined.generation_id, .member_id = joined.member_id};
    request.assignments.push_back({joined.member_id, Bytes{"all"}});
    auto synced = client_->call<SyncGroupApi>(std::min<int16_t>(version, 5), request);
    EXPECT_EQ(synced.error_code, error::kNone);
    EXPECT_EQ(synced.assignment.data, "all");
    return joined;
  }
  OffsetCommitRequest commit_request(std::string_view group, int64_t offset) {
    OffsetCommitRequest request{.group_id = group};
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.topic_id = topic_id_;
    topic.partitions.push_back({.index = 0,
                                .committed_offset = offset,
                                .committed_leader_epoch = 0,
                                .committed_metadata = "note"});
    return request;
  }
  int16_t commit(const OffsetCommitRequest& request, int16_t version = 8) {
    auto response = client_->call<OffsetCommitApi>(version, request);
    return response.topics.at(0).partitions.at(0).error_code;
  }

  TopicId topic_id_ = create_topic("t", 2);
};

TEST_F(GroupsTest, JoinsSyncsAndLeavesInEveryVersion) {
  for (int16_t version = 0; version <= 9; ++version) {
    std::string group = fmt::format("g{}", version);
    auto joined = stable_member(group, version);
    EXPECT_EQ(joined.error_code, error::kNone);
    EXPECT_EQ(joined.generation_id, 1);
    EXPECT_EQ(joined.leader, joined.member_id);
    ASSERT_EQ(joined.members.size(), 1u);
    EXPECT_EQ(joined.members[0].metadata.data, "metadata");
    EXPECT_EQ(joined.protocol_type,
              version >= 7 ? std::optional<std::string>("consumer") : std::nullopt);
    HeartbeatRequest beat{.group_id = group, .generation_id = 1, .member_id = joined.member_id};
    auto beaten = client_->call<HeartbeatApi>(std::min<int16_t>(version, 4), beat);
    EXPECT_EQ(beaten.error_code, error::kNone);
    LeaveGroupRequest leave{.group_id = group, .member_id = joined.member_id};
    if (version >= 3) leave.members.push_back({.member_id = joined.member_id});
    auto left = client_->call<LeaveGroupApi>(std::min<int16_t>(version, 5), leave);
    EXPECT_EQ(left.error_code, error::kNone);
    auto again = client_->call<LeaveGroupApi>(std::min<int16_t>(version, 5), leave);
    int16_t error = version >= 3 ? again.members.at(0).error_code : again.error_code;
    EXPECT_EQ(error, error::kUnknownMemberId);
  }
}

TEST_F(GroupsTest, ARefusalFitsIntoEveryVersion) {
  auto request = join_request("g", "stranger");
  for (int16_t version = 0; version <= 9; ++version) {
    auto response = client_->call<JoinGroupApi>(version, request);
    EXPECT_EQ(response.error_code, error::kUnknownMemberId);
    EXPECT_EQ(response.generation_id, -1);
    EXPECT_EQ(response.protocol_name, version >= 7 ? std::nullopt : std::optional<std::string>(""));
  }
}

TEST_F(GroupsTest, CommitsAndFetchesInEveryVersion) {
  for (int16_t version = 2; version <= 10; ++version) {
    EXPECT_EQ(commit(commit_request("g", 100 + version), version), error::kNone);
    OffsetFetchRequest fetch{.group_id = "g"};
    fetch.topics.emplace().push_back({.name = "t", .partition_indexes = {0, 1}});
    fetch.groups.push_back({.group_id = "g"});
    fetch.groups[0].topics.emplace().push_back(
        {.name = "t", .topic_id = topic_id_, .partition_indexes = {0, 1}});
    auto response = client_->call<OffsetFetchApi>(version, fetch);
    if (version < 8) {
      const auto& partitions = response.topics.at(0).partitions;
      EXPECT_EQ(partitions.at(0).committed_offset, 100 + version);
      EXPECT_EQ(partitions.at(0).metadata, "note");
      EXPECT_EQ(partitions.at(1).committed_offset, -1);
      EXPECT_EQ(partitions.at(1).error_code, error::kNone);
    } else {
      const auto& partitions = response.groups.at(0).topics.at(0).partitions;
      EXPECT_EQ(partitions.at(0).committed_offset, 100 + version);
      EXPECT_EQ(partitions.at(0).committed_leader_epoch, 0);
      EXPECT_EQ(partitions.at(1).committed_offset, -1);
    }
  }
}

TEST_F(GroupsTest, FetchesEverythingWhenNoTopicsAreNamed) {
  commit(commit_request("g", 5));
  for (int16_t version = 2; version <= 10; ++version) {
    OffsetFetchRequest fetch{.group_id = "g"};
    fetch.groups.push_back({.group_id = "g"});
    fetch.groups.push_back({.group_id = "nobody's"});
    auto response = client_->call<OffsetFetchApi>(version, fetch);
    if (version < 8) {
      EXPECT_EQ(response.topics.at(0).partitions.at(0).committed_offset, 5);
    } else {
      EXPECT_EQ(response.groups.at(0).topics.at(0).partitions.at(0).committed_offset, 5);
      EXPECT_EQ(response.groups.at(1).error_code, error::kNone);
      EXPECT_TRUE(response.groups.at(1).topics.empty());
    }
  }
}

TEST_F(GroupsTest, EachPartitionOfACommitIsCheckedForItself) {
  auto request = commit_request("g", 5);
  std::string long_note(4097, 'x');
  request.topics[0].partitions.push_back({.index = 1, .committed_metadata = long_note});
  request.topics[0].partitions.push_back({.index = 2});
  request.topics.push_back({.name = "unknown", .partitions = {{.index = 0}}});
  auto response = client_->call<OffsetCommitApi>(8, request);
  const auto& partitions = response.topics.at(0).partitions;
  EXPECT_EQ(partitions.at(0).error_code, error::kNone);
  EXPECT_EQ(partitions.at(1).error_code, error::kOffsetMetadataTooLarge);
  EXPECT_EQ(partitions.at(2).error_code, error::kUnknownTopicOrPartition);
  EXPECT_EQ(response.topics.at(1).partitions.at(0).error_code, error::kUnknownTopicOrPartition);
  request.topics[0].topic_id = TopicId{{9}};
  auto by_id = client_->call<OffsetCommitApi>(10, request);
  EXPECT_EQ(by_id.topics.at(0).partitions.at(0).error_code, error::kUnknownTopicId);
}

TEST_F(GroupsTest, ACommitForAnUnknownGenerationIsRefused) {
  auto request = commit_request("nobody's", 5);
  request.generation_id_or_member_epoch = 3;
  request.member_id = "m";
  EXPECT_EQ(commit(request, 8), error::kIllegalGeneration);
  EXPECT_EQ(commit(request, 9), error::kGroupIdNotFound);
}

TEST_F(GroupsTest, DescribesGroupsInEveryVersion) {
  auto joined = stable_member("g");
  for (int16_t version = 0; version <= 6; ++version) {
    DescribeGroupsRequest request{.groups = {"g", "nobody's"},
                                  .include_authorized_operations = true};
    auto response = client_->call<DescribeGroupsApi>(version, request);
    const auto& group = response.groups.at(0);
    EXPECT_EQ(group.group_state, "Stable");
    EXPECT_EQ(group.protocol_type, "consumer");
    EXPECT_EQ(group.protocol_data, "range");
    ASSERT_EQ(group.members.size(), 1u);
    EXPECT_EQ(group.members[0].member_id, joined.member_id);
    EXPECT_EQ(group.members[0].client_id, "test");
    EXPECT_EQ(group.members[0].client_host, "/10.0.0.1");
    EXPECT_EQ(group.members[0].member_metadata.data, "metadata");
    EXPECT_EQ(group.members[0].member_assignment.data, "all");
    if (version >= 3) {
      EXPECT_EQ(group.authorized_operations & 8, 8);
    }
    EXPECT_EQ(response.groups.at(1).group_state, "Dead");
    EXPECT_EQ(response.groups.at(1).error_code,
              version >= 6 ? error::kGroupIdNotFound : error::kNone);
  }
}

TEST_F(GroupsTest, ListsGroupsByStateAndType) {
  commit(commit_request("empty", 5));
  stable_member("stable");
  auto names = [&](std::vector<std::string_view> states, std::vector<std::string_view> types,
                   int16_t version = 5) {
    ListGroupsRequest request{.states_filter = std::move(states), .types_filter = std::move(types)};
    std::vector<std::string> found;
    for (const auto& group : client_->call<ListGroupsApi>(version, request).groups) {
      found.push_back(group.group_id);
    }
    return found;
  };
  using Names = std::vector<std::string>;
  for (int16_t version = 0; version <= 5; ++version) {
    EXPECT_EQ(names({}, {}, version), (Names{"empty", "stable"}));
  }
  EXPECT_EQ(names({"stable"}, {}), Names{"stable"});
  EXPECT_EQ(names({"Empty", "Dead"}, {"classic"}), Names{"empty"});
  EXPECT_EQ(names({}, {"consumer"}), Names{});
}

TEST_F(GroupsTest, DeletesGroupsAndOffsets) {
  commit(commit_request("g", 5));
  stable_member("busy");
  OffsetDeleteRequest offsets{.group_id = "g"};
  offsets.topics.push_back({.name = "t", .partitions = {{.index = 0}, {.index = 5}}});
  auto deleted = client_->call<OffsetDeleteApi>(0, offsets);
  EXPECT_EQ(deleted.error_code, error::kNone);
  EXPECT_EQ(deleted.topics.at(0).partitions.at(0).error_code, error::kNone);
  EXPECT_EQ(deleted.topics.at(0).partitions.at(1).error_code, error::kUnknownTopicOrPartition);
  offsets.group_id = "nobody's";
  EXPECT_EQ(client_->call<OffsetDeleteApi>(0, offsets).error_code, error::kGroupIdNotFound);
  for (int16_t version = 0; version <= 2; ++version) {
    commit(commit_request("g", 5));
    DeleteGroupsRequest request{.groups_names = {"g", "busy", "nobody's"}};
    auto response = client_->call<DeleteGroupsApi>(version, request);
    EXPECT_EQ(response.results.at(0).error_code, error::kNone);
    EXPECT_EQ(response.results.at(1).error_code, error::kNonEmptyGroup);
    EXPECT_EQ(response.results.at(2).error_code, error::kGroupIdNotFound);
  }
}

TEST_F(GroupsTest, ADeletedTopicTakesItsOffsetsAlong) {
  commit(commit_request("g", 5));
  client_->call<DeleteTopicsApi>(3, {.topic_names = {"t"}});
  size_t left = 1;  // the topic is gone before the tombstones are durable
  for (int i = 0; i < 100'000 && left > 0; ++i) {
    left = client_->call<ListGroupsApi>(0, ListGroupsRequest{}).groups.size();
  }
  EXPECT_EQ(left, 0u);
}

TEST_F(GroupsTest, TheGroupsOwnTopicIsReadableAndTakesNoRecords) {
  commit(commit_request("g", 5));
  auto fetched = fetch("__consumer_offsets", 0);
  EXPECT_EQ(fetched.error_code, error::kNone);
  EXPECT_FALSE(fetched.records->data.empty());
  EXPECT_EQ(produce("__consumer_offsets", batch({"x"})).error_code, error::kInvalidTopic);
  auto refused = client_->call<DeleteTopicsApi>(3, {.topic_names = {"__consumer_offsets"}});
  EXPECT_EQ(refused.topics.at(0).error_code, error::kInvalidTopic);
}

TEST_F(GroupsTest, AClientThatGoesAwayWhileItWaitsHarmsNobody) {
  auto first = stable_member("g");
  {
    TestClient other(*broker_);
    auto id = other.call<JoinGroupApi>(9, join_request("g")).member_id;
    other.send<JoinGroupApi>(9, join_request("g", id));
    other.disconnect();
  }
  auto rejoined = client_->call<JoinGroupApi>(9, join_request("g", first.member_id));
  EXPECT_EQ(rejoined.generation_id, 2);
  EXPECT_EQ(rejoined.members.size(), 2u) << "it is missed when its session ends";
}

}  // namespace
}  // namespace kappa::kafka
