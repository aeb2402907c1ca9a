#pragma once
// Where groups are durable: the internal topic __consumer_offsets, one partition, so that the
// commits of all groups share their syncs. Made when the first record is written.
//
// Thread-safe. Appends are ordered by the order of the calls.

#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "env/env.h"
#include "kafka/groups/group_records.h"
#include "log/log.h"
#include "log/records.h"

namespace kappa::kafka {

inline constexpr std::string_view kGroupTopic = "__consumer_offsets";

struct JournalAnswer {
  Status status;
  Offset written_at;  // of the first record
};

class GroupJournal {
 public:
  using Done = std::function<void(JournalAnswer)>;
  using Visit = std::function<Status(const log::Record& record)>;

  GroupJournal(env::Env& env, log::Log& log) : env_(env), log_(log) {}

  // Every record that is there, in order. Before the first append. Errors: those of the log, with
  // the topic's name; the first one of `visit`.
  Status read(const Visit& visit);

  // Makes the topic if it is not there. Called without locks that `done` takes, before appends;
  // when it fails, appends do.
  void prepare();

  // Appends the records as one batch. If the outcome is known before this returns, returns it;
  // else done is called with it, later and by the log's thread. So a caller may hold a lock that
  // done takes. Not empty.
  std::optional<JournalAnswer> append(const std::vector<GroupRecord>& records, Done done);

 private:
  StatusOr<std::shared_ptr<log::Partition>> open_partition();
  StatusOr<std::shared_ptr<log::Partition>> prepared();

  env::Env& env_;
  log::Log& log_;
  absl::Mutex mutex_;  // nothing is called under it
  StatusOr<std::shared_ptr<log::Partition>> partition_ ABSL_GUARDED_BY(mutex_){
      failed_precondition("the topic is not open")};
};

}  // namespace kappa::kafka
