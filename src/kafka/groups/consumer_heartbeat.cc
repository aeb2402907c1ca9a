// ConsumerGroupHeartbeat: a member comes, stays or goes; and what the passing of time does.

#include <algorithm>

#include "base/logging.h"
#include "kafka/groups/consumer_group.h"
#include "kafka/groups/consumer_heartbeat_check.h"
#include "kafka/groups/consumer_records.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

using Request = ConsumerGroupHeartbeatRequest;
using Response = ConsumerGroupHeartbeatResponse;

// A member says all about itself when it joins, and after it has missed an answer.
bool is_full(const Request& request) {
  return request.rebalance_timeout_ms >= 0 && request.topic_partitions &&
         (request.subscribed_topic_names || request.subscribed_topic_regex);
}

std::optional<PartitionSet> owned_by(const Request& request) {
  if (!request.topic_partitions) return std::nullopt;
  return partitions_in(*request.topic_partitions);
}

size_t bytes_of(const Request& request) {
  size_t size = request.subscribed_topic_regex.value_or("").size();
  if (!request.subscribed_topic_names) return size;
  for (auto name : *request.subscribed_topic_names) size += sizeof(std::string) + name.size();
  return size;
}

std::vector<std::string> sorted_names(const std::vector<std::string_view>& names) {
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

// What it says anew; what it leaves out stays.
void update(ConsumerMember& member, const Request& request, const JoiningClient& client) {
  if (request.instance_id) member.instance_id = std::string(*request.instance_id);
  if (request.rack_id) member.rack_id = std::string(*request.rack_id);
  if (request.rebalance_timeout_ms >= 0) member.rebalance_timeout_ms = request.rebalance_timeout_ms;
  if (request.subscribed_topic_names) member.topics = sorted_names(*request.subscribed_topic_names);
  if (request.subscribed_topic_regex) member.regex = std::string(*request.subscribed_topic_regex);
  if (request.server_assignor) member.assignor = std::string(*request.server_assignor);
  member.client_id = client.client_id;
  member.client_host = client.client_host;
  member.classic.reset();
  member.classic_deadline_ms = kNoDeadline;
}

bool says_alike(const ConsumerMember& a, const ConsumerMember& b) {
  return a.subscribes_alike(b) && a.instance_id == b.instance_id && a.rack_id == b.rack_id &&
         a.rebalance_timeout_ms == b.rebalance_timeout_ms && a.client_id == b.client_id &&
         a.client_host == b.client_host && a.classic == b.classic;
}

Refusal check_epoch(const ConsumerMember& member, const Request& request) {
  int32_t epoch = request.member_epoch;
  // Who joins again has given everything up.
  if (epoch == kJoinEpoch || epoch == member.epoch) return {};
  // It may not have got the answer that told it of its epoch.
  auto owned = owned_by(request);
  bool has_missed_answer = epoch < member.epoch && epoch == member.previous_epoch && owned &&
                           contains_all(member.assigned, *owned);
  if (has_missed_answer) return {};
  return {
      error::kFencedMemberEpoch,
      fmt::format("The member has epoch {}, the group knows epoch {} of it. It must give up its "
                  "partitions and join again.",
                  epoch, member.epoch)};
}

int64_t deadline_of(const ConsumerMember& member) {
  return std::min(
      {member.session_deadline_ms, member.revocation_deadline_ms, member.classic_deadline_ms});
}

}  // namespace

ConsumerGroupHeartbeatResponse heartbeat_refusal(const Refusal& refusal) {
  Response response;
  response.error_code = refusal.error;
  if (!refusal.message.empty()) response.error_message = refusal.message;
  return response;
}

// --- who it is

Refusal ConsumerGroup::check_room(bool is_new, size_t bytes) const {
  auto members_max = static_cast<size_t>(host_.options().consumer_members_max);
  if (is_new && roster_.size() >= members_max) {
    return {error::kGroupMaxSizeReached,
            fmt::format("The group has {} members and may not have more.", roster_.size())};
  }
  size_t bytes_max = host_.options().group_bytes_max;
  if (roster_.size_bytes() + bytes <= bytes_max) return {};
  return {error::kGroupMaxSizeReached,
          fmt::format("The members say {} bytes about themselves, and may say {}.",
                      roster_.size_bytes() + bytes, bytes_max)};
}

Refusal ConsumerGroup::check_dynamic(const Request& request) const {
  const ConsumerMember* member = roster_.find(request.member_id);
  if (member != nullptr) return check_epoch(*member, request);
  if (request.member_epoch == kJoinEpoch) return {};
  return {error::kUnknownMemberId,
          fmt::format("{} is not a member of group {}.", request.member_id, id_)};
}

Refusal ConsumerGroup::check_static(const Request& request) const {
  const ConsumerMember* member = roster_.find_static(*request.instance_id);
  bool is_joining = request.member_epoch == kJoinEpoch;
  if (member == nullptr) {
    if (is_joining) return {};
    return {error::kUnknownMemberId,
            fmt::format("Instance {} is not a member of group {}.", *request.instance_id, id_)};
  }
  if (member->id == request.member_id) return check_epoch(*member, request);
  if (!is_joining) {
    return {error::kFencedInstanceId,
            fmt::format("Instance {} goes on as member {}.", *request.instance_id, member->id)};
  }
  if (member->epoch == kAwayEpoch || member->classic) return {};
  return {error::kUnreleasedInstanceId,
          fmt::format("Instance {} is in use by member {}.", *request.instance_id, member->id)};
}

