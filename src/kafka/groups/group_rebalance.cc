// From one generation to the next, and what the passing of time does.

#include <algorithm>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/groups/group.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

void Group::rebalance_or_complete() {
  if (may_follow(state_, GroupState::kPreparingRebalance)) return prepare_rebalance();
  complete_join_if_all_joined();
}

void Group::prepare_rebalance() {
  if (state_ == GroupState::kCompletingRebalance) fail_syncs(error::kRebalanceInProgress);
  sync_deadline_ms_ = kNoDeadline;
  bool is_initial = state_ == GroupState::kEmpty;
  transition(GroupState::kPreparingRebalance);
  int32_t timeout_ms = roster_.rebalance_timeout_ms();
  if (is_initial) {
    // More members are likely to start now: better to wait for them than to rebalance for each.
    initial_delay_ms_ = host_.options().initial_rebalance_delay_ms;
    initial_remaining_ms_ = std::max(timeout_ms - initial_delay_ms_, 0);
    is_member_added_ = false;
    join_deadline_ms_ = host_.now_ms() + initial_delay_ms_;
  } else if (roster_.have_all_joined() && pending_members_.empty()) {
    complete_join();
  } else {
    join_deadline_ms_ = host_.now_ms() + timeout_ms;
  }
}

void Group::complete_join_if_all_joined() {
  bool is_waiting =
      state_ == GroupState::kPreparingRebalance && previous_state_ != GroupState::kEmpty;
  if (is_waiting && roster_.have_all_joined() && pending_members_.empty()) complete_join();
}

void Group::on_join_deadline() {
  join_deadline_ms_ = kNoDeadline;
  if (state_ != GroupState::kPreparingRebalance) return;
  bool is_initial = previous_state_ == GroupState::kEmpty;
  if (is_initial && is_member_added_ && initial_remaining_ms_ > 0) {
    is_member_added_ = false;
    int32_t delay_ms = std::min(host_.options().initial_rebalance_delay_ms, initial_remaining_ms_);
    initial_remaining_ms_ = std::max(initial_remaining_ms_ - initial_delay_ms_, 0);
    initial_delay_ms_ = delay_ms;
    join_deadline_ms_ = host_.now_ms() + delay_ms;
    return;
  }
  complete_join();
}

void Group::complete_join() {
  join_deadline_ms_ = kNoDeadline;
  // Who has not come back in time is out; static members stay until their session ends.
  std::vector<std::string> missing;
  for (const auto& [id, member] : roster_.members()) {
    if (!member.join && !member.instance_id) missing.push_back(id);
  }
  for (const auto& id : missing) roster_.remove(id);
  if (!roster_.empty() && !roster_.elect_joined_leader()) {
    // Nobody is there to lead; sessions will end, or somebody will join.
    join_deadline_ms_ = host_.now_ms() + std::max(roster_.rebalance_timeout_ms(), 1);
    return;
  }
  begin_generation();
}

void Group::begin_generation() {
  generation_ = generation_ == std::numeric_limits<int32_t>::max() ? 0 : generation_ + 1;
  pending_sync_.clear();
  if (roster_.empty()) return store_empty_generation();
  protocol_name_ = roster_.select_protocol();
  transition(GroupState::kCompletingRebalance);
  sync_deadline_ms_ = host_.now_ms() + std::max(roster_.rebalance_timeout_ms(), 1);
  for (auto& [id, member] : roster_.members()) {
    pending_sync_.insert(id);
    member.is_new = false;
    if (!member.join) continue;
    hear_of(member);
    std::exchange(member.join, nullptr)(joined(member));
  }
}

void Group::store_empty_generation() {
  protocol_name_.reset();
  transition(GroupState::kEmpty);
  host_.store({group_record(id_, stored())}, [this](int16_t error, Offset) {
    // Without it the members of the last generation come back at a restart and time out again.
    if (error != error::kNone) LOG_WARN("group {:?}: its end could not be stored", id_);
  });
}

void Group::on_sync_deadline() {
  sync_deadline_ms_ = kNoDeadline;
  if (pending_sync_.empty()) return;
  for (const auto& id : std::exchange(pending_sync_, {})) {
    LOG_INFO("group {:?}: member has not synced in time: member={:?}", id_, id);
    roster_.remove(id);
  }
  rebalance_or_complete();
}

void Group::drop_member(std::string_view member_id) {
  Member* member = roster_.find(member_id);
  KAPPA_CHECK(member != nullptr);
  if (member->join) member->join(join_refusal(error::kUnknownMemberId, ""));
  if (member->sync) member->sync(sync_refusal(error::kUnknownMemberId));
  has_synced(member_id);
  roster_.remove(member_id);
  rebalance_or_complete();
}

void Group::tick() {
  int64_t now_ms = host_.now_ms();
  if (consumer_) {
    consumer_->tick();
    become_classic_if_due();
  }
  expire_pending_members(now_ms);
  expire_members(now_ms);
  if (sync_deadline_ms_ <= now_ms) on_sync_deadline();
  if (join_deadline_ms_ <= now_ms) on_join_deadline();
}

void Group::expire_pending_members(int64_t now_ms) {
  size_t count = std::erase_if(pending_members_,
                               [now_ms](const auto& entry) { return entry.second <= now_ms; });
  if (count > 0) complete_join_if_all_joined();
}

void Group::expire_members(int64_t now_ms) {
  std::vector<std::string> failed;
  for (auto& [id, member] : roster_.members()) {
    if (member.deadline_ms > now_ms) continue;
    // Who waits for us cannot send heartbeats; the answer begins a new session.
    if (!member.is_new && member.is_waiting()) {
      member.deadline_ms = kNoDeadline;
    } else {
      failed.push_back(id);
    }
  }
  for (const auto& id : failed) {
    // The drop of one may have moved the group on, and with it the others.
    const Member* member = roster_.find(id);
    if (member == nullptr || member->deadline_ms > now_ms) continue;
    LOG_INFO("group {:?}: member has failed: member={:?}", id_, id);
    drop_member(id);
  }
}

int64_t Group::next_deadline_ms() const {
  int64_t next = std::min(join_deadline_ms_, sync_deadline_ms_);
  if (consumer_) next = std::min(next, consumer_->next_deadline_ms());
  for (const auto& [id, deadline_ms] : pending_members_) next = std::min(next, deadline_ms);
  for (const auto& [id, member] : roster_.members()) next = std::min(next, member.deadline_ms);
  return next;
}

}  // namespace kappa::kafka
