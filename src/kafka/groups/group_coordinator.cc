#include "kafka/groups/group_coordinator.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/logging.h"
#include "kafka/groups/consumer_heartbeat_check.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/protocol/errors.h"
#include "log/records.h"

namespace kappa::kafka {

struct GroupCoordinator::LiveRecord {
  std::string value;
  Offset offset;
};

GroupCoordinator::GroupCoordinator(env::Env& env, log::Log& log, net::Timers& timers,
                                   const GroupOptions& options)
    : options_(options),
      topics_(log),
      journal_(env, log),
      around_{env, log, timers, journal_, options_, topics_, [this](const GuardedGroup& group) {
                remove(group);
              }} {}

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
  prepare();
  with_made_group(id, fn);
}

void GroupCoordinator::prepare() { journal_.prepare(); }

void GroupCoordinator::with_made_group(std::string_view id, const std::function<void(Group&)>& fn) {
  // A group that has just died is out of the table when its visit() returns false.
  while (!find_or_make(id)->visit(fn)) {
  }
}

// --- start

Status GroupCoordinator::load() {
  // The last record of each key, as compaction would leave them.
  absl::flat_hash_map<std::string, LiveRecord> live;
  auto take = [&](const log::Record& record, std::optional<int64_t> producer_id) {
    std::string_view key = record.key.value_or(std::string_view());
    if (producer_id) return restore_pending(record, *producer_id);
    if (record.value) {
      live[std::string(key)] = {std::string(*record.value), Offset(record.offset)};
    } else {
      live.erase(std::string(key));
    }
    return OkStatus();
  };
  RETURN_IF_ERROR(journal_.read(take));
  size_t unknown_count = 0;
  for (const auto& [bytes, record] : live) {
    auto key = parse_group_key(bytes);
    if (!key || !restore(*key, record)) {
      return data_loss("{}: a record cannot be read, written by a newer version? offset={}",
                       kGroupTopic, record.offset);
    }
    unknown_count += key->kind == GroupRecordKey::Kind::kOther;
  }
  for (auto& group : all()) group->visit([](Group& visited) { visited.finish_restore(); });
  if (unknown_count > 0) {
    LOG_WARN("{}: records of unknown kinds passed over: count={}", kGroupTopic, unknown_count);
  }
  if (!live.empty()) LOG_INFO("groups read from the log: live_records={}", live.size());
  return OkStatus();
}

bool GroupCoordinator::restore(const GroupRecordKey& key, const LiveRecord& record) {
  if (key.kind == GroupRecordKey::Kind::kOther) return true;
  if (key.kind == GroupRecordKey::Kind::kGroup) {
    auto stored = parse_group(record.value);
    if (!stored) return false;
    with_new_group(key.group, [&](Group& group) { group.restore(*std::move(stored)); });
    return true;
  }
  if (key.kind != GroupRecordKey::Kind::kOffset) {
    bool is_read = false;
    with_new_group(key.group, [&](Group& group) { is_read = group.restore(key, record.value); });
    return is_read;
  }
  auto committed = parse_offset(record.value);
  if (!committed) return false;
  with_new_group(key.group, [&](Group& group) {
    group.restored_offsets().restore({key.topic, key.partition}, *std::move(committed),
                                     record.offset);
  });
  return true;
}

Status GroupCoordinator::restore_pending(const log::Record& record, int64_t producer_id) {
  auto key = parse_group_key(record.key.value_or(std::string_view()));
  if (key && key->kind == GroupRecordKey::Kind::kOther) return OkStatus();
  auto committed = parse_offset(record.value.value_or(std::string_view()));
  if (!key || key->kind != GroupRecordKey::Kind::kOffset || !committed) {
    return data_loss(
        "{}: a transaction's record cannot be read, written by a newer version? "
        "offset={}",
        kGroupTopic, record.offset);
  }
  with_new_group(key->group, [&](Group& group) {
    group.restored_pending().add(producer_id, {key->topic, key->partition}, *std::move(committed),
                                 Offset(record.offset));
  });
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

void GroupCoordinator::heartbeat(const ConsumerGroupHeartbeatRequest& request,
                                 const JoiningClient& client, HeartbeatCallback answer) {
  Refusal refusal = check_form(request, client.version);
  if (refusal.error != error::kNone) return answer(heartbeat_refusal(refusal));
  auto beat = [&](Group& group) { group.heartbeat(request, client, answer); };
  if (request.member_epoch == kJoinEpoch) return with_new_group(request.group_id, beat);
  if (with_group(request.group_id, beat)) return;
  answer(heartbeat_refusal(
      {error::kUnknownMemberId, fmt::format("There is no group {}.", request.group_id)}));
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

void GroupCoordinator::commit_pending(std::string_view group_id, const MemberClaim& claim,
                                      const JournalProducer& producer,
                                      std::vector<OffsetToCommit> offsets, Answer answer) {
  auto commit_it = [&](Group& group) {
    int16_t error = group.check_commit(claim, true);
    // Producers know generations and no member epochs; so Kafka answers, too.
    if (error == error::kStaleMemberEpoch) error = error::kIllegalGeneration;
    if (error != error::kNone) return answer(error);
    group.commit_pending(producer, std::move(offsets), answer);
  };
  if (claim.generation < 0) return with_made_group(group_id, commit_it);
  if (!with_group(group_id, commit_it)) answer(error::kIllegalGeneration);
}

void GroupCoordinator::end_transaction(const std::set<std::string>& group_ids, int64_t producer_id,
                                       bool is_commit) {
  auto end_it = [&](Group& group) { group.end_transaction(producer_id, is_commit); };
  for (const std::string& id : group_ids) with_group(id, end_it);
  if (!group_ids.empty()) return;
  for (auto& group : all()) group->visit(end_it);
}

void GroupCoordinator::delete_offsets(std::string_view group_id, std::vector<TopicPartition> places,
                                      OffsetDeletion answer) {
  auto delete_them = [&](Group& group) {
    bool is_in_use = !group.is_empty();
    if (is_in_use && group.protocol_type() != kConsumerProtocolType) {
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
