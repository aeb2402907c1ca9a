#pragma once
// One transactional id: whose it is (producer id and epoch), what its transaction has touched, and
// how it ends; the rules of Apache Kafka's coordinator for both flows, that of old clients and
// KIP-890's with a new epoch for each transaction. transaction_state.h draws its life.
//
//   init    a producer takes the id over: the one before it is fenced, its open transaction aborted
//   add     partitions of the older flow: durable before the answer
//   attach  verifies, or adds, what is about to be written. Partitions that it adds are durable in
//           the partitions themselves: an open transaction that is found there at the start is
//           adopted.
//   end     the decision, durable in one record; then the markers; then the answer
//
// What is in memory is ahead of the log by what is being written; records are in order, and the
// newest one counts. No threads, sockets or clocks of its own: requests come in as calls, answers
// go out through callbacks, time passes by tick(). Confined: the caller (GuardedTransaction) holds
// a lock around each call, and the host calls `done` functions under it too. Callbacks must not
// call back into the transaction.

#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/status.h"
#include "kafka/transactions/transaction_options.h"
#include "kafka/transactions/transaction_records.h"

namespace kappa::kafka {

// What is done in every partition once it is decided how a transaction ends.
struct TransactionDecision {
  int64_t producer_id = -1;
  int16_t marker_epoch = -1;
  int16_t open_epoch_max = -1;  // a later epoch's transaction is another one
  bool is_commit = false;
  std::set<TopicPartition> places;
  std::set<std::string> groups;  // with offsets in it; none: not known
};

// What a transaction needs from outside.
class TransactionHost {
 public:
  using Done = std::function<void(Status status)>;

  virtual ~TransactionHost() = default;
  virtual const TransactionOptions& options() const = 0;
  virtual int64_t now_ms() = 0;   // monotonic
  virtual int64_t wall_ms() = 0;  // since the epoch
  virtual StatusOr<int64_t> new_producer_id() = 0;
  // Writes the newest state; nullopt: the id is gone. Calls done once it is durable, or has failed:
  // later, or before this returns.
  virtual void store(std::optional<StoredTransaction> stored, Done done) = 0;
  // Writes the markers where they are missing. Calls done when all are durable or one has failed.
  virtual void write_markers(TransactionDecision decision, Done done) = 0;
};

// Who claims to be the producer.
struct ProducerClaim {
  int64_t producer_id = -1;
  int16_t epoch = -1;
};

// What a producer is told: an error, or who it is from now on.
struct ProducerIdentity {
  int16_t error = 0;
  int64_t producer_id = -1;
  int16_t epoch = -1;
};

class Transaction {
 public:
  using Answer = std::function<void(int16_t error)>;
  using Identify = std::function<void(const ProducerIdentity& identity)>;

  Transaction(std::string id, TransactionHost& host) : id_(std::move(id)), host_(host) {}

  const std::string& id() const { return id_; }
  const StoredTransaction& stored() const { return stored_; }
  TransactionState state() const { return stored_.state; }
  // Asked for, but nobody's yet.
  bool is_vacant() const { return stored_.producer_id < 0; }

  // claim: of a producer that wants to go on after an error (KIP-360); else without a producer id.
  void init(int32_t timeout_ms, const ProducerClaim& claim, Identify answer);
  void add(const ProducerClaim& claim, const std::vector<TopicPartition>& places, Answer answer);
  // Whether something may be written there now, as part of the transaction. may_add: a place that
  // is not in it is added.
  int16_t attach(const ProducerClaim& claim, const TopicPartition& place, bool may_add);
  void add_group(std::string_view group_id) { groups_.insert(std::string(group_id)); }
  // bumps_epoch: KIP-890's flow.
  void end(const ProducerClaim& claim, bool is_commit, bool bumps_epoch, Identify answer);

  // What the log says when it is read back; then what partitions have open of it; then begin().
  void restore(StoredTransaction stored);
  // False: it is of an earlier one, which ended as is_last_commit() says.
  bool adopt(const TopicPartition& place, const ProducerClaim& producer);
  bool is_last_commit() const { return is_last_commit_; }
  void begin();

  // Does what is due. The next moment at which something is: kNever, none.
  void tick();
  int64_t next_deadline_ms() const;
  // Forgets the id when nobody has used it for long.
  void expire();
  // The server stops: forgets all that waits, unanswered.
  void abandon() { waiting_.clear(); }

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

 private:
  enum class Epochs { kSame, kNext };
  static constexpr int16_t kEpochPerTransaction = 2;

  void transition(TransactionState to);
  int16_t check_claim(const ProducerClaim& claim) const;
  bool is_previous(const ProducerClaim& claim) const;
  bool is_ended_by(bool is_commit) const;
  ProducerIdentity identity() const { return {0, stored_.producer_id, stored_.producer_epoch}; }

  void open();
  Status next_epoch();
  void take_over(int32_t timeout_ms, int16_t last_epoch, Identify answer);
  void end_nothing(bool is_commit, Identify answer);
  // From Ongoing: decides, and tells `then` how it went once it is over.
  void decide(bool is_commit, Epochs epochs, Answer then);
  void store_decision();
  void write_markers();
  void complete();
  void set_complete();
  bool has_next_epoch() const { return stored_.client_version == kEpochPerTransaction; }
  void try_again_later(const Status& status);
  void tell_waiting(int16_t error);
  void store_then(std::function<void()> stored, Answer failed);

  const std::string id_;
  TransactionHost& host_;
  StoredTransaction stored_;
  std::set<std::string> groups_;   // with offsets in it
  bool are_groups_known_ = false;  // since it was opened here
  // The epoch before the current one, if the same producer had it: it may claim it when an answer
  // was lost, or when its transaction took too long. -1: none.
  int16_t last_epoch_ = -1;
  int64_t deadline_ms_ = kNever;  // of the open transaction
  int64_t retry_at_ms_ = kNever;
  int64_t retry_delay_ms_ = 0;   // the last one; 0: the last write succeeded
  bool is_last_commit_ = false;  // how the one before ended
  // A new producer aborts it. It gets the markers' epoch, so that the old one may not have it.
  bool is_taken_over_ = false;
  bool is_decision_durable_ = false;
  bool is_writing_ = false;            // the decision or its markers
  bool is_completion_unsafe_ = false;  // not durable yet, and the epoch does not tell it apart
  std::vector<Answer> waiting_;        // for the end of what was decided
};

}  // namespace kappa::kafka
