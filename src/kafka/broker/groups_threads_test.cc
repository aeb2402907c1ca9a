// Members on threads of their own, against the real timers and the real flusher: nothing waits for
// ever, no lock is taken against another's order (Abseil's Mutex watches), and no commit is lost.

#include <absl/synchronization/mutex.h>

#include <atomic>
#include <set>
#include <thread>

#include "kafka/groups/group_coordinator.h"
#include "kafka/testing/broker_test_base.h"

namespace kappa::kafka {
namespace {

constexpr int kThreads = 4;
constexpr int kRounds = 25;

// One consumer: joins, takes its share, commits, and now and then goes.
class ThreadedMember {
 public:
  ThreadedMember(Broker& broker, int number) : client_(broker), number_(number) {}

  void run() {
    for (int round = 0; round < kRounds; ++round) {
      if (!join() || !sync()) continue;
      for (int beat = 0; beat < 3 && commit() && heartbeat(); ++beat) {
      }
      if (round % 5 == number_) leave();
    }
    leave();
  }

  int64_t acknowledged() const { return acknowledged_; }
  int stable_rounds() const { return stable_rounds_; }

 private:
  bool join() {
    JoinGroupRequest request{.group_id = "g",
                             .session_timeout_ms = 10'000,
                             .rebalance_timeout_ms = 10'000,
                             .member_id = member_id_,
                             .protocol_type = "consumer"};
    request.protocols.push_back({"range", Bytes{"metadata"}});
    joined_ = client_.call<JoinGroupApi>(9, request);
    if (joined_.error_code == error::kMemberIdRequired) member_id_ = joined_.member_id;
    if (joined_.error_code != error::kNone) return expect_known(joined_.error_code);
    member_id_ = joined_.member_id;
    return true;
  }
  bool sync() {
    SyncGroupRequest request{
        .group_id = "g", .generation_id = joined_.generation_id, .member_id = member_id_};
    for (const auto& member : joined_.members) {
      request.assignments.push_back({member.member_id, Bytes{member.member_id}});
    }
    auto synced = client_.call<SyncGroupApi>(5, request);
    if (synced.error_code != error::kNone) return expect_known(synced.error_code);
    EXPECT_EQ(synced.assignment.data, member_id_);
    ++stable_rounds_;
    return true;
  }
  // Each thread has a partition of its own, so that its own last commit must be found.
  bool commit() {
    OffsetCommitRequest request{.group_id = "g",
                                .generation_id_or_member_epoch = joined_.generation_id,
                                .member_id = member_id_};
    auto& topic = request.topics.emplace_back();
    topic.name = "t";
    topic.partitions.push_back({.index = number_, .committed_offset = acknowledged_ + 1});
    auto response = client_.call<OffsetCommitApi>(8, request);
    int16_t error = response.topics.at(0).partitions.at(0).error_code;
    if (error != error::kNone) return expect_known(error);
    ++acknowledged_;
    return true;
  }
  bool heartbeat() {
    HeartbeatRequest request{
        .group_id = "g", .generation_id = joined_.generation_id, .member_id = member_id_};
    return expect_known(client_.call<HeartbeatApi>(4, request).error_code);
  }
  void leave() {
    LeaveGroupRequest request{.group_id = "g"};
    request.members.push_back({.member_id = member_id_});
    client_.call<LeaveGroupApi>(5, request);
    member_id_.clear();
  }
  bool expect_known(int16_t error) {
    static const std::set<int16_t> kKnown = {error::kNone, error::kMemberIdRequired,
                                             error::kRebalanceInProgress, error::kIllegalGeneration,
                                             error::kUnknownMemberId};
    EXPECT_TRUE(kKnown.contains(error)) << error;
    if (error == error::kUnknownMemberId) member_id_.clear();
    return error == error::kNone;
  }

  TestClient client_;
  const int number_;
  std::string member_id_;
  JoinGroupResponse joined_;
  int64_t acknowledged_ = -1;
  int stable_rounds_ = 0;
};

class GroupsThreadsTest : public BrokerTestBase {};

TEST_F(GroupsThreadsTest, MembersOnManyThreadsLoseNothing) {
  create_topic("t", kThreads);
  std::vector<std::unique_ptr<ThreadedMember>> members;
  for (int i = 0; i < kThreads; ++i) {
    members.push_back(std::make_unique<ThreadedMember>(*broker_, i));
  }
  std::vector<std::thread> threads;
  for (auto& member : members) threads.emplace_back([&member] { member->run(); });
  for (auto& thread : threads) thread.join();
  for (int i = 0; i < kThreads; ++i) {
    EXPECT_GT(members[static_cast<size_t>(i)]->stable_rounds(), 0);
    broker_->groups().look_at("g", [&](const Group& group) {
      const auto* committed = group.offsets().find("t", i);
      int64_t found = committed == nullptr ? -1 : committed->offset;
      EXPECT_EQ(found, members[static_cast<size_t>(i)]->acknowledged());
      EXPECT_EQ(group.state(), GroupState::kEmpty);
    });
  }
}

}  // namespace
}  // namespace kappa::kafka
