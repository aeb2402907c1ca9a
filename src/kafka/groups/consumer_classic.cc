// Members of a group of the newer protocol that still speak the classic one, while a group moves
// from one to the other (KIP-848, "Migration"). For such a member a generation is its epoch: it
// joins to take the next step of its reconciliation, with what its subscription says that it owns,
// syncs to learn what it may read, and hears from heartbeats when it has to join again. It never
// leads: the group assigns.

#include <algorithm>

#include "base/logging.h"
#include "kafka/groups/consumer_group.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/consumer_records.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithKnownIds = 4;  // KIP-394

const std::string& protocol_of(const ClassicSide& classic) {
  return classic.protocols.front().name;
}

bool speaks(const ClassicSide& classic, std::string_view protocol) {
  return std::any_of(classic.protocols.begin(), classic.protocols.end(),
                     [protocol](const auto& known) { return known.name == protocol; });
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void update(ConsumerMember& member, const JoinGroupRequest& request, const JoiningClient& client,
            const ConsumerSubscription& subscription) {
  if (request.group_instance_id) member.instance_id = std::string(*request.group_instance_id);
  member.client_id = client.client_id;
  member.client_host = client.client_host;
  member.topics = sorted(subscription.topics);
  member.regex.clear();
  member.assignor.reset();
  member.rebalance_timeout_ms =
      request.rebalance_timeout_ms < 0 ? request.session_timeout_ms : request.rebalance_timeout_ms;
  member.classic = ClassicSide{request.session_timeout_ms, protocols_of(request)};
}

}  // namespace

// --- what a member reads, by names

PartitionSet partitions_named(const std::vector<TopicPartition>& places,
                              const TopicDirectory& directory) {
  PartitionSet set;
  for (const auto& place : places) {
    auto topic = directory.find(std::string_view(place.topic));
    bool exists = topic && place.partition >= 0 && place.partition < topic->partition_count;
    if (exists) set.push_back({topic->id, place.partition});
  }
  return make_partition_set(std::move(set));
}

std::string assignment_for(const ConsumerMember& member, const TopicDirectory& directory) {
  std::vector<TopicPartition> places;
  for (const auto& partition : member.assigned) {
    if (auto topic = directory.find(partition.topic))
      places.push_back({topic->name, partition.index});
  }
  std::sort(places.begin(), places.end());
  auto subscription = parse_subscription(member.classic->protocols.front().metadata);
  return write_assignment(subscription ? subscription->version : int16_t{0}, places);
}

// --- who it is

bool ConsumerGroup::speak_all_classics(const JoinGroupRequest& request) const {
  if (request.protocol_type != kConsumerProtocolType) return false;
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& wanted) {
    const auto& members = roster_.members();
    return std::all_of(members.begin(), members.end(), [&](const auto& entry) {
      return !entry.second.classic || entry.first == request.member_id ||
             speaks(*entry.second.classic, wanted.name);
    });
  });
}

int16_t ConsumerGroup::check_classic_join(const JoinGroupRequest& request) const {
  size_t bytes = 0;
  for (const auto& protocol : request.protocols) bytes += protocol.metadata.data.size();
  const ConsumerMember* known = request.group_instance_id
                                    ? roster_.find_static(*request.group_instance_id)
                                    : roster_.find(request.member_id);
  Refusal full = check_room(known == nullptr, bytes);
  if (full.error != error::kNone) return full.error;
  if (!speak_all_classics(request)) return error::kInconsistentGroupProtocol;
  if (!request.group_instance_id || request.member_id.empty()) return error::kNone;
  const ConsumerMember* member = roster_.find_static(*request.group_instance_id);
  if (member == nullptr) return error::kUnknownMemberId;
  return member->id == request.member_id ? error::kNone : error::kFencedInstanceId;
}

int16_t ConsumerGroup::check_classic(const MemberClaim& claim) const {
  if (claim.instance_id) {
    const ConsumerMember* named = roster_.find_static(*claim.instance_id);
    if (named == nullptr) return error::kUnknownMemberId;
    if (named->id != claim.member_id) return error::kFencedInstanceId;
  }
  const ConsumerMember* member = roster_.find(claim.member_id);
  if (member == nullptr || !member->classic) return error::kUnknownMemberId;
  return member->epoch == claim.generation ? error::kNone : error::kIllegalGeneration;
}

// --- JoinGroup

