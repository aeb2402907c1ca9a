#include "kafka/groups/consumer_group.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/groups/consumer_records.h"
#include "kafka/groups/reconciliation.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// As ConsumerGroupDescribe says what kind of member it is.
constexpr int8_t kClassicMember = 0;
constexpr int8_t kConsumerMember = 1;

template <typename Assignment>
Assignment named_assignment(const PartitionSet& partitions, const TopicDirectory& directory) {
  using Topic = typename decltype(Assignment::topic_partitions)::value_type;
  Assignment assignment;
  for (auto& topic : topics_of<Topic>(partitions)) {
    auto known = directory.find(topic.topic_id);
    if (!known) continue;
    topic.topic_name = known->name;
    assignment.topic_partitions.push_back(std::move(topic));
  }
  return assignment;
}

}  // namespace

ConsumerGroup::ConsumerGroup(std::string id, GroupHost& host, GroupChanges& changes, int32_t epoch)
    : id_(std::move(id)), host_(host), changes_(changes), epoch_(epoch), assignment_epoch_(epoch) {}

ConsumerGroupState ConsumerGroup::state() const {
  if (roster_.empty()) return ConsumerGroupState::kEmpty;
  if (epoch_ > assignment_epoch_) return ConsumerGroupState::kAssigning;
  const auto& members = roster_.members();
  bool is_stable = std::all_of(members.begin(), members.end(), [this](const auto& entry) {
    const ConsumerMember& member = entry.second;
    return member.state == MemberState::kStable && member.epoch == assignment_epoch_;
  });
  return is_stable ? ConsumerGroupState::kStable : ConsumerGroupState::kReconciling;
}

// What most members ask for; whoever asks for nothing takes what there is.
std::string_view ConsumerGroup::assignor_name() const {
  size_t uniform = 0, range = 0;
  for (const auto& [id, member] : roster_.members()) {
    uniform += member.assignor == kUniformAssignor;
    range += member.assignor == kRangeAssignor;
  }
  return range > uniform ? kRangeAssignor : kUniformAssignor;
}

ConsumerGroupDescribeResponse::Group ConsumerGroup::describe() const {
  using Member = ConsumerGroupDescribeResponse::Group::Member;
  ConsumerGroupDescribeResponse::Group group;
  group.group_id = id_;
  group.group_state = name_of(state());
  group.group_epoch = epoch_;
  group.assignment_epoch = assignment_epoch_;
  group.assignor_name = assignor_name();
  for (const auto& [id, member] : roster_.members()) {
    auto& described = group.members.emplace_back();
    described.member_id = id;
    described.instance_id = member.instance_id;
    described.rack_id = member.rack_id;
    described.member_epoch = member.epoch;
    described.client_id = member.client_id;
    described.client_host = member.client_host;
    described.subscribed_topic_names = member.topics;
    if (!member.regex.empty()) described.subscribed_topic_regex = member.regex;
    described.member_type = member.classic ? kClassicMember : kConsumerMember;
    described.assignment = named_assignment<Member::Assignment>(member.assigned, host_.topics());
    auto target = target_.find(id);
    if (target == target_.end()) continue;
    described.target_assignment =
        named_assignment<Member::TargetAssignment>(target->second, host_.topics());
  }
  return group;
}

bool ConsumerGroup::is_subscribed_to(std::string_view topic) const {
  const auto& members = roster_.members();
  bool is_named = std::any_of(members.begin(), members.end(), [topic](const auto& entry) {
    const auto& topics = entry.second.topics;
    return std::binary_search(topics.begin(), topics.end(), topic);
  });
  const auto& known = topics_.topics();
  return is_named || std::any_of(known.begin(), known.end(),
                                 [topic](const auto& entry) { return entry.second.name == topic; });
}

int16_t ConsumerGroup::check_claim(const MemberClaim& claim) const {
  const ConsumerMember* member = roster_.find(claim.member_id);
  if (member == nullptr) return error::kUnknownMemberId;
  if (claim.generation == member->epoch) return error::kNone;
  return member->classic ? error::kIllegalGeneration : error::kStaleMemberEpoch;
}

