#include "kafka/groups/group.h"

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

Group::Group(std::string id, GroupHost& host)
    : id_(std::move(id)), host_(host), state_since_ms_(host.wall_ms()), changes_(host) {}

void Group::transition(GroupState to) {
  KAPPA_CHECK(may_follow(state_, to));
  LOG_DEBUG("group {:?}: {} -> {} generation={} members={}", id_, name_of(state_), name_of(to),
            generation_, roster_.size());
  previous_state_ = state_;
  state_ = to;
  state_since_ms_ = host_.wall_ms();
}

int16_t Group::check_member(std::string_view member_id,
                            const std::optional<std::string_view>& instance_id) const {
  if (instance_id) {
    std::string_view known = roster_.static_id(*instance_id);
    if (known.empty()) return error::kUnknownMemberId;
    if (known != member_id) return error::kFencedInstanceId;
  }
  return roster_.find(member_id) == nullptr ? error::kUnknownMemberId : error::kNone;
}

void Group::hear_of(Member& member) {
  member.deadline_ms = host_.now_ms() + member.session_timeout_ms;
}

DescribeGroupsResponse::Group Group::describe() const {
  DescribeGroupsResponse::Group group;
  group.group_id = id_;
  group.group_state = std::string(name_of(state_));
  group.protocol_type = protocol_type_;
  bool is_stable = state_ == GroupState::kStable;
  if (is_stable) group.protocol_data = protocol_name_.value_or("");
  for (const auto& [id, member] : roster_.members()) {
    auto& described = group.members.emplace_back();
    described.member_id = id;
    described.group_instance_id = member.instance_id;
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    if (!is_stable) continue;
    const std::string* metadata = member.metadata_of(group.protocol_data);
    if (metadata != nullptr) described.member_metadata.data = *metadata;
    described.member_assignment.data = member.assignment;
  }
  return group;
}

StoredGroup Group::stored() const {
  std::map<std::string_view, std::string_view> assignments;
  for (const auto& [id, member] : roster_.members()) assignments[id] = member.assignment;
  return stored_with(assignments);
}

StoredGroup Group::stored_with(
    const std::map<std::string_view, std::string_view>& assignments) const {
  StoredGroup group;
  group.protocol_type = protocol_type_;
  group.generation = generation_;
  group.protocol_name = protocol_name_;
  if (!roster_.empty()) group.leader = roster_.leader();
  group.state_since_ms = state_since_ms_;
  for (const auto& [id, member] : roster_.members()) {
    auto& stored = group.members.emplace_back();
    stored.id = id;
    stored.instance_id = member.instance_id;
    stored.client_id = member.client_id;
    stored.client_host = member.client_host;
    stored.rebalance_timeout_ms = member.rebalance_timeout_ms;
    stored.session_timeout_ms = member.session_timeout_ms;
    const std::string* metadata = member.metadata_of(protocol_name_.value_or(""));
    if (metadata != nullptr) stored.subscription = *metadata;
    auto assignment = assignments.find(id);
    if (assignment != assignments.end()) stored.assignment = assignment->second;
  }
  return group;
}

void Group::restore(StoredGroup stored) {
  KAPPA_CHECK(roster_.empty());
  protocol_type_ = std::move(stored.protocol_type);
  generation_ = stored.generation;
  protocol_name_ = std::move(stored.protocol_name);
  state_since_ms_ = stored.state_since_ms;
  for (auto& old : stored.members) {
    Member member;
    member.id = std::move(old.id);
    member.instance_id = std::move(old.instance_id);
    member.client_id = std::move(old.client_id);
    member.client_host = std::move(old.client_host);
    member.rebalance_timeout_ms = old.rebalance_timeout_ms;
    member.session_timeout_ms = old.session_timeout_ms;
    member.protocols = {{protocol_name_.value_or(""), std::move(old.subscription)}};
    member.assignment = std::move(old.assignment);
    hear_of(roster_.add(std::move(member)));
  }
  if (stored.leader && roster_.find(*stored.leader) != nullptr) roster_.set_leader(*stored.leader);
  state_ = roster_.empty() ? GroupState::kEmpty : GroupState::kStable;
}

bool Group::is_empty() const {
  return state_ == GroupState::kEmpty && (!consumer_ || consumer_->empty());
}

std::string_view Group::state_name() const {
  return consumer_ && !is_dead() ? name_of(consumer_->state()) : name_of(state_);
}

void Group::abandon() {
  changes_.abandon();
  for (auto& [id, member] : roster_.members()) {
    member.join = nullptr;
    member.sync = nullptr;
  }
}

}  // namespace kappa::kafka
