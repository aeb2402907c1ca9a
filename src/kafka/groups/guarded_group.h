#pragma once
// A group with what makes it safe to use from many threads and in time: its lock, its one timer,
// and its way into the journal.
//
//   any thread -> visit() -> lock -> Group -> what is due next: one timer
//                                      '-> journal -> (log's thread) -> lock -> Group
//
// Thread-safe. Shared: by the table while the group lives, by timers and appends under way.

#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <string>

#include "kafka/groups/group.h"
#include "kafka/groups/group_journal.h"
#include "net/deadline_timer.h"

namespace kappa::kafka {

class GuardedGroup;

// What all groups of a coordinator share. Outlives them, except those that are closed.
struct GroupSurroundings {
  env::Env& env;
  const log::Log& log;
  net::Timers& timers;
  GroupJournal& journal;
  const GroupOptions& options;
  const TopicDirectory& topics;
  // Takes a dead group out of the table; called under the group's lock.
  std::function<void(const GuardedGroup&)> remove;
};

class GuardedGroup : public std::enable_shared_from_this<GuardedGroup>, private GroupHost {
 public:
  GuardedGroup(std::string id, const GroupSurroundings& around)
      : id_(id), around_(around), group_(std::move(id), *this), timer_(around.timers) {}

  const std::string& id() const { return id_; }

  // Calls fn with the group, under its lock. False, uncalled: the group is dead; it is no longer in
  // the table, and one of its name may be made.
  bool visit(const std::function<void(Group&)>& fn) ABSL_LOCKS_EXCLUDED(mutex_);
  // The server stops: no timer and no append calls the group, or its surroundings, after this.
  void close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // GroupHost, called by the group and so under the lock.
  const GroupOptions& options() const override { return around_.options; }
  const TopicDirectory& topics() const override { return around_.topics; }
  ConsumerTiming consumer_timing() const override;
  int64_t now_ms() override { return around_.env.monotonic_us() / 1000; }
  int64_t wall_ms() override { return around_.env.wall_ms(); }
  std::string random_id() override;
  void store(std::vector<GroupRecord> records, std::optional<JournalProducer> producer,
             Stored done) override;

  void on_stored(const JournalAnswer& answer, const Stored& done) ABSL_LOCKS_EXCLUDED(mutex_);
  void on_timer() ABSL_LOCKS_EXCLUDED(mutex_);
  // After whatever happened to the group.
  void settle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_timer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const GroupSurroundings& around_;
  absl::Mutex mutex_;
  Group group_ ABSL_GUARDED_BY(mutex_);
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;  // dead and out of the table
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  net::DeadlineTimer timer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kappa::kafka
