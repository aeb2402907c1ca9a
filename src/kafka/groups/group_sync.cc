// SyncGroup, Heartbeat and LeaveGroup: the life of members within a generation.

#include "base/check.h"
#include "base/logging.h"
#include "kafka/groups/group.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// KIP-559: a client may say which protocol it believes in.
bool contradicts(const std::optional<std::string_view>& claimed, std::string_view actual) {
  return claimed.has_value() && *claimed != actual;
}

size_t assignment_bytes(const SyncGroupRequest& request) {
  size_t size = 0;
  for (const auto& entry : request.assignments) size += entry.assignment.data.size();
  return size;
}

}  // namespace

void Group::sync(const SyncGroupRequest& request, SyncCallback answer) {
  if (consumer_) return consumer_->sync(request, std::move(answer));
  int16_t error = check_member(request.member_id, request.group_instance_id);
  if (error == error::kNone && request.generation_id != generation_) {
    error = error::kIllegalGeneration;
  }
  if (error == error::kNone && (contradicts(request.protocol_type, protocol_type_) ||
                                contradicts(request.protocol_name, protocol_name_.value_or("")))) {
    error = error::kInconsistentGroupProtocol;
  }
  if (error != error::kNone) return answer(sync_refusal(error));
  Member& member = *roster_.find(request.member_id);
  switch (state_) {
    case GroupState::kPreparingRebalance:
      return answer(sync_refusal(error::kRebalanceInProgress));
    case GroupState::kCompletingRebalance:
      return await_sync(member, request, std::move(answer));
    case GroupState::kStable:
      has_synced(member.id);
      hear_of(member);
      return answer(synced(member));
    case GroupState::kEmpty:
    case GroupState::kDead:
      return answer(sync_refusal(error::kUnknownMemberId));
  }
}

void Group::await_sync(Member& member, const SyncGroupRequest& request, SyncCallback answer) {
  bool is_leader = member.id == roster_.leader();
  if (is_leader && assignment_bytes(request) > host_.options().group_bytes_max) {
    return answer(sync_refusal(error::kGroupMaxSizeReached));
  }
  if (member.sync) member.sync(sync_refusal(error::kRebalanceInProgress));
  member.sync = std::move(answer);
  has_synced(member.id);
  if (is_leader) store_assignments(request);
}

void Group::has_synced(std::string_view member_id) {
  auto pending = pending_sync_.find(member_id);
  if (pending != pending_sync_.end()) pending_sync_.erase(pending);
  if (pending_sync_.empty()) sync_deadline_ms_ = kNoDeadline;
}

void Group::store_assignments(const SyncGroupRequest& request) {
  std::map<std::string_view, std::string_view> views;
  std::map<std::string, std::string> assignments;
  for (const auto& entry : request.assignments) {
    views[entry.member_id] = entry.assignment.data;
    assignments[std::string(entry.member_id)] = std::string(entry.assignment.data);
  }
  host_.store(
      {group_record(id_, stored_with(views))},
      [this, generation = generation_, assignments = std::move(assignments)](
          int16_t error, Offset) { on_assignments_stored(error, generation, assignments); });
}

void Group::on_assignments_stored(int16_t error, int32_t generation,
                                  const std::map<std::string, std::string>& assignments) {
  // Another member may have come meanwhile; then this generation is over.
  if (state_ != GroupState::kCompletingRebalance || generation_ != generation) return;
  if (error != error::kNone) {
    LOG_WARN("group {:?}: the assignment could not be stored: generation={}", id_, generation);
    fail_syncs(error);
    return prepare_rebalance();
  }
  transition(GroupState::kStable);
  for (auto& [id, member] : roster_.members()) {
    auto assignment = assignments.find(id);
    member.assignment = assignment == assignments.end() ? std::string() : assignment->second;
    if (!member.sync) continue;
    hear_of(member);
    std::exchange(member.sync, nullptr)(synced(member));
  }
}

void Group::fail_syncs(int16_t error) {
  for (auto& [id, member] : roster_.members()) {
    member.assignment.clear();
    if (!member.sync) continue;
    hear_of(member);
    std::exchange(member.sync, nullptr)(sync_refusal(error));
  }
}

SyncGroupResponse Group::synced(const Member& member) const {
  SyncGroupResponse response;
  response.protocol_type = protocol_type_;
  response.protocol_name = protocol_name_;
  response.assignment.data = member.assignment;
  return response;
}

int16_t Group::heartbeat(const MemberClaim& claim) {
  if (consumer_) return consumer_->classic_heartbeat(claim);
  int16_t error = check_member(claim.member_id, claim.instance_id);
  if (error != error::kNone) return error;
  if (claim.generation != generation_) return error::kIllegalGeneration;
  if (state_ == GroupState::kEmpty || state_ == GroupState::kDead) return error::kUnknownMemberId;
  hear_of(*roster_.find(claim.member_id));
  return state_ == GroupState::kPreparingRebalance ? error::kRebalanceInProgress : error::kNone;
}

int16_t Group::leave(std::string_view member_id,
                     const std::optional<std::string_view>& instance_id) {
  if (consumer_) {
    int16_t error = consumer_->classic_leave(member_id, instance_id);
    become_classic_if_due();
    return error;
  }
  // An administrator names static members without knowing their ids.
  if (member_id.empty() && instance_id) {
    std::string id(roster_.static_id(*instance_id));
    if (id.empty()) return error::kUnknownMemberId;
    drop_member(id);
    return error::kNone;
  }
  auto pending = pending_members_.find(member_id);
  if (pending != pending_members_.end()) {
    pending_members_.erase(pending);
    complete_join_if_all_joined();
    return error::kNone;
  }
  int16_t error = check_member(member_id, instance_id);
  if (error == error::kNone) drop_member(member_id);
  return error;
}

}  // namespace kappa::kafka
