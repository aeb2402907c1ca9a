#pragma once
// The members of a group of the newer protocol (KIP-848) and what they read, with the rules of
// Apache Kafka's coordinator. Members send heartbeats with the epoch that they have reached; the
// group computes who shall read what (assignors.h) and leads each member there in steps
// (reconciliation.h) in which no partition ever has two owners. consumer_group_state.h draws its
// life. Topics that change are noticed by the next heartbeat of any member.
//
//   consumer_group.cc      what it is made of, descriptions, epochs and targets, storing, restoring
//   consumer_heartbeat.cc  ConsumerGroupHeartbeat: to come, to stay, to go; time
//   consumer_classic.cc    members that still speak the classic protocol
//
// Belongs to a Group, which has the committed offsets and the lock.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kafka/groups/assignors.h"
#include "kafka/groups/consumer_group_state.h"
#include "kafka/groups/consumer_protocol.h"
#include "kafka/groups/consumer_roster.h"
#include "kafka/groups/group_changes.h"
#include "kafka/groups/subscribed_topics.h"
#include "kafka/protocol/messages/consumer_group_describe.h"
#include "kafka/protocol/messages/consumer_group_heartbeat.h"

namespace kappa::kafka {

// Called once, under the group's lock.
using HeartbeatCallback = std::function<void(const ConsumerGroupHeartbeatResponse&)>;

// Why a request is not served.
struct Refusal {
  int16_t error = 0;
  std::string message;
};

ConsumerGroupHeartbeatResponse heartbeat_refusal(const Refusal& refusal);

class ConsumerGroup {
 public:
  using Answer = AnswerGate::Answer;

  // epoch: the last one of a group of this name, so that epochs go up; 0: there was none.
  ConsumerGroup(std::string id, GroupHost& host, GroupChanges& changes, int32_t epoch);

  ConsumerGroupState state() const;
  bool empty() const { return roster_.empty(); }
  // Nobody has ever come in, and nothing is in the log.
  bool is_vacant() const {
    return epoch_ == 0 && assignment_epoch_ == 0 && target_.empty() && roster_.empty() &&
           restored_.empty();
  }
  int32_t epoch() const { return epoch_; }
  int32_t assignment_epoch() const { return assignment_epoch_; }
  const ConsumerRoster& roster() const { return roster_; }
  const TargetAssignment& target() const { return target_; }
  // As ConsumerGroupDescribe gives it.
  ConsumerGroupDescribeResponse::Group describe() const;
  bool is_subscribed_to(std::string_view topic) const;

  void heartbeat(const ConsumerGroupHeartbeatRequest& request, const JoiningClient& client,
                 HeartbeatCallback answer);
  // Whether this member may commit, or see, offsets now.
  int16_t check_claim(const MemberClaim& claim) const;

  // Requests of members that speak the classic protocol.
  void join(const JoinGroupRequest& request, const JoiningClient& client, JoinCallback answer);
  void sync(const SyncGroupRequest& request, SyncCallback answer);
  int16_t classic_heartbeat(const MemberClaim& claim);
  int16_t classic_leave(std::string_view member_id,
                        const std::optional<std::string_view>& instance_id);

  void tick();
  int64_t next_deadline_ms() const;

  // A member of a classic group that becomes this one, with what it reads.
  void take_over(ConsumerMember member);
  // Writes the records before it, and then all that there is to say about the group.
  void save_all(std::vector<GroupRecord> records, Answer answer);
  // All that is kept of it, as gone.
  std::vector<GroupRecord> tombstones() const;

  // What the log says when it is read back, in any order; then finish_restore(). False: the record
  // cannot be read.
  bool restore(const GroupRecordKey& key, std::string_view value);
  void finish_restore();

 private:
  using Records = std::vector<GroupRecord>;

  // consumer_group.cc
  std::string_view assignor_name() const;
  PartitionSet wanted_target(const ConsumerMember& member) const;
  void put(ConsumerMember member, Records& records);
  void remove(std::string_view member_id, Records& records);
  // A new epoch if the members' wishes or the topics have changed, and its target.
  void follow_changes(bool have_members_changed, Records& records);
  void begin_epoch(Records& records);
  void compute_target(Records& records);
  // The member takes its next step, and its session begins again.
  const ConsumerMember& advance(std::string_view member_id,
                                const std::optional<PartitionSet>& owned, Records& records);
  void set_revocation_deadline(const ConsumerMember& before, ConsumerMember& after);
  Records all_records() const;
  void save(Records records, Answer answer);
  int32_t session_timeout_ms(const ConsumerMember& member) const;

  // consumer_heartbeat.cc
  // For a member that says this much about itself.
  Refusal check_room(bool is_new, size_t bytes) const;
  Refusal check_dynamic(const ConsumerGroupHeartbeatRequest& request) const;
  Refusal check_static(const ConsumerGroupHeartbeatRequest& request) const;
  const ConsumerMember* predecessor(const ConsumerGroupHeartbeatRequest& request) const;
  void replace_static(const ConsumerMember& old, const std::string& new_id, Records& records);
  void leave(const ConsumerGroupHeartbeatRequest& request, HeartbeatCallback answer);
  void step_out(ConsumerMember member, Records& records);
  void after_departure(Records& records);

  // consumer_classic.cc
  bool speak_all_classics(const JoinGroupRequest& request) const;
  int16_t check_classic_join(const JoinGroupRequest& request) const;
  int16_t check_classic(const MemberClaim& claim) const;
  bool can_have_more(const ConsumerMember& member) const;
  void expect_join(ConsumerMember& member);

  const std::string id_;
  GroupHost& host_;
  GroupChanges& changes_;

  int32_t epoch_ = 0;
  int32_t assignment_epoch_ = 0;
  int64_t topics_hash_ = 0;  // as of epoch_
  ConsumerRoster roster_;
  TargetAssignment target_;
  SubscribedTopics topics_;
  std::map<std::string, ConsumerMember> restored_;  // while the log is read back
};

// Between the names that the classic protocol has for partitions and what they are; partitions that
// do not exist are left out.
PartitionSet partitions_named(const std::vector<TopicPartition>& places,
                              const TopicDirectory& directory);
// What a member of the classic protocol is told to read, in its clients' form.
std::string assignment_for(const ConsumerMember& member, const TopicDirectory& directory);

}  // namespace kappa::kafka