void ConsumerGroup::join(const JoinGroupRequest& request, const JoiningClient& client,
                         JoinCallback answer) {
  int16_t error = check_classic_join(request);
  if (error != error::kNone) return answer(join_refusal(error, request.member_id));
  auto subscription = parse_subscription(request.protocols.front().metadata.data);
  if (!subscription) {
    return answer(join_refusal(error::kInconsistentGroupProtocol, request.member_id));
  }
  std::string id(request.member_id);
  if (id.empty()) id = host_.random_id();
  bool must_know_id = request.member_id.empty() && !request.group_instance_id &&
                      client.version >= kFirstVersionWithKnownIds;
  if (must_know_id) return answer(join_refusal(error::kMemberIdRequired, id));

  Records records;
  const ConsumerMember* old = request.group_instance_id
                                  ? roster_.find_static(*request.group_instance_id)
                                  : roster_.find(id);
  if (old != nullptr && old->id != id) {
    replace_static(*old, id, records);
    old = roster_.find(id);
  }
  ConsumerMember member = old == nullptr ? ConsumerMember{.id = id} : *old;
  update(member, request, client, *subscription);
  bool has_changed = old == nullptr || !old->subscribes_alike(member);
  member.classic_deadline_ms = host_.now_ms() + member.rebalance_timeout_ms;  // to sync
  records.push_back(member_record(id_, member));
  roster_.put(std::move(member));
  follow_changes(has_changed, records);
  const ConsumerMember& now =
      advance(id, partitions_named(subscription->owned, host_.topics()), records);

  JoinGroupResponse response;
  response.generation_id = now.epoch;
  response.protocol_type = kConsumerProtocolType;
  response.protocol_name = protocol_of(*now.classic);
  response.member_id = id;
  save(std::move(records),
       [answer = std::move(answer), response = std::move(response)](int16_t stored) {
         answer(stored == error::kNone ? response : join_refusal(stored, response.member_id));
       });
}

// --- SyncGroup, Heartbeat, LeaveGroup

void ConsumerGroup::sync(const SyncGroupRequest& request, SyncCallback answer) {
  int16_t error =
      check_classic({request.member_id, request.group_instance_id, request.generation_id});
  if (error != error::kNone) return answer(sync_refusal(error));
  ConsumerMember& member = roster_.with_new_deadlines(request.member_id);
  const std::string& protocol = protocol_of(*member.classic);
  bool is_meant = request.protocol_type.value_or(kConsumerProtocolType) == kConsumerProtocolType &&
                  request.protocol_name.value_or(protocol) == protocol;
  if (!is_meant) return answer(sync_refusal(error::kInconsistentGroupProtocol));
  if (epoch_ > member.epoch && member.state != MemberState::kUnrevoked) {
    expect_join(member);
    return answer(sync_refusal(error::kRebalanceInProgress));
  }
  member.classic_deadline_ms = kNoDeadline;
  member.session_deadline_ms = host_.now_ms() + session_timeout_ms(member);
  std::string assignment = assignment_for(member, host_.topics());
  save({},
       [answer = std::move(answer), assignment = std::move(assignment), protocol](int16_t stored) {
         if (stored != error::kNone) return answer(sync_refusal(stored));
         SyncGroupResponse response;
         response.protocol_type = kConsumerProtocolType;
         response.protocol_name = protocol;
         response.assignment.data = assignment;
         answer(response);
       });
}

int16_t ConsumerGroup::classic_heartbeat(const MemberClaim& claim) {
  int16_t error = check_classic(claim);
  if (error != error::kNone) return error;
  ConsumerMember& member = roster_.with_new_deadlines(claim.member_id);
  member.session_deadline_ms = host_.now_ms() + session_timeout_ms(member);
  Records records;
  follow_changes(false, records);
  save(std::move(records), [](int16_t) {});
  bool must_join = member.epoch < epoch_ || member.state == MemberState::kUnrevoked ||
                   (member.state == MemberState::kUnreleased && can_have_more(member));
  if (!must_join) return error::kNone;
  expect_join(member);
  return error::kRebalanceInProgress;
}

bool ConsumerGroup::can_have_more(const ConsumerMember& member) const {
  PartitionSet missing = difference_of(wanted_target(member), member.assigned);
  return std::any_of(missing.begin(), missing.end(),
                     [this](const auto& partition) { return roster_.is_free(partition); });
}

void ConsumerGroup::expect_join(ConsumerMember& member) {
  if (member.classic_deadline_ms != kNoDeadline) return;
  member.classic_deadline_ms = host_.now_ms() + member.rebalance_timeout_ms;
}

int16_t ConsumerGroup::classic_leave(std::string_view member_id,
                                     const std::optional<std::string_view>& instance_id) {
  const ConsumerMember* member =
      instance_id ? roster_.find_static(*instance_id) : roster_.find(member_id);
  if (member == nullptr) return error::kUnknownMemberId;
  if (!member_id.empty() && member->id != member_id) return error::kFencedInstanceId;
  // Members of the newer protocol go by themselves, or by an administrator who names their
  // instance.
  if (!member->classic && !member_id.empty()) return error::kUnknownMemberId;
  LOG_DEBUG("group {:?}: member leaves: member={:?}", id_, member->id);
  Records records;
  remove(std::string(member->id), records);
  after_departure(records);
  save(std::move(records), [id = id_](int16_t error) {
    if (error != error::kNone) LOG_WARN("group {:?}: who left could not be stored", id);
  });
  return error::kNone;
}

}  // namespace kappa::kafka
