#pragma once
// Writes what was decided about a transaction into every partition that has it open, and lets the
// groups whose offsets it committed know. Doing it again writes what is missing, or may yet be
// lost.
//
// Borrows env, log and groups. Thread-safe.

#include <functional>
#include <optional>

#include "env/env.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/transactions/transaction.h"
#include "log/log.h"

namespace kappa::kafka {

class MarkerWriter {
 public:
  using Done = std::function<void(const Status& status)>;

  MarkerWriter(env::Env& env, log::Log& log, GroupCoordinator& groups)
      : env_(env), log_(log), groups_(groups) {}

  // Writes the markers. If the outcome is known before this returns, returns it; else done is
  // called with it, later and by the log's thread: OK when all are durable, else the first error.
  std::optional<Status> write(const TransactionDecision& decision, Done done);
  // After all markers are durable.
  void finish(const TransactionDecision& decision);

 private:
  // nullptr: the topic is gone, or nothing of the transaction is there and its marker, if it ever
  // was, is durable.
  std::shared_ptr<log::Partition> find_open(const TopicPartition& place, int64_t producer_id,
                                            int16_t epoch_max) const;

  env::Env& env_;
  log::Log& log_;
  GroupCoordinator& groups_;
};

}  // namespace kappa::kafka
