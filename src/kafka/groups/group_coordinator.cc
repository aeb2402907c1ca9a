#include "kafka/groups/group_coordinator.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/logging.h"
#include "kafka/protocol/errors.h"
#include "log/records.h"

namespace kappa::kafka {

GroupCoordinator::GroupCoordinator(env::Env& env, log::Log& log, net::Timers& timers,
                                   const GroupOptions& options)
    : options_(options),
      journal_(env, log),
      around_{env, timers, journal_, options_,
              [this](const GuardedGroup& group) { remove(group); }} {}

StatusOr<std::unique_ptr<GroupCoordinator>> GroupCoordinator::open(env::Env& env, log::Log& log,
                                                                   net::Timers& timers,
                                                                   const GroupOptions& options) {
  std::unique_ptr<GroupCoordinator> coordinator(new GroupCoordinator(env, log, timers, options));
  RETURN_IF_ERROR(coordinator->load());
  coordinator->drop_unknown_topics(log);
  coordinator->schedule_expiry();
  return coordinator;
}

GroupCoordinator::~GroupCoordinator() {
  {
    absl::MutexLock lock(&mutex_);
    if (expiry_timer_ != 0) around_.timers.cancel(expiry_timer_);
  }
  for (auto& group : all()) group->close();
}

// --- the table

std::shared_ptr<GuardedGroup> GroupCoordinator::find(std::string_view id) {
  absl::MutexLock lock(&mutex_);
  auto it = groups_.find(std::string(id));
  return it == groups_.end() ? nullptr : it->second;
}

std::shared_ptr<GuardedGroup> GroupCoordinator::find_or_make(std::string_view id) {
  absl::MutexLock lock(&mutex_);
  auto& group = groups_[std::string(id)];
  if (group == nullptr) group = std::make_shared<GuardedGroup>(std::string(id), around_);
  return group;
}

std::vector<std::shared_ptr<GuardedGroup>> GroupCoordinator::all() {
  std::vector<std::shared_ptr<GuardedGroup>> groups;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, group] : groups_) groups.push_back(group);
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return groups;
}

void GroupCoordinator::remove(const GuardedGroup& group) {
  absl::MutexLock lock(&mutex_);
  auto it = groups_.find(group.id());
  if (it != groups_.end() && it->second.get() == &group) groups_.erase(it);
}

bool GroupCoordinator::with_group(std::string_view id, const std::function<void(Group&)>& fn) {
  auto group = find(id);
  return group != nullptr && group->visit(fn);
}

void GroupCoordinator::with_new_group(std::string_view id, const std::function<void(Group&)>& fn) {
  journal_.prepare();
  // A group that has just died is out of the table when its visit() returns false.
  while (!find_or_make(id)->visit(fn)) {
  }
}

// --- start

Status GroupCoordinator::load() {
  absl::flat_hash_map<std::string, StoredGroup> stored;
  size_t unknown_count = 0;
  auto restore_offset = [&](const GroupRecordKey& key, const log::Record& record) {
    std::optional<CommittedOffset> committed;
    if (record.value) committed = parse_offset(*record.value);
    if (record.value && !committed) return false;
    TopicPartition place{key.topic, key.partition};
    with_new_group(key.group, [&](Group& group) {
      group.restored_offsets().restore(place, std::move(committed), Offset(record.offset));
    });
    return true;
  };
  auto restore_group = [&](const GroupRecordKey& key, const log::Record& record) {
    stored.erase(key.group);
    if (!record.value) return true;
    auto group = parse_group(*record.value);
    if (group) stored[key.group] = *std::move(group);
    return group.has_value();
  };
  RETURN_IF_ERROR(journal_.read([&](const log::Record& record) -> Status {
    auto key = parse_group_key(record.key.value_or(std::string_view()));
    bool is_read = key.has_value();
    if (is_read && key->kind == GroupRecordKey::Kind::kOther) ++unknown_count;
    if (is_read && key->kind == GroupRecordKey::Kind::kOffset)
      is_read = restore_offset(*key, record);
    if (is_read && key->kind == GroupRecordKey::Kind::kGroup) is_read = restore_group(*key, record);
    if (is_read) return OkStatus();
    return data_loss("{}: a record cannot be read, written by a newer version? offset={}",
                     kGroupTopic, record.offset);
  }));
  for (auto& [id, group_stored] : stored) {
    with_new_group(id, [&](Group& group) { group.restore(std::move(group_stored)); });
  }
  if (unknown_count > 0) {
    LOG_WARN("{}: records of unknown kinds passed over: count={}", kGroupTopic, unknown_count);
  }
  if (size_t count = all().size(); count > 0) LOG_INFO("groups read from the log: count={}", count);
  return OkStatus();
}

// A topic may have been deleted just before a stop, when the tombstones were not written yet.
void GroupCoordinator::drop_unknown_topics(log::Log& log) {
  std::set<std::string> topics;
  for (auto& group : all()) {
    group->visit([&](Group& visited) {
      for (const auto& place : visited.offsets().places()) topics.insert(place.topic);
    });
  }
  for (const auto& topic : topics) {
    if (absl::IsNotFound(log.find_topic(topic).status())) forget_topic(topic);
  }
}

