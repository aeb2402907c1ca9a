// Of the classic protocol, eager: who rejoins gives up everything first; the leader spreads the
// partitions.

#include "kafka/groups/consumer_protocol.h"
#include "kafka/protocol/errors.h"
#include "kafka/protocol/messages/heartbeat.h"
#include "kafka/protocol/messages/join_group.h"
#include "kafka/protocol/messages/sync_group.h"
#include "kafka/testing/simulation/membership.h"

namespace kappa::kafka::simulation {
namespace {

constexpr int64_t kHeartbeatMs = 300;
constexpr int32_t kSessionMs = 2'500;
constexpr int32_t kRebalanceMs = 2'000;

class ClassicMembership : public Membership {
 public:
  using Membership::Membership;

  Task<> step() override {
    if (!is_joined_) co_await join();
    if (is_joined_ && site_.world.now_ms() - heard_ms_ >= kHeartbeatMs) co_await beat();
  }

 private:
  // Whoever is told so begins again.
  void leave_off(int16_t error) {
    site_.world.tell("{}: not a member: {}", client_.name(), error);
    is_joined_ = false;
    assigned_.clear();
    if (error == error::kUnknownMemberId) member_id_.clear();
  }

  Task<> beat() {
    const HeartbeatRequest request{
        .group_id = group_, .generation_id = generation_, .member_id = member_id_};
    auto answer = co_await client_.call<HeartbeatApi>(4, request);
    if (!answer) co_return;
    heard_ms_ = site_.world.now_ms();
    const int16_t error = answer->error_code;
    if (error != error::kNone && error != error::kCoordinatorNotAvailable) leave_off(error);
  }

  Task<> join() {
    const std::string subscription = write_subscription({std::string(topic_.name)});
    JoinGroupRequest request{.group_id = group_,
                             .session_timeout_ms = kSessionMs,
                             .rebalance_timeout_ms = kRebalanceMs,
                             .member_id = member_id_,
                             .protocol_type = kConsumerProtocolType};
    request.protocols.push_back({.name = "spread", .metadata = Bytes{subscription}});
    auto answer = co_await client_.call<JoinGroupApi>(9, request);
    if (!answer) co_return;
    if (answer->error_code == error::kMemberIdRequired) member_id_ = answer->member_id;
    if (answer->error_code != error::kNone) {
      leave_off(answer->error_code);
      co_return;
    }
    member_id_ = answer->member_id;
    generation_ = answer->generation_id;
    const auto shares = spread(*answer);
    co_await take_share(shares);
  }

  using Shares = std::vector<std::pair<std::string, std::string>>;  // member, its assignment

  // What the leader gives out; nothing for others.
  Shares spread(const JoinGroupResponse& joined) const {
    std::map<std::string, std::vector<TopicPartition>> by_member;
    for (const auto& member : joined.members) by_member[member.member_id];
    Shares shares;
    if (by_member.empty()) return shares;
    auto next = by_member.begin();
    for (int32_t i = 0; i < topic_.partitions; ++i) {
      next->second.push_back(place_in(topic_, i));
      if (++next == by_member.end()) next = by_member.begin();
    }
    for (const auto& [id, places] : by_member) shares.push_back({id, write_assignment(0, places)});
    return shares;
  }

  Task<> take_share(const Shares& shares) {
    SyncGroupRequest request{
        .group_id = group_, .generation_id = generation_, .member_id = member_id_};
    for (const auto& [id, share] : shares) request.assignments.push_back({id, Bytes{share}});
    request.protocol_type = kConsumerProtocolType;
    request.protocol_name = "spread";
    auto answer = co_await client_.call<SyncGroupApi>(5, request);
    if (!answer) co_return;
    if (answer->error_code != error::kNone) {
      leave_off(answer->error_code);
      co_return;
    }
    is_joined_ = true;
    heard_ms_ = site_.world.now_ms();
    const auto assignment = parse_assignment(answer->assignment.data);
    if (!assignment) co_return site_.world.find("{}: no assignment in SyncGroup", client_.name());
    assigned_ = {assignment->partitions.begin(), assignment->partitions.end()};
  }

  bool is_joined_ = false;
};

}  // namespace

std::unique_ptr<Membership> make_classic_membership(Site& site, Client& client, std::string group,
                                                    const SimulatedTopic& topic) {
  return std::make_unique<ClassicMembership>(site, client, std::move(group), topic);
}

}  // namespace kappa::kafka::simulation