// The member that it was until now; nullptr: it is new.
const ConsumerMember* ConsumerGroup::predecessor(const Request& request) const {
  if (request.instance_id) return roster_.find_static(*request.instance_id);
  return roster_.find(request.member_id);
}

// A static member that comes back under another id goes on where it was.
void ConsumerGroup::replace_static(const ConsumerMember& old, const std::string& new_id,
                                   Records& records) {
  ConsumerMember member = old;
  PartitionSet target = target_[old.id];
  remove(std::string(old.id), records);
  member.id = new_id;
  member.epoch = 0;
  member.previous_epoch = 0;
  member.state = MemberState::kStable;
  member.revoking.clear();
  records.push_back(target_record(id_, new_id, target));
  target_[new_id] = std::move(target);
  records.push_back(member_record(id_, member));
  roster_.put(std::move(member));
}

// --- to come and to stay

void ConsumerGroup::heartbeat(const Request& request, const JoiningClient& client,
                              HeartbeatCallback answer) {
  if (request.member_epoch < kJoinEpoch) return leave(request, std::move(answer));
  Refusal refusal = request.instance_id ? check_static(request) : check_dynamic(request);
  if (refusal.error == error::kNone)
    refusal = check_room(predecessor(request) == nullptr, bytes_of(request));
  if (refusal.error != error::kNone) return answer(heartbeat_refusal(refusal));
  Records records;
  std::string id = request.member_id.empty() ? host_.random_id() : std::string(request.member_id);
  const ConsumerMember* old = predecessor(request);
  if (old != nullptr && old->id != id) {
    replace_static(*old, id, records);
    old = roster_.find(id);
  }
  PartitionSet assigned_before = old == nullptr ? PartitionSet() : old->assigned;
  bool is_new = old == nullptr;
  ConsumerMember member = is_new ? ConsumerMember{.id = id} : *old;
  update(member, request, client);
  bool has_changed = is_new || !old->subscribes_alike(member);
  if (is_new || !says_alike(*old, member)) records.push_back(member_record(id_, member));
  roster_.put(std::move(member));
  follow_changes(has_changed, records);
  const ConsumerMember& now = advance(id, owned_by(request), records);
  if (is_new) LOG_DEBUG("group {:?}: member joins: member={:?} epoch={}", id_, id, now.epoch);

  Response response;
  response.member_id = id;
  response.member_epoch = now.epoch;
  response.heartbeat_interval_ms = host_.consumer_timing().heartbeat_interval_ms;
  if (is_full(request) || request.member_epoch == kJoinEpoch || now.assigned != assigned_before) {
    response.assignment.emplace().topic_partitions =
        topics_of<Response::Assignment::TopicPartitions>(now.assigned);
  }
  save(std::move(records), [answer = std::move(answer),
                            response = std::move(response)](int16_t error) {
    answer(error == error::kNone ? response
                                 : heartbeat_refusal({error, "The group could not be stored."}));
  });
}

// --- to go

void ConsumerGroup::leave(const Request& request, HeartbeatCallback answer) {
  const ConsumerMember* member = predecessor(request);
  if (member == nullptr) {
    return answer(
        heartbeat_refusal({error::kUnknownMemberId, fmt::format("{} is not a member of group {}.",
                                                                request.member_id, id_)}));
  }
  if (member->id != request.member_id) {
    return answer(heartbeat_refusal(
        {error::kFencedInstanceId,
         fmt::format("Instance {} goes on as member {}.", *request.instance_id, member->id)}));
  }
  Response response;
  response.member_id = std::string(request.member_id);
  response.member_epoch = request.member_epoch;
  Records records;
  if (request.member_epoch == kAwayEpoch) {
    step_out(*member, records);
  } else {
    LOG_DEBUG("group {:?}: member leaves: member={:?}", id_, member->id);
    remove(std::string(member->id), records);
    after_departure(records);
  }
  save(std::move(records), [answer = std::move(answer),
                            response = std::move(response)](int16_t error) {
    answer(error == error::kNone ? response
                                 : heartbeat_refusal({error, "The group could not be stored."}));
  });
}

// A static member that has given up what it had, and comes back for it within its session.
void ConsumerGroup::step_out(ConsumerMember member, Records& records) {
  member.epoch = kAwayEpoch;
  member.state = MemberState::kStable;
  member.revoking.clear();
  member.revocation_deadline_ms = kNoDeadline;
  member.session_deadline_ms = host_.now_ms() + session_timeout_ms(member);
  put(std::move(member), records);
}

// Who is left gets what is free with the next heartbeat.
void ConsumerGroup::after_departure(Records& records) {
  topics_.look_up(roster_.members(), host_.topics());
  begin_epoch(records);
}

// --- time

void ConsumerGroup::tick() {
  int64_t now_ms = host_.now_ms();
  std::vector<std::string> failed;
  for (const auto& [id, member] : roster_.members()) {
    if (deadline_of(member) > now_ms) continue;
    LOG_INFO("group {:?}: member has failed: member={:?} epoch={} reason={}", id_, id, member.epoch,
             member.session_deadline_ms <= now_ms ? "session" : "rebalance timeout");
    failed.push_back(id);
  }
  if (failed.empty()) return;
  Records records;
  for (const auto& id : failed) remove(id, records);
  after_departure(records);
  save(std::move(records), [id = id_](int16_t error) {
    if (error != error::kNone) LOG_WARN("group {:?}: failed members could not be stored", id);
  });
}

int64_t ConsumerGroup::next_deadline_ms() const {
  int64_t next = kNoDeadline;
  for (const auto& [id, member] : roster_.members()) next = std::min(next, deadline_of(member));
  return next;
}

}  // namespace kappa::kafka