int32_t ConsumerGroup::session_timeout_ms(const ConsumerMember& member) const {
  return member.classic ? member.classic->session_timeout_ms
                        : host_.consumer_timing().session_timeout_ms;
}

// --- changes

void ConsumerGroup::put(ConsumerMember member, Records& records) {
  const ConsumerMember* old = roster_.find(member.id);
  if (old == nullptr || !old->owns_alike(member)) records.push_back(standing_record(id_, member));
  roster_.put(std::move(member));
}

void ConsumerGroup::remove(std::string_view member_id, Records& records) {
  auto gone = member_tombstones(id_, member_id);
  std::move(gone.begin(), gone.end(), std::back_inserter(records));
  auto target = target_.find(member_id);
  if (target != target_.end()) target_.erase(target);
  roster_.remove(member_id);
}

void ConsumerGroup::follow_changes(bool have_members_changed, Records& records) {
  if (have_members_changed || topics_.is_outdated(host_.topics())) {
    topics_.look_up(roster_.members(), host_.topics());
    if (have_members_changed || topics_.hash() != topics_hash_) begin_epoch(records);
  }
  if (epoch_ > assignment_epoch_) compute_target(records);
}

void ConsumerGroup::begin_epoch(Records& records) {
  ++epoch_;
  topics_hash_ = topics_.hash();
  records.push_back(epoch_record(id_, {epoch_, topics_hash_}));
  LOG_DEBUG("group {:?}: epoch={} members={}", id_, epoch_, roster_.size());
}

void ConsumerGroup::compute_target(Records& records) {
  AssignmentProblem problem;
  for (const auto& [id, topic] : topics_.topics()) {
    problem.partition_counts[id] = topic.partition_count;
  }
  for (const auto& [id, member] : roster_.members()) {
    auto current = target_.find(id);
    problem.members[id] = {member.instance_id, topics_.topics_of(member),
                           current == target_.end() ? PartitionSet() : current->second};
  }
  TargetAssignment target = find_assignor(assignor_name())(problem);
  for (const auto& [id, share] : target) {
    auto old = target_.find(id);
    if (old == target_.end() || old->second != share) {
      records.push_back(target_record(id_, id, share));
    }
  }
  target_ = std::move(target);
  assignment_epoch_ = epoch_;
  records.push_back(target_epoch_record(id_, epoch_));
}

// Of topics that it does not subscribe to any more it gets nothing, even before the next target.
PartitionSet ConsumerGroup::wanted_target(const ConsumerMember& member) const {
  auto target = target_.find(member.id);
  if (target == target_.end()) return {};
  std::vector<TopicId> topics = topics_.topics_of(member);
  PartitionSet wanted = target->second;
  std::erase_if(wanted, [&topics](const PartitionId& partition) {
    return !std::binary_search(topics.begin(), topics.end(), partition.topic);
  });
  return wanted;
}

const ConsumerMember& ConsumerGroup::advance(std::string_view member_id,
                                             const std::optional<PartitionSet>& owned,
                                             Records& records) {
  const ConsumerMember& before = *roster_.find(member_id);
  PartitionSet target = wanted_target(before);
  ConsumerMember after = reconciled(before, {.target_epoch = assignment_epoch_,
                                             .target = target,
                                             .owned = owned,
                                             .is_free = [this](const PartitionId& partition) {
                                               return roster_.is_free(partition);
                                             }});
  set_revocation_deadline(before, after);
  after.session_deadline_ms = host_.now_ms() + session_timeout_ms(after);
  put(std::move(after), records);
  return *roster_.find(member_id);
}

void ConsumerGroup::set_revocation_deadline(const ConsumerMember& before, ConsumerMember& after) {
  if (after.state != MemberState::kUnrevoked) {
    after.revocation_deadline_ms = kNoDeadline;
  } else if (before.revoking != after.revoking || before.revocation_deadline_ms == kNoDeadline) {
    after.revocation_deadline_ms = host_.now_ms() + after.rebalance_timeout_ms;
  }
}

