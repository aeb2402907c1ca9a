#pragma once
// Where a coordinator's state is durable: an internal, compacted topic of one partition, so that
// all that is written shares its syncs. Made when the first record is written. Records may be part
// of a producer's transaction; those count once its marker is there.
//
// Thread-safe. Appends are ordered by the order of the calls.

#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "env/env.h"
#include "log/log.h"
#include "log/records.h"

namespace kappa::kafka {

struct JournalRecord {
  std::string key;
  std::optional<std::string> value;  // nullopt: the key is gone
};

struct JournalAnswer {
  Status status;
  Offset written_at;  // of the first record
};

// The producer whose transaction records are part of.
struct JournalProducer {
  int64_t id = -1;
  int16_t epoch = -1;
};

class TopicJournal {
 public:
  using Done = std::function<void(JournalAnswer)>;
  // producer_id: of the open transaction that the record is part of; nullopt: the record counts.
  using Visit =
      std::function<Status(const log::Record& record, std::optional<int64_t> producer_id)>;

  // settings: besides those that make it compacted and synced.
  TopicJournal(env::Env& env, log::Log& log, std::string_view topic, log::TopicSettings settings);

  // Every record that is there, in order, but for those of aborted transactions. Before the first
  // append. Errors: those of the log, with the topic's name; the first one of `visit`.
  Status read(const Visit& visit);

  // Makes the topic if it is not there. Called without locks that `done` takes, before appends;
  // when it fails, appends do.
  void prepare();

  // Appends the records as one batch. If the outcome is known before this returns, returns it;
  // else done is called with it, later and by the log's thread. So a caller may hold a lock that
  // done takes. Not empty.
  std::optional<JournalAnswer> append(const std::vector<JournalRecord>& records,
                                      std::optional<JournalProducer> producer, Done done);

 private:
  StatusOr<std::shared_ptr<log::Partition>> open_partition();
  StatusOr<std::shared_ptr<log::Partition>> prepared();
  Status read_batch(const log::Partition& partition, const log::BatchHeader& header,
                    std::string_view batch, const Visit& visit);

  env::Env& env_;
  log::Log& log_;
  const std::string topic_;
  const log::TopicSettings settings_;
  log::RecordReader reader_;
  absl::Mutex mutex_;  // nothing is called under it
  StatusOr<std::shared_ptr<log::Partition>> partition_ ABSL_GUARDED_BY(mutex_){
      failed_precondition("the topic is not open")};
};

}  // namespace kappa::kafka
