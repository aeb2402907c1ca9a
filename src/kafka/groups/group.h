#pragma once
// One consumer group, classic protocol: members, generations and committed offsets, with the rules
// of Apache Kafka's coordinator (KIP-345 static members, KIP-394 known member ids, KIP-559,
// KIP-814). group_state.h draws its life. No threads, sockets or clocks of its own: requests come
// in as calls, answers go out through callbacks, time passes by tick(), and what must be durable
// goes to the host. So all of it runs in tests under a virtual clock.
//
//   group.cc            what it is made of, checks, descriptions, storing and restoring
//   group_join.cc       JoinGroup
//   group_sync.cc       SyncGroup, Heartbeat, LeaveGroup
//   group_rebalance.cc  from one generation to the next; time
//   group_offsets.cc    commits, deletion, expiry
//
// Confined: the caller (GuardedGroup) holds a lock around each call, and the host calls `done`
// functions under it too. Callbacks must not call back into the group.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "kafka/groups/group_options.h"
#include "kafka/groups/group_records.h"
#include "kafka/groups/group_state.h"
#include "kafka/groups/offset_table.h"
#include "kafka/groups/pending_offsets.h"
#include "kafka/groups/roster.h"
#include "kafka/protocol/messages/describe_groups.h"
#include "kafka/protocol/messages/heartbeat.h"

namespace kappa::kafka {

// What a group needs from outside.
class GroupHost {
 public:
  // error: a code of the protocol; written_at: of the first record, when there is none.
  using Stored = std::function<void(int16_t error, Offset written_at)>;

  virtual ~GroupHost() = default;
  virtual const GroupOptions& options() const = 0;
  virtual int64_t now_ms() = 0;   // monotonic
  virtual int64_t wall_ms() = 0;  // since the epoch
  virtual std::string random_id() = 0;
  // Appends the records as one batch, as part of the producer's transaction if there is one. Calls
  // done once they are durable, or have failed: later, or before this returns.
  virtual void store(std::vector<GroupRecord> records, std::optional<JournalProducer> producer,
                     Stored done) = 0;
  void store(std::vector<GroupRecord> records, Stored done) {
    store(std::move(records), std::nullopt, std::move(done));
  }
};

// Who sends a JoinGroup, and in which version.
struct JoiningClient {
  std::string client_id;
  std::string client_host;
  int16_t version = 0;
};

// Who claims to be a member.
struct MemberClaim {
  std::string_view member_id;
  std::optional<std::string_view> instance_id;
  int32_t generation = -1;
};

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
  std::string_view protocol_type() const { return protocol_type_; }
  const Roster& roster() const { return roster_; }
  const OffsetTable& offsets() const { return offsets_; }
  // Whether an open transaction has committed an offset there.
  bool is_unstable(std::string_view topic, int32_t partition) const;
  // As DescribeGroups gives it; metadata and assignments point into the group.
  DescribeGroupsResponse::Group describe() const;

  // What the log says when it is read back, then once begin(): members of a stable generation have
  // a whole session to be heard of.
  void restore(StoredGroup stored);
  OffsetTable& restored_offsets() { return offsets_; }
  PendingOffsets& restored_pending() { return pending_; }

  void join(const JoinGroupRequest& request, const JoiningClient& client, JoinCallback answer);
  void sync(const SyncGroupRequest& request, SyncCallback answer);
  int16_t heartbeat(const MemberClaim& claim);
  int16_t leave(std::string_view member_id, const std::optional<std::string_view>& instance_id);

  // Whether this member may commit now; a member that may is heard of by it.
  int16_t check_commit(const MemberClaim& claim, bool is_transactional = false);
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

  // group_offsets.cc
  std::vector<TopicPartition> expired_offsets() const;
  void store_tombstones(const std::vector<TopicPartition>& places, bool with_group, Answer answer);

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
  PendingOffsets pending_;

  int64_t join_deadline_ms_ = kNoDeadline;
  int64_t sync_deadline_ms_ = kNoDeadline;
  // Of the first rebalance of a group that was empty: it waits longer while members keep coming.
  int32_t initial_remaining_ms_ = 0;
  int32_t initial_delay_ms_ = 0;
  bool is_member_added_ = false;
};

// A response that says only what is wrong.
JoinGroupResponse join_refusal(int16_t error, std::string_view member_id);
SyncGroupResponse sync_refusal(int16_t error);

}  // namespace kappa::kafka
