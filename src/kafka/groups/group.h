#pragma once
// One consumer group: its committed offsets, and its members, of the classic protocol or of the
// newer one (consumer_group.h). The rules are those of Apache Kafka's coordinator (KIP-345 static
// members, KIP-394 known member ids, KIP-559, KIP-814, KIP-848). group_state.h draws the life of a
// classic group. No threads, sockets or clocks of its own: requests come
// in as calls, answers go out through callbacks, time passes by tick(), and what must be durable
// goes to the host. So all of it runs in tests under a virtual clock.
//
//   group.cc            what it is made of, checks, descriptions, storing and restoring
//   group_join.cc       JoinGroup
//   group_sync.cc       SyncGroup, Heartbeat, LeaveGroup
//   group_rebalance.cc  from one generation to the next; time
//   group_offsets.cc    commits, deletion, expiry
//   group_protocol.cc   from one protocol to the other
//
// Confined: the caller (GuardedGroup) holds a lock around each call, and the host calls `done`
// functions under it too. Callbacks must not call back into the group.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kafka/groups/consumer_group.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/group_host.h"
#include "kafka/groups/group_state.h"
#include "kafka/groups/offset_table.h"
#include "kafka/groups/pending_offsets.h"
#include "kafka/groups/roster.h"
#include "kafka/protocol/messages/describe_groups.h"
#include "kafka/protocol/messages/heartbeat.h"

namespace kappa::kafka {

struct OffsetToCommit {
  TopicPartition place;
  CommittedOffset committed;
};

class Group {
 public:
  using Answer = std::function<void(int16_t error)>;

  Group(std::string id, GroupHost& host);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  bool is_dead() const { return state_ == GroupState::kDead; }
  int32_t generation() const { return generation_; }
  std::string_view protocol_type() const {
    return consumer_ ? kConsumerProtocolType : std::string_view(protocol_type_);
  }
  // The members, if the group is of the newer protocol; nullptr: it is classic.
  const ConsumerGroup* consumer() const { return consumer_.get(); }
  // Without members.
  bool is_empty() const;
  // As ListGroups gives them.
  std::string_view state_name() const;
  std::string_view type_name() const { return consumer_ ? "consumer" : "classic"; }
  const Roster& roster() const { return roster_; }
  const OffsetTable& offsets() const { return offsets_; }
  // Whether an open transaction has committed an offset there.
  bool is_unstable(std::string_view topic, int32_t partition) const;
  // As DescribeGroups gives it; metadata and assignments point into the group.
  DescribeGroupsResponse::Group describe() const;

  // What the log says when it is read back, then once begin(): members of a stable generation have
  // a whole session to be heard of.
  void restore(StoredGroup stored);
  // One record of a group of the newer protocol. False: it cannot be read.
  bool restore(const GroupRecordKey& key, std::string_view value);
  void finish_restore();
  OffsetTable& restored_offsets() { return offsets_; }
  PendingOffsets& restored_pending() { return pending_; }

  void join(const JoinGroupRequest& request, const JoiningClient& client, JoinCallback answer);
  void sync(const SyncGroupRequest& request, SyncCallback answer);
  int16_t heartbeat(const MemberClaim& claim);
  // Of the newer protocol.
  void heartbeat(const ConsumerGroupHeartbeatRequest& request, const JoiningClient& client,
                 HeartbeatCallback answer);
  int16_t leave(std::string_view member_id, const std::optional<std::string_view>& instance_id);

  // Whether this member may commit now; a member that may is heard of by it.
  int16_t check_commit(const MemberClaim& claim, bool is_transactional = false);
  // Whether whoever says that it is a member may see offsets now.
  int16_t check_fetch(const MemberClaim& claim) const;
  // Answers when all of it is durable.
  void commit(std::vector<OffsetToCommit> offsets, Answer answer);
  // The same as part of a transaction: visible when it is committed.
  void commit_pending(const JournalProducer& producer, std::vector<OffsetToCommit> offsets,
                      Answer answer);
  // The transaction's marker is durable.
  void end_transaction(int64_t producer_id, bool is_commit);
  // Writes tombstones for what is known of these places.
  void delete_offsets(const std::vector<TopicPartition>& places, Answer answer);
  // Of a topic that is gone.
  void forget_topic(std::string_view topic);
  bool is_subscribed_to(std::string_view topic) const;
  // The whole group, which must have no members. Dead at once; the answer comes when it is durable.
  void destroy(Answer answer);
  // Drops offsets whose retention is over, and the group itself when nothing is left.
  void expire_offsets();
  // A group that was only asked for: nothing in it, nothing of it in the log. Dead after this.
  void die_if_vacant();

