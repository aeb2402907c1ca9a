#pragma once
// A group coordinator over a log on the simulated machine, under a virtual clock, and the few words
// that its tests are written in.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "env/simulated.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"
#include "kafka/testing/virtual_timers.h"

namespace kappa::kafka {

// What came of a JoinGroup. `members` is what the leader was told: id -> metadata.
struct Joining {
  bool is_answered = false;
  int16_t error = 0;
  int32_t generation = -1;
  std::string member_id;
  std::string leader;
  std::optional<std::string> protocol;
  bool skip_assignment = false;
  std::map<std::string, std::string> members;

  bool is_leader() const { return leader == member_id; }
};

struct Syncing {
  bool is_answered = false;
  int16_t error = 0;
  std::string assignment;
};

// A join as the test wants it.
struct JoinWish {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::vector<AssignmentProtocol> protocols = {{"range", "topics"}};
  int32_t session_timeout_ms = 10'000;
  int32_t rebalance_timeout_ms = 60'000;
  std::string protocol_type = "consumer";
  int16_t version = 9;
  std::string group = "g";
};

class GroupTestBase : public testing::Test {
 protected:
  explicit GroupTestBase(GroupOptions options = quick(), uint64_t seed = 1)
      : options_(options), env_(seed), timers_(env_) {
    start();
  }
  ~GroupTestBase() override { stop(); }

  static GroupOptions quick() {
    GroupOptions options;
    options.initial_rebalance_delay_ms = 0;
    return options;
  }

  void start() {
    auto log = log::Log::open(env_, {.directory = "data"});
    KAPPA_CHECK_OK(log.status());
    log_ = *std::move(log);
    auto opened = GroupCoordinator::open(env_, *log_, timers_, options_);
    KAPPA_CHECK_OK(opened.status());
    coordinator_ = *std::move(opened);
  }
  void stop() {
    timers_.drop_all();
    coordinator_.reset();
    log_.reset();
  }
  // The process ends without a word, and starts again.
  void restart(env::Loss loss = env::Loss::kUnsynced) {
    stop();
    env_.restart(loss);
    start();
  }
  void pass_ms(int64_t ms) { timers_.advance_ms(ms); }

  std::shared_ptr<Joining> join(const JoinWish& wish) {
    JoinGroupRequest request;
    request.group_id = wish.group;
    request.member_id = wish.member_id;
    if (wish.instance_id) request.group_instance_id = *wish.instance_id;
    request.session_timeout_ms = wish.session_timeout_ms;
    request.rebalance_timeout_ms = wish.rebalance_timeout_ms;
    request.protocol_type = wish.protocol_type;
    for (const auto& protocol : wish.protocols) {
      request.protocols.push_back({protocol.name, Bytes{protocol.metadata}});
    }
    auto joining = std::make_shared<Joining>();
    coordinator_->join(request,
                       {.client_id = "client", .client_host = "/10.0.0.1", .version = wish.version},
                       [joining](const JoinGroupResponse& response) {
                         EXPECT_FALSE(joining->is_answered) << "answered twice";
                         *joining = {true,
                                     response.error_code,
                                     response.generation_id,
                                     response.member_id,
                                     response.leader,
                                     response.protocol_name,
                                     response.skip_assignment,
                                     {}};
                         for (const auto& member : response.members) {
                           joining->members[member.member_id] = std::string(member.metadata.data);
                         }
                       });
    env_.run_workers();
    return joining;
  }
  // Joins as clients do: asks for an id first, then with it.
  std::shared_ptr<Joining> join_new(JoinWish wish = {}) {
    auto first = join(wish);
    if (first->error != error::kMemberIdRequired) return first;
    wish.member_id = first->member_id;
    return join(wish);
  }

  std::shared_ptr<Syncing> sync(const Joining& joined,
                                const std::map<std::string, std::string>& assignments = {},
                                const std::string& group = "g") {
    SyncGroupRequest request;
    request.group_id = group;
    request.member_id = joined.member_id;
    request.generation_id = joined.generation;
    for (const auto& [id, assignment] : assignments) {
      request.assignments.push_back({id, Bytes{assignment}});
    }
    auto syncing = std::make_shared<Syncing>();
    coordinator_->sync(request, [syncing](const SyncGroupResponse& response) {
      EXPECT_FALSE(syncing->is_answered) << "answered twice";
      *syncing = {true, response.error_code, std::string(response.assignment.data)};
    });
    env_.run_workers();
    return syncing;
  }
  int16_t heartbeat(const Joining& joined) {
    return coordinator_->heartbeat(
        "g", {.member_id = joined.member_id, .generation = joined.generation});
  }
  int16_t leave(const std::string& member_id, std::optional<std::string_view> instance_id = {}) {
    LeaveGroupRequest request;
    request.group_id = "g";
    request.members.push_back({.member_id = member_id, .group_instance_id = instance_id});
    auto response = coordinator_->leave(request);
    env_.run_workers();
    return response.error_code != 0 ? response.error_code : response.members.at(0).error_code;
  }

  // A group of one member that has its assignment.
  std::shared_ptr<Joining> stable_member(const JoinWish& wish = {}) {
    auto joined = join_new(wish);
    pass_ms(0);
    EXPECT_TRUE(joined->is_answered);
    auto synced = sync(*joined, {{joined->member_id, "everything"}}, wish.group);
    EXPECT_EQ(synced->error, error::kNone);
    return joined;
  }

  // nullopt: not answered yet.
  std::optional<int16_t> commit(const MemberClaim& claim, int64_t offset, int32_t partition = 0,
                                const std::string& group = "g") {
    auto outcome = begin_commit(claim, offset, partition, group);
    env_.run_workers();
    return *outcome;
  }
  std::shared_ptr<std::optional<int16_t>> begin_commit(const MemberClaim& claim, int64_t offset,
                                                       int32_t partition = 0,
                                                       const std::string& group = "g") {
    auto outcome = std::make_shared<std::optional<int16_t>>();
    CommittedOffset committed{.offset = offset, .commit_ms = env_.wall_ms()};
    coordinator_->commit(group, claim, error::kIllegalGeneration, {{{"t", partition}, committed}},
                         [outcome](int16_t error) { *outcome = error; });
    return outcome;
  }
  std::optional<int64_t> committed(int32_t partition = 0, const std::string& group = "g") {
    std::optional<int64_t> offset;
    coordinator_->look_at(group, [&](const Group& found) {
      if (const auto* at = found.offsets().find("t", partition)) offset = at->offset;
    });
    return offset;
  }
  MemberClaim claim(const Joining& joined) {
    return {.member_id = joined.member_id, .generation = joined.generation};
  }
  std::string state(const std::string& group = "g") {
    std::string name = "none";
    coordinator_->look_at(group, [&](const Group& found) { name = name_of(found.state()); });
    return name;
  }

  const GroupOptions options_;
  env::SimulatedEnv env_;
  VirtualTimers timers_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<GroupCoordinator> coordinator_;
};

}  // namespace kappa::kafka
