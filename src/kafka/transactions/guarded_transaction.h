#pragma once
// A transaction with what makes it safe to use from many threads and in time: its lock, its one
// timer, its way into the journal and to the partitions.
//
//   any thread -> visit() -> lock -> Transaction -> what is due next: one timer
//                                      '-> journal, markers -> (log's thread) -> lock ->
//                                      Transaction
//
// What is written while visiting is in the log before any marker that a later visit writes.
// Lock order: a transaction's lock, then a group's, then the log's. Thread-safe. Shared: by the
// table while the id is known, by timers and appends under way.

#include <absl/synchronization/mutex.h>

#include <functional>
#include <memory>
#include <string>

#include "kafka/transactions/marker_writer.h"
#include "kafka/transactions/transaction.h"
#include "net/deadline_timer.h"

namespace kappa::kafka {

class GuardedTransaction;

// What all transactions of a coordinator share. Outlives them, except those that are closed.
struct TransactionSurroundings {
  env::Env& env;
  log::Log& log;
  net::Timers& timers;
  TopicJournal& journal;
  MarkerWriter& markers;
  const TransactionOptions& options;
  // Takes a transaction that is over out of the table; called under its lock.
  std::function<void(const GuardedTransaction&)> remove;
};

class GuardedTransaction : public std::enable_shared_from_this<GuardedTransaction>,
                           private TransactionHost {
 public:
  GuardedTransaction(std::string id, const TransactionSurroundings& around)
      : id_(id), around_(around), transaction_(std::move(id), *this), timer_(around.timers) {}

  const std::string& id() const { return id_; }

  // Calls fn with the transaction, under its lock. False, uncalled: it is over and no longer in the
  // table, and one of its name may be made.
  bool visit(const std::function<void(Transaction&)>& fn) ABSL_LOCKS_EXCLUDED(mutex_);
  // The server stops: nothing calls the transaction, or its surroundings, after this.
  void close() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // TransactionHost, called by the transaction and so under the lock.
  const TransactionOptions& options() const override { return around_.options; }
  int64_t now_ms() override { return around_.env.monotonic_us() / 1000; }
  int64_t wall_ms() override { return around_.env.wall_ms(); }
  StatusOr<int64_t> new_producer_id() override { return around_.log.allocate_producer_id(); }
  void store(std::optional<StoredTransaction> stored, Done done) override;
  void write_markers(TransactionDecision decision, Done done) override;

  // What the log's thread brings.
  void resume(const std::function<void()>& fn) ABSL_LOCKS_EXCLUDED(mutex_);
  void on_timer() ABSL_LOCKS_EXCLUDED(mutex_);
  // After whatever happened to the transaction.
  void settle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void set_timer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const TransactionSurroundings& around_;
  absl::Mutex mutex_;
  Transaction transaction_ ABSL_GUARDED_BY(mutex_);
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
  net::DeadlineTimer timer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace kappa::kafka
