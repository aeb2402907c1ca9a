#pragma once
// The coordinator of all consumer groups: finds or makes the group that a request is about, and
// lets it answer (group.h has the rules, guarded_group.h the locks and timers). Groups live in the
// log's topic __consumer_offsets (group_journal.h) and are read back when it is opened; in memory
// is what lives: members, and the last commit of each partition.
//
// Borrows env, log and timers. Thread-safe. Answers come from the calling thread, the timers' or
// the log's. No timer may fire any more when it is destroyed.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/groups/guarded_group.h"
#include "kafka/protocol/messages/leave_group.h"
#include "kafka/protocol/messages/list_groups.h"

namespace kappa::kafka {

class GroupCoordinator {
 public:
  using Answer = Group::Answer;
  using Visit = std::function<void(const Group&)>;

  // Reads the groups from the log. Errors: kDataLoss and what else reading the topic gives.
  static StatusOr<std::unique_ptr<GroupCoordinator>> open(env::Env& env, log::Log& log,
                                                          net::Timers& timers,
                                                          const GroupOptions& options);
  ~GroupCoordinator();

  void join(const JoinGroupRequest& request, const JoiningClient& client, JoinCallback answer);
  void sync(const SyncGroupRequest& request, SyncCallback answer);
  int16_t heartbeat(std::string_view group_id, const MemberClaim& claim);
  // Of the newer protocol (KIP-848): to join, stay and leave.
  void heartbeat(const ConsumerGroupHeartbeatRequest& request, const JoiningClient& client,
                 HeartbeatCallback answer);
  // The error of the whole, and of each member.
  LeaveGroupResponse leave(const LeaveGroupRequest& request);

  // The group's own part of the check, before anything else is done for a commit. A group that
  // nobody is a member of need not exist; `unknown_group` is the error when it should.
  void commit(std::string_view group_id, const MemberClaim& claim, int16_t unknown_group,
              std::vector<OffsetToCommit> offsets, Answer answer);
  // Makes the groups' topic if it is not there: before commit_pending(), without its caller's
  // locks.
  void prepare();
  // The same as part of a producer's transaction.
  void commit_pending(std::string_view group_id, const MemberClaim& claim,
                      const JournalProducer& producer, std::vector<OffsetToCommit> offsets,
                      Answer answer);
  // The transaction's marker is durable in the groups' topic: what it committed to these groups
  // becomes visible or is forgotten. Without names: to all groups.
  void end_transaction(const std::set<std::string>& group_ids, int64_t producer_id, bool is_commit);
  // The error of the whole; errors holds one code per place.
  using OffsetDeletion = std::function<void(int16_t error, const std::vector<int16_t>& errors)>;
  void delete_offsets(std::string_view group_id, std::vector<TopicPartition> places,
                      OffsetDeletion answer);
  void delete_group(std::string_view group_id, Answer answer);
  // Offsets of a topic that is gone go too.
  void forget_topic(std::string_view topic);

  // Calls fn with the group, under its lock. False: there is none.
  bool look_at(std::string_view group_id, const Visit& fn);
  // All groups, by name.
  void look_at_all(const Visit& fn);

  // Drops what is past its retention; also done by a timer.
  void expire_offsets();

 private:
  using Groups = absl::flat_hash_map<std::string, std::shared_ptr<GuardedGroup>>;

  GroupCoordinator(env::Env& env, log::Log& log, net::Timers& timers, const GroupOptions& options);

  struct LiveRecord;

  Status load();
  Status restore_pending(const log::Record& record, int64_t producer_id);
  // False: the record cannot be read.
  bool restore(const GroupRecordKey& key, const LiveRecord& record);
  void drop_unknown_topics(log::Log& log);
  void schedule_expiry();

  std::shared_ptr<GuardedGroup> find(std::string_view id);
  std::shared_ptr<GuardedGroup> find_or_make(std::string_view id);
  std::vector<std::shared_ptr<GuardedGroup>> all();
  void remove(const GuardedGroup& group);
  // Calls fn with the group. False: there is none.
  bool with_group(std::string_view id, const std::function<void(Group&)>& fn);
  // prepare() was called.
  void with_made_group(std::string_view id, const std::function<void(Group&)>& fn);
  void with_new_group(std::string_view id, const std::function<void(Group&)>& fn);

  const GroupOptions options_;
  const TopicDirectory topics_;
  GroupJournal journal_;
  const GroupSurroundings around_;
  absl::Mutex mutex_;  // taken under a group's lock; never the other way round
  Groups groups_ ABSL_GUARDED_BY(mutex_);
  net::Timers::TimerId expiry_timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kappa::kafka
