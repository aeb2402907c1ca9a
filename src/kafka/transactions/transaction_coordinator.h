#pragma once
// The coordinator of all transactions: finds or makes the transactional id that a request is about,
// and lets it answer (transaction.h has the rules, guarded_transaction.h the locks and timers).
// What ids know lives in the log's topic __transaction_state and is read back when it is opened.
// Then transactions that partitions have open are adopted by their ids, what was decided is
// finished, and what belongs to nobody is aborted.
//
// Borrows env, log, timers and groups. Thread-safe. Answers come from the calling thread, the
// timers' or the log's, under the transaction's lock: they must not call back into the coordinator.
// No timer may fire any more when it is destroyed.

#include <absl/container/flat_hash_map.h>
#include <absl/synchronization/mutex.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/transactions/guarded_transaction.h"

namespace kappa::kafka {

inline constexpr std::string_view kTransactionTopic = "__transaction_state";

class TransactionCoordinator {
 public:
  using Answer = Transaction::Answer;
  using Identify = Transaction::Identify;
  using Visit = std::function<void(const Transaction&)>;

  // Errors: kDataLoss and what else reading the topic gives.
  static StatusOr<std::unique_ptr<TransactionCoordinator>> open(env::Env& env, log::Log& log,
                                                                net::Timers& timers,
                                                                GroupCoordinator& groups,
                                                                const TransactionOptions& options);
  ~TransactionCoordinator();

  const TransactionOptions& options() const { return options_; }

  void init(std::string_view id, int32_t timeout_ms, const ProducerClaim& claim, Identify answer);
  void add(std::string_view id, const ProducerClaim& claim,
           const std::vector<TopicPartition>& places, Answer answer);
  // The same for the place of all groups' offsets.
  void add_group(std::string_view id, const ProducerClaim& claim, std::string_view group_id,
                 Answer answer);
  // Calls write with what Transaction::attach says. With no error, what it appends to the place is
  // in the log before the transaction can end.
  void attach(std::string_view id, const ProducerClaim& claim, const TopicPartition& place,
              bool may_add, const Answer& write);
  void attach_group(std::string_view id, const ProducerClaim& claim, std::string_view group_id,
                    bool may_add, const Answer& write);
  void end(std::string_view id, const ProducerClaim& claim, bool is_commit, bool bumps_epoch,
           Identify answer);

  // Calls fn with the transaction, under its lock. False: there is none.
  bool look_at(std::string_view id, const Visit& fn);
  // All, by id.
  void look_at_all(const Visit& fn);

  // Forgets ids that nobody has used for long; also done by a timer.
  void expire_ids();

 private:
  using Transactions = absl::flat_hash_map<std::string, std::shared_ptr<GuardedTransaction>>;

  TransactionCoordinator(env::Env& env, log::Log& log, net::Timers& timers,
                         GroupCoordinator& groups, const TransactionOptions& options);

  Status load();
  void adopt_open_transactions();
  void adopt(const TopicPartition& place, const log::OpenTransaction& open,
             GuardedTransaction& owner);
  void end_orphan(const TopicPartition& place, const log::OpenTransaction& open, bool is_commit);
  void begin();
  void schedule_expiry();

  std::shared_ptr<GuardedTransaction> find(std::string_view id);
  std::shared_ptr<GuardedTransaction> find_or_make(std::string_view id);
  std::vector<std::shared_ptr<GuardedTransaction>> all();
  void remove(const GuardedTransaction& transaction);
  bool with_transaction(std::string_view id, const std::function<void(Transaction&)>& fn);
  void with_new_transaction(std::string_view id, const std::function<void(Transaction&)>& fn);

  const TransactionOptions options_;
  GroupCoordinator& groups_;
  TopicJournal journal_;
  MarkerWriter markers_;
  const TransactionSurroundings around_;
  absl::Mutex mutex_;  // taken under a transaction's lock; never the other way round
  Transactions transactions_ ABSL_GUARDED_BY(mutex_);
  net::Timers::TimerId expiry_timer_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace kappa::kafka
