// JoinGroup: who may come in, and what follows from it.

#include <algorithm>

#include "base/check.h"
#include "kafka/groups/group.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr int16_t kFirstVersionWithKnownIds = 4;      // KIP-394
constexpr int16_t kFirstVersionToSkipAssignment = 9;  // KIP-814
// New members do not know their id and cannot send heartbeats; they may wait this long.
constexpr int64_t kNewMemberTimeoutMs = 5 * 60 * 1000;
constexpr size_t kIdPrefixBytesMax = 255;

// The longest beginning of whole UTF-8 characters that fits into a member id.
std::string_view id_prefix(std::string_view text) {
  if (text.size() <= kIdPrefixBytesMax) return text;
  size_t size = kIdPrefixBytesMax;
  while (size > 0 && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

size_t bytes_of(const JoinGroupRequest& request) {
  size_t size = 0;
  for (const auto& protocol : request.protocols) {
    size += protocol.name.size() + protocol.metadata.data.size();
  }
  return size;
}

int32_t rebalance_timeout_of(const JoinGroupRequest& request) {
  return request.rebalance_timeout_ms < 0 ? request.session_timeout_ms
                                          : request.rebalance_timeout_ms;
}

void update(Member& member, const JoinGroupRequest& request) {
  member.protocols = protocols_of(request);
  member.session_timeout_ms = request.session_timeout_ms;
  member.rebalance_timeout_ms = rebalance_timeout_of(request);
}

// A client that asks again while its join waits gives the earlier request up.
void await_join(Member& member, JoinCallback answer) {
  if (member.join) member.join(join_refusal(error::kRebalanceInProgress, member.id));
  member.join = std::move(answer);
}

}  // namespace

void Group::join(const JoinGroupRequest& request, const JoiningClient& client,
                 JoinCallback answer) {
  if (consumer_ && consumer_->empty()) become_classic();
  if (consumer_) {
    consumer_->join(request, client, std::move(answer));
    return become_classic_if_due();
  }
  if (!has_room_for(request)) {
    answer(join_refusal(error::kGroupMaxSizeReached, ""));
    if (roster_.find(request.member_id) != nullptr) drop_member(request.member_id);
    return;
  }
  if (!is_compatible(request)) {
    return answer(join_refusal(error::kInconsistentGroupProtocol, request.member_id));
  }
  if (request.member_id.empty()) return join_new(request, client, std::move(answer));
  if (pending_members_.contains(request.member_id)) {
    // Ids are given in advance to dynamic members only.
    if (request.group_instance_id) {
      return answer(join_refusal(error::kUnknownServerError, request.member_id));
    }
    return add_member(std::string(request.member_id), request, client, std::move(answer));
  }
  int16_t error = check_member(request.member_id, request.group_instance_id);
  if (error != error::kNone) return answer(join_refusal(error, request.member_id));
  rejoin(*roster_.find(request.member_id), request, std::move(answer));
}

bool Group::has_room_for(const JoinGroupRequest& request) const {
  const Member* member = roster_.find(request.member_id);
  if (roster_.size_bytes() + bytes_of(request) > host_.options().group_bytes_max) return false;
  if (member == nullptr && pending_members_.size() >= host_.options().pending_members_max) {
    return false;
  }
  auto members_max = static_cast<size_t>(host_.options().members_max);
  switch (state_) {
    case GroupState::kEmpty:
    case GroupState::kDead:
      return true;
    case GroupState::kPreparingRebalance: {
      if (member != nullptr && member->join) return true;
      const auto& members = roster_.members();
      auto joined = std::count_if(members.begin(), members.end(),
                                  [](const auto& entry) { return bool(entry.second.join); });
      return static_cast<size_t>(joined) < members_max;
    }
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      return member != nullptr || roster_.size() < members_max;
  }
  return false;
}

bool Group::is_compatible(const JoinGroupRequest& request) const {
  if (roster_.empty()) return !request.protocol_type.empty() && !request.protocols.empty();
  return request.protocol_type == protocol_type_ && roster_.speaks_one_of(request);
}

void Group::join_new(const JoinGroupRequest& request, const JoiningClient& client,
                     JoinCallback answer) {
  bool is_static = request.group_instance_id.has_value();
  std::string_view prefix = is_static ? *request.group_instance_id : client.client_id;
  std::string id = std::string(id_prefix(prefix)) + "-" + host_.random_id();
  if (is_static) {
    std::string old_id(roster_.static_id(*request.group_instance_id));
    if (!old_id.empty()) {
      return replace_static(old_id, std::move(id), request, client, std::move(answer));
    }
  } else if (client.version >= kFirstVersionWithKnownIds) {
    pending_members_[id] = host_.now_ms() + request.session_timeout_ms;
    return answer(join_refusal(error::kMemberIdRequired, id));
  }
  add_member(std::move(id), request, client, std::move(answer));
}

void Group::add_member(std::string id, const JoinGroupRequest& request, const JoiningClient& client,
                       JoinCallback answer) {
  Member member;
  member.id = std::move(id);
  if (request.group_instance_id) member.instance_id = std::string(*request.group_instance_id);
  member.client_id = client.client_id;
  member.client_host = client.client_host;
  update(member, request);
  member.is_new = true;
  member.deadline_ms = host_.now_ms() + kNewMemberTimeoutMs;
  member.join = std::move(answer);
  if (roster_.empty()) protocol_type_ = std::string(request.protocol_type);
  pending_members_.erase(member.id);
  bool is_initial =
      state_ == GroupState::kPreparingRebalance && previous_state_ == GroupState::kEmpty;
  if (is_initial) is_member_added_ = true;
  roster_.add(std::move(member));
  rebalance_or_complete();
}

void Group::rejoin(Member& member, const JoinGroupRequest& request, JoinCallback answer) {
  bool is_unchanged = member.protocols == protocols_of(request);
  bool is_leader = member.id == roster_.leader();
  switch (state_) {
    case GroupState::kPreparingRebalance:
      return update_and_rebalance(member, request, std::move(answer));
    case GroupState::kCompletingRebalance:
      // Unchanged: it may not have got the answer to its first join, and gets it again.
      if (!is_unchanged) return update_and_rebalance(member, request, std::move(answer));
      hear_of(member);
      return answer(joined(member));
    case GroupState::kStable:
      // The leader comes back when it sees that something has changed, in the topics for example.
      if (is_leader || !is_unchanged) {
        return update_and_rebalance(member, request, std::move(answer));
      }
      hear_of(member);
      return answer(joined(member));
    case GroupState::kEmpty:
    case GroupState::kDead:
      answer(join_refusal(error::kUnknownMemberId, request.member_id));
  }
}

void Group::update_and_rebalance(Member& member, const JoinGroupRequest& request,
                                 JoinCallback answer) {
  update(member, request);
  await_join(member, std::move(answer));
  rebalance_or_complete();
}

JoinGroupResponse Group::joined(const Member& member) const {
  JoinGroupResponse response;
  response.generation_id = generation_;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_name_;
  response.leader = roster_.leader();
  response.member_id = member.id;
  if (member.id == roster_.leader()) response.members = member_list();
  return response;
}

std::vector<JoinGroupResponse::Member> Group::member_list() const {
  std::vector<JoinGroupResponse::Member> list;
  for (const auto& [id, member] : roster_.members()) {
    auto& entry = list.emplace_back();
    entry.member_id = id;
    entry.group_instance_id = member.instance_id;
    const std::string* metadata = member.metadata_of(protocol_name_.value_or(""));
    if (metadata != nullptr) entry.metadata.data = *metadata;
  }
  return list;
}

// A static member that was restarted: it goes on under a new id, and whoever still uses the old one
// is fenced.
void Group::replace_static(const std::string& old_id, std::string new_id,
                           const JoinGroupRequest& request, const JoiningClient& client,
                           JoinCallback answer) {
  std::string old_leader = roster_.leader();
  Member& member = roster_.rename(old_id, new_id);
  if (member.join) member.join(join_refusal(error::kFencedInstanceId, old_id));
  if (member.sync) member.sync(sync_refusal(error::kFencedInstanceId));
  member.join = nullptr;
  member.sync = nullptr;
  if (pending_sync_.erase(old_id) > 0) pending_sync_.insert(new_id);
  update(member, request);
  member.client_id = client.client_id;
  member.client_host = client.client_host;
  hear_of(member);
  if (state_ == GroupState::kStable && roster_.select_protocol() == protocol_name_) {
    return store_replacement(new_id, old_leader, client.version, std::move(answer));
  }
  member.join = std::move(answer);
  rebalance_or_complete();
}

// Its assignment stays, and the group need not rebalance. Only the leader's new id must be durable.
void Group::store_replacement(const std::string& member_id, const std::string& old_leader,
                              int16_t version, JoinCallback answer) {
  host_.store({group_record(id_, stored())}, [this, member_id, old_leader, version,
                                              answer = std::move(answer)](int16_t error, Offset) {
    const Member* member = roster_.find(member_id);
    if (error == error::kNone && member == nullptr) error = error::kUnknownMemberId;
    if (error != error::kNone) return answer(join_refusal(error, member_id));
    JoinGroupResponse response = joined(*member);
    if (version >= kFirstVersionToSkipAssignment) {
      response.skip_assignment = response.leader == member_id;
    } else {
      // An older client that sees itself as leader would assign anew, and a stable group would not
      // pass that on; so it is told the id that the leader had.
      response.members.clear();
      response.leader = old_leader;
    }
    answer(response);
  });
}

}  // namespace kappa::kafka