void GroupCoordinator::schedule_expiry() {
  absl::MutexLock lock(&mutex_);
  expiry_timer_ =
      around_.timers.run_after(std::chrono::milliseconds(options_.retention_check_ms), [this] {
        expire_offsets();
        schedule_expiry();
      });
}

// --- members

void GroupCoordinator::join(const JoinGroupRequest& request, const JoiningClient& client,
                            JoinCallback answer) {
  if (request.group_id.empty()) {
    return answer(join_refusal(error::kInvalidGroupId, request.member_id));
  }
  if (request.session_timeout_ms < options_.session_timeout_min_ms ||
      request.session_timeout_ms > options_.session_timeout_max_ms) {
    return answer(join_refusal(error::kInvalidSessionTimeout, request.member_id));
  }
  auto join_it = [&](Group& group) { group.join(request, client, answer); };
  if (request.member_id.empty()) return with_new_group(request.group_id, join_it);
  if (with_group(request.group_id, join_it)) return;
  answer(join_refusal(error::kUnknownMemberId, request.member_id));
}

void GroupCoordinator::sync(const SyncGroupRequest& request, SyncCallback answer) {
  if (request.group_id.empty()) return answer(sync_refusal(error::kInvalidGroupId));
  auto sync_it = [&](Group& group) { group.sync(request, answer); };
  if (!with_group(request.group_id, sync_it)) answer(sync_refusal(error::kUnknownMemberId));
}

int16_t GroupCoordinator::heartbeat(std::string_view group_id, const MemberClaim& claim) {
  if (group_id.empty()) return error::kInvalidGroupId;
  int16_t error = error::kUnknownMemberId;
  with_group(group_id, [&](Group& group) { error = group.heartbeat(claim); });
  return error;
}

LeaveGroupResponse GroupCoordinator::leave(const LeaveGroupRequest& request) {
  LeaveGroupResponse response;
  auto leave_it = [&](Group& group) {
    for (const auto& member : request.members) {
      auto& answer = response.members.emplace_back();
      answer.member_id = std::string(member.member_id);
      if (member.group_instance_id) {
        answer.group_instance_id = std::string(*member.group_instance_id);
      }
      answer.error_code = group.leave(member.member_id, member.group_instance_id);
    }
  };
  if (request.group_id.empty()) {
    response.error_code = error::kInvalidGroupId;
  } else if (!with_group(request.group_id, leave_it)) {
    response.error_code = error::kUnknownMemberId;
  }
  return response;
}

// --- offsets

void GroupCoordinator::commit(std::string_view group_id, const MemberClaim& claim,
                              int16_t unknown_group, std::vector<OffsetToCommit> offsets,
                              Answer answer) {
  auto commit_it = [&](Group& group) {
    int16_t error = group.check_commit(claim);
    if (error != error::kNone) return answer(error);
    group.commit(std::move(offsets), answer);
  };
  if (claim.generation < 0) return with_new_group(group_id, commit_it);
  if (!with_group(group_id, commit_it)) answer(unknown_group);
}

void GroupCoordinator::delete_offsets(std::string_view group_id, std::vector<TopicPartition> places,
                                      OffsetDeletion answer) {
  auto delete_them = [&](Group& group) {
    bool is_in_use = group.state() != GroupState::kEmpty;
    if (is_in_use && group.protocol_type() != "consumer") {
      return answer(error::kNonEmptyGroup, {});
    }
    std::vector<int16_t> errors;
    std::vector<TopicPartition> deletable;
    for (auto& place : places) {
      bool is_read = is_in_use && group.is_subscribed_to(place.topic);
      errors.push_back(is_read ? error::kGroupSubscribedToTopic : error::kNone);
      if (!is_read) deletable.push_back(std::move(place));
    }
    group.delete_offsets(deletable, [answer, errors](int16_t error) { answer(error, errors); });
  };
  if (!with_group(group_id, delete_them)) answer(error::kGroupIdNotFound, {});
}

void GroupCoordinator::delete_group(std::string_view group_id, Answer answer) {
  auto delete_it = [&](Group& group) { group.destroy(answer); };
  if (!with_group(group_id, delete_it)) answer(error::kGroupIdNotFound);
}

void GroupCoordinator::forget_topic(std::string_view topic) {
  for (auto& group : all()) group->visit([&](Group& visited) { visited.forget_topic(topic); });
}

void GroupCoordinator::expire_offsets() {
  for (auto& group : all()) group->visit([](Group& visited) { visited.expire_offsets(); });
}

// --- looking

bool GroupCoordinator::look_at(std::string_view group_id, const Visit& fn) {
  return with_group(group_id, [&fn](Group& group) { fn(group); });
}

void GroupCoordinator::look_at_all(const Visit& fn) {
  for (auto& group : all()) group->visit([&fn](Group& visited) { fn(visited); });
}

}  // namespace kappa::kafka