// --- the log

void ConsumerGroup::save(Records records, Answer answer) {
  if (changes_.have_lost()) return save_all({}, std::move(answer));
  changes_.save(std::move(records), std::move(answer));
}

void ConsumerGroup::save_all(Records records, Answer answer) {
  auto all = all_records();
  std::move(all.begin(), all.end(), std::back_inserter(records));
  changes_.save(std::move(records), std::move(answer));
}

ConsumerGroup::Records ConsumerGroup::all_records() const {
  Records records;
  for (const auto& [id, member] : roster_.members()) {
    records.push_back(member_record(id_, member));
    records.push_back(standing_record(id_, member));
  }
  for (const auto& [id, share] : target_) records.push_back(target_record(id_, id, share));
  records.push_back(epoch_record(id_, {epoch_, topics_hash_}));
  records.push_back(target_epoch_record(id_, assignment_epoch_));
  return records;
}

ConsumerGroup::Records ConsumerGroup::tombstones() const {
  Records records;
  for (const auto& [id, member] : roster_.members()) {
    auto gone = member_tombstones(id_, id);
    std::move(gone.begin(), gone.end(), std::back_inserter(records));
  }
  records.push_back(target_epoch_tombstone(id_));
  records.push_back(epoch_tombstone(id_));
  return records;
}

void ConsumerGroup::take_over(ConsumerMember member) {
  // Two that were told to read the same, by a client's assignor: the first one does.
  for (auto* part : {&member.assigned, &member.revoking}) {
    std::erase_if(*part, [this](const auto& partition) { return !roster_.is_free(partition); });
  }
  target_[member.id] = member.assigned;
  member.session_deadline_ms = host_.now_ms() + session_timeout_ms(member);
  if (member.state == MemberState::kUnrevoked) {
    member.revocation_deadline_ms = host_.now_ms() + member.rebalance_timeout_ms;
  }
  roster_.put(std::move(member));
}

bool ConsumerGroup::restore(const GroupRecordKey& key, std::string_view value) {
  auto member = [&]() -> ConsumerMember& {
    ConsumerMember& found = restored_[key.member];
    found.id = key.member;
    return found;
  };
  switch (key.kind) {
    case GroupRecordKey::Kind::kConsumerGroup: {
      auto stored = parse_epoch(value);
      if (stored) epoch_ = stored->epoch, topics_hash_ = stored->topics_hash;
      return stored.has_value();
    }
    case GroupRecordKey::Kind::kTargetEpoch: {
      auto stored = parse_target_epoch(value);
      if (stored) assignment_epoch_ = *stored;
      return stored.has_value();
    }
    case GroupRecordKey::Kind::kMemberTarget: {
      auto stored = parse_target(value);
      if (stored) target_[key.member] = *std::move(stored);
      return stored.has_value();
    }
    case GroupRecordKey::Kind::kConsumerMember:
      return parse_member(value, member());
    case GroupRecordKey::Kind::kMemberStanding:
      return parse_standing(value, member());
    case GroupRecordKey::Kind::kOther:
    case GroupRecordKey::Kind::kOffset:
    case GroupRecordKey::Kind::kGroup:
      break;
  }
  return false;
}

void ConsumerGroup::finish_restore() {
  // A write that failed may have left a partition with two owners; the later epoch is right.
  std::vector<ConsumerMember> members;
  for (auto& [id, member] : restored_) members.push_back(std::move(member));
  restored_.clear();
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.epoch > b.epoch; });
  TargetAssignment target = std::move(target_);
  target_.clear();
  for (auto& member : members) {
    std::string id = member.id;
    take_over(std::move(member));
    target_[id] = std::move(target[id]);
  }
  // Topics are looked up by the first heartbeat, which compares them with those of the epoch.
}

}  // namespace kappa::kafka