  // Does what is due. The next moment at which something is: kNoDeadline, none.
  void tick();
  int64_t next_deadline_ms() const;
  // The server stops: forgets all that waits, unanswered.
  void abandon();

 private:
  // group.cc
  void transition(GroupState to);
  int16_t check_member(std::string_view member_id,
                       const std::optional<std::string_view>& instance_id) const;
  void hear_of(Member& member);  // its session begins again
  StoredGroup stored_with(const std::map<std::string_view, std::string_view>& assignments) const;
  StoredGroup stored() const;
  std::vector<JoinGroupResponse::Member> member_list() const;

  // group_join.cc
  bool has_room_for(const JoinGroupRequest& request) const;
  bool is_compatible(const JoinGroupRequest& request) const;
  void join_new(const JoinGroupRequest& request, const JoiningClient& client, JoinCallback answer);
  void add_member(std::string id, const JoinGroupRequest& request, const JoiningClient& client,
                  JoinCallback answer);
  void rejoin(Member& member, const JoinGroupRequest& request, JoinCallback answer);
  void update_and_rebalance(Member& member, const JoinGroupRequest& request, JoinCallback answer);
  void replace_static(const std::string& old_id, std::string new_id,
                      const JoinGroupRequest& request, const JoiningClient& client,
                      JoinCallback answer);
  void store_replacement(const std::string& member_id, const std::string& old_leader,
                         int16_t version, JoinCallback answer);
  JoinGroupResponse joined(const Member& member) const;

  // group_sync.cc
  void await_sync(Member& member, const SyncGroupRequest& request, SyncCallback answer);
  void store_assignments(const SyncGroupRequest& request);
  void on_assignments_stored(int16_t error, int32_t generation,
                             const std::map<std::string, std::string>& assignments);
  void fail_syncs(int16_t error);
  void has_synced(std::string_view member_id);
  SyncGroupResponse synced(const Member& member) const;

  // group_rebalance.cc
  void rebalance_or_complete();
  void prepare_rebalance();
  void complete_join_if_all_joined();
  void complete_join();
  void begin_generation();
  void store_empty_generation();
  void on_join_deadline();
  void on_sync_deadline();
  void expire_pending_members(int64_t now_ms);
  void expire_members(int64_t now_ms);
  void drop_member(std::string_view member_id);

  // group_protocol.cc
  Refusal become_consumer_group(int32_t member_epoch);
  Refusal check_upgrade() const;
  std::optional<ConsumerMember> as_consumer_member(const Member& member) const;
  void take_members_over();
  void become_classic();
  void become_classic_if_due();
  std::vector<GroupRecord> group_tombstones() const;

  // group_offsets.cc
  std::vector<TopicPartition> expired_offsets() const;
  // Of the places, and `others`.
  void store_tombstones(const std::vector<TopicPartition>& places, std::vector<GroupRecord> others,
                        Answer answer);

  const std::string id_;
  GroupHost& host_;

  GroupState state_ = GroupState::kEmpty;
  GroupState previous_state_ = GroupState::kEmpty;
  int64_t state_since_ms_;  // wall clock
  int32_t generation_ = 0;
  std::string protocol_type_;  // empty: never had members
  std::optional<std::string> protocol_name_;
  Roster roster_;
  std::map<std::string, int64_t, std::less<>> pending_members_;  // told an id, not joined: deadline
  std::set<std::string, std::less<>> pending_sync_;  // joined this generation, not synced
  OffsetTable offsets_;
  GroupChanges changes_;                     // of the newer protocol
  std::unique_ptr<ConsumerGroup> consumer_;  // while the group is of it; the roster is empty then
  PendingOffsets pending_;

  int64_t join_deadline_ms_ = kNoDeadline;
  int64_t sync_deadline_ms_ = kNoDeadline;
  // Of the first rebalance of a group that was empty: it waits longer while members keep coming.
  int32_t initial_remaining_ms_ = 0;
  int32_t initial_delay_ms_ = 0;
  bool is_member_added_ = false;
};

}  // namespace kappa::kafka
