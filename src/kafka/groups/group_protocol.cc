// Groups of the newer protocol, and how a group goes from one protocol to the other (KIP-848,
// "Migration"): without members, simply; with members, when they are consumers and the policy
// allows it. Epochs and generations go on counting.

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "kafka/groups/consumer_heartbeat_check.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/group.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {

void Group::heartbeat(const ConsumerGroupHeartbeatRequest& request, const JoiningClient& client,
                      HeartbeatCallback answer) {
  if (!consumer_) {
    Refusal refusal = become_consumer_group(request.member_epoch);
    if (refusal.error != error::kNone) return answer(heartbeat_refusal(refusal));
  }
  consumer_->heartbeat(request, client, std::move(answer));
  become_classic_if_due();
}

Refusal Group::become_consumer_group(int32_t member_epoch) {
  if (state_ != GroupState::kEmpty) {
    Refusal refusal = check_upgrade();
    bool is_joining = member_epoch == kJoinEpoch;
    if (is_joining && refusal.error == error::kNone) take_members_over();
    if (consumer_ || refusal.error != error::kNone) return refusal;
  }
  if (member_epoch != kJoinEpoch) {
    return {error::kUnknownMemberId, fmt::format("Group {} is not a consumer group.", id_)};
  }
  auto records = group_tombstones();
  consumer_ = std::make_unique<ConsumerGroup>(id_, host_, changes_, generation_);
  pending_members_.clear();
  changes_.save(std::move(records), [](int16_t) {});
  return {};
}

// Kafka's answers: a group that may not become one of the newer protocol is none.
Refusal Group::check_upgrade() const {
  auto refused = [this](std::string_view reason) {
    return Refusal{error::kGroupIdNotFound,
                   fmt::format("Group {} has members of the classic protocol and cannot change to "
                               "the newer one: {}.",
                               id_, reason)};
  };
  if (!may_upgrade(host_.options().migration_policy)) {
    return refused("group.consumer.migration.policy forbids it");
  }
  if (protocol_type_ != kConsumerProtocolType) return refused("they are no consumers");
  if (roster_.size() > static_cast<size_t>(host_.options().consumer_members_max)) {
    return refused("they are more than group.consumer.max.size");
  }
  if (state_ == GroupState::kCompletingRebalance) {
    // What its members own is known only when they have their assignment.
    return {error::kCoordinatorLoadInProgress, "The group is rebalancing."};
  }
  for (const auto& [id, member] : roster_.members()) {
    if (!as_consumer_member(member)) return refused("they use an assignor of their own");
  }
  return {};
}

// nullopt: what it says to the others is not for us.
std::optional<ConsumerMember> Group::as_consumer_member(const Member& member) const {
  const std::string* metadata = member.metadata_of(protocol_name_.value_or(""));
  if (metadata == nullptr) metadata = &member.protocols.front().metadata;
  auto subscription = parse_subscription(*metadata);
  auto assignment = parse_assignment(member.assignment);
  if (!subscription || !assignment || assignment->has_user_data) return std::nullopt;
  ConsumerMember converted{.id = member.id,
                           .instance_id = member.instance_id,
                           .client_id = member.client_id,
                           .client_host = member.client_host,
                           .topics = std::move(subscription->topics),
                           .rebalance_timeout_ms = member.rebalance_timeout_ms};
  std::sort(converted.topics.begin(), converted.topics.end());
  converted.classic = ClassicSide{member.session_timeout_ms, member.protocols};
  converted.epoch = generation_;
  converted.previous_epoch = generation_;
  converted.assigned = partitions_named(assignment->partitions, host_.topics());
  return converted;
}

// The classic members stay, and are asked to join again; the group assigns from now on.
void Group::take_members_over() {
  auto records = group_tombstones();
  consumer_ = std::make_unique<ConsumerGroup>(id_, host_, changes_, generation_);
  std::vector<std::string> ids;
  for (auto& [id, member] : roster_.members()) {
    ids.push_back(id);
    consumer_->take_over(*as_consumer_member(member));
    if (member.join) member.join(join_refusal(error::kRebalanceInProgress, id));
    if (member.sync) member.sync(sync_refusal(error::kRebalanceInProgress));
  }
  for (const auto& id : ids) roster_.remove(id);
  pending_members_.clear();
  pending_sync_.clear();
  join_deadline_ms_ = kNoDeadline;
  sync_deadline_ms_ = kNoDeadline;
  state_ = GroupState::kEmpty;  // of the classic protocol there is nobody any more
  LOG_INFO("group {:?}: goes over to the newer protocol: members={}", id_, ids.size());
  consumer_->save_all(std::move(records), [](int16_t) {});
}

// The members of the newer protocol are gone: those that are left go on among themselves.
void Group::become_classic_if_due() {
  bool is_due = consumer_ && !consumer_->empty() &&
                consumer_->roster().classic_count() == consumer_->roster().size() &&
                may_downgrade(host_.options().migration_policy);
  if (is_due) become_classic();
}

void Group::become_classic() {
  auto records = group_tombstones();
  auto consumer = std::move(consumer_);
  generation_ = consumer->epoch();
  protocol_type_ = kConsumerProtocolType;
  protocol_name_.reset();
  for (const auto& [id, old] : consumer->roster().members()) {
    Member member;
    member.id = id;
    member.instance_id = old.instance_id;
    member.client_id = old.client_id;
    member.client_host = old.client_host;
    member.session_timeout_ms = old.classic->session_timeout_ms;
    member.rebalance_timeout_ms = old.rebalance_timeout_ms;
    member.protocols = old.classic->protocols;
    member.assignment = assignment_for(old, host_.topics());
    hear_of(roster_.add(std::move(member)));
  }
  state_since_ms_ = host_.wall_ms();
  LOG_INFO("group {:?}: goes over to the classic protocol: members={}", id_, roster_.size());
  if (!roster_.empty()) {
    protocol_name_ = roster_.select_protocol();
    state_ = GroupState::kStable;  // of the generation that is over now
    records.push_back(group_record(id_, stored()));
  }
  changes_.save(std::move(records), [](int16_t) {});
  if (!roster_.empty()) prepare_rebalance();
}

std::vector<GroupRecord> Group::group_tombstones() const {
  if (consumer_)
    return consumer_->is_vacant() ? std::vector<GroupRecord>() : consumer_->tombstones();
  if (generation_ > 0) return {group_tombstone(id_)};
  return {};
}

bool Group::restore(const GroupRecordKey& key, std::string_view value) {
  if (!consumer_) consumer_ = std::make_unique<ConsumerGroup>(id_, host_, changes_, 0);
  return consumer_->restore(key, value);
}

void Group::finish_restore() {
  if (!consumer_) return;
  consumer_->finish_restore();
  // A group that went over while the log took no writes may be in it twice.
  std::vector<std::string> ids;
  for (const auto& [id, member] : roster_.members()) ids.push_back(id);
  for (const auto& id : ids) roster_.remove(id);
  state_ = GroupState::kEmpty;
  generation_ = 0;
}

}  // namespace kappa::kafka
