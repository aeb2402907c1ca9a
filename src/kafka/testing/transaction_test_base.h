#pragma once
// A transaction coordinator over a log on the simulated machine, under a virtual clock, and the few
// words that its tests are written in.

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/check.h"
#include "env/simulated.h"
#include "kafka/groups/group_coordinator.h"
#include "kafka/protocol/errors.h"
#include "kafka/testing/virtual_timers.h"
#include "kafka/transactions/transaction_coordinator.h"
#include "log/batch_builder.h"
#include "log/records.h"

namespace kappa::kafka {

class TransactionTestBase : public testing::Test {
 protected:
  static constexpr int32_t kTimeoutMs = 60'000;

  explicit TransactionTestBase(uint64_t seed = 1) : env_(seed), timers_(env_) { start(); }
  ~TransactionTestBase() override { stop(); }

  // False: the machine went off on the way.
  bool start() {
    auto log = log::Log::open(env_, {.directory = "data"});
    if (!log.ok()) return false;
    log_ = *std::move(log);
    auto groups = GroupCoordinator::open(env_, *log_, timers_, {});
    if (!groups.ok()) return false;
    groups_ = *std::move(groups);
    auto opened = TransactionCoordinator::open(env_, *log_, timers_, *groups_, options_);
    if (!opened.ok()) return false;
    coordinator_ = *std::move(opened);
    env_.run_workers();
    return true;
  }
  void stop() {
    timers_.drop_all();
    coordinator_.reset();
    groups_.reset();
    log_.reset();
  }
  // The process ends without a word, and starts again.
  bool restart(env::Loss loss = env::Loss::kUnsynced) {
    stop();
    env_.restart(loss);
    return start();
  }
  void pass_ms(int64_t ms) { timers_.advance_ms(ms); }

  void create_topic(const std::string& name, int32_t partition_count = 1,
                    log::TopicSettings settings = {}) {
    KAPPA_CHECK_OK(log_->create_topic(name, partition_count, std::move(settings)).status());
  }
  std::shared_ptr<log::Partition> partition(const std::string& topic, int32_t index = 0) {
    auto found = log_->find_topic(topic);
    if (!found.ok()) return nullptr;
    return *log_->partition(found->id, index);
  }

  ProducerIdentity init(const std::string& id = "tx", ProducerClaim claim = {},
                        int32_t timeout_ms = kTimeoutMs) {
    ProducerIdentity identity{.error = kUnanswered};
    coordinator_->init(id, timeout_ms, claim, [&](const ProducerIdentity& i) { identity = i; });
    env_.run_workers();
    return identity;
  }
  static ProducerClaim claim(const ProducerIdentity& identity) {
    return {identity.producer_id, identity.epoch};
  }

  int16_t add(const ProducerIdentity& producer, const std::vector<TopicPartition>& places,
              const std::string& id = "tx") {
    int16_t error = kUnanswered;
    coordinator_->add(id, claim(producer), places, [&](int16_t e) { error = e; });
    env_.run_workers();
    return error;
  }
  // Writes a record as part of the transaction, as Produce does. next_sequence: as the partition
  // has it, unless given.
  int16_t write(const ProducerIdentity& producer, const std::string& value, bool may_add = true,
                const TopicPartition& place = {"t", 0}, const std::string& id = "tx") {
    int16_t error = kUnanswered;
    coordinator_->attach(id, claim(producer), place, may_add, [&](int16_t attached) {
      error = attached;
      if (error != error::kNone) return;
      log::BatchBuilder builder;
      builder.add({.timestamp_ms = 1, .value = value});
      auto partition = this->partition(place.topic, place.partition);
      auto batch = std::move(builder).build({.producer_id = producer.producer_id,
                                             .producer_epoch = producer.epoch,
                                             .base_sequence = next_sequence(*partition, producer),
                                             .is_transactional = true});
      error = kUnanswered;
      partition->append(*std::move(batch), log::Acks::kAll, [&error](log::AppendAnswer answer) {
        error = answer.status.ok() ? error::kNone : error::kStorageError;
      });
    });
    env_.run_workers();
    return error;
  }
  // Commits an offset of topic "t", as TxnOffsetCommit does.
  int16_t write_offset(const ProducerIdentity& producer, int64_t offset, bool may_add = true,
                       const std::string& group = "g") {
    int16_t error = kUnanswered;
    coordinator_->attach_group("tx", claim(producer), group, may_add, [&](int16_t attached) {
      error = attached;
      if (error != error::kNone) return;
      error = kUnanswered;
      CommittedOffset committed{.offset = offset, .commit_ms = env_.wall_ms()};
      groups_->commit_pending(group, {}, {producer.producer_id, producer.epoch},
                              {{{"t", 0}, committed}}, [&error](int16_t e) { error = e; });
    });
    env_.run_workers();
    return error;
  }
  ProducerIdentity end(const ProducerIdentity& producer, bool is_commit, bool bumps_epoch = true,
                       const std::string& id = "tx") {
    ProducerIdentity identity{.error = kUnanswered};
    coordinator_->end(id, claim(producer), is_commit, bumps_epoch,
                      [&](const ProducerIdentity& i) { identity = i; });
    env_.run_workers();
    return identity;
  }

  // What a reader of committed records finds, separated by blanks.
  std::string committed(const std::string& topic = "t", int32_t index = 0) {
    std::string values;
    auto partition = this->partition(topic, index);
    for (Offset next = partition->log_start(); next < partition->last_stable();) {
      auto batches = partition->read_stable(next, 1 << 20);
      KAPPA_CHECK_OK(batches.status());
      std::string_view rest = batches->bytes;
      while (auto header = log::parse_whole_batch(rest)) {
        std::string_view batch = rest.substr(0, header->size_bytes());
        rest.remove_prefix(batch.size());
        if (!batches->is_committed(*header)) continue;
        log::RecordReader reader;
        KAPPA_CHECK_OK(reader.for_each(batch, next, [&values](const log::Record& record) {
          values += (values.empty() ? "" : " ") + std::string(*record.value);
        }));
      }
      next = batches->next;
    }
    return values;
  }
  std::optional<int64_t> committed_offset(const std::string& group = "g") {
    std::optional<int64_t> offset;
    groups_->look_at(group, [&](const Group& found) {
      if (const auto* at = found.offsets().find("t", 0)) offset = at->offset;
    });
    return offset;
  }
  std::string state(const std::string& id = "tx") {
    std::string name = "none";
    coordinator_->look_at(id, [&](const Transaction& t) { name = name_of(t.state()); });
    return name;
  }

  static constexpr int16_t kUnanswered = 9999;

  TransactionOptions options_;
  env::SimulatedEnv env_;
  VirtualTimers timers_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<GroupCoordinator> groups_;
  std::unique_ptr<TransactionCoordinator> coordinator_;

 private:
  static int32_t next_sequence(const log::Partition& partition, const ProducerIdentity& producer) {
    for (const auto& known : partition.producers()) {
      if (known.producer_id == producer.producer_id && known.producer_epoch == producer.epoch) {
        return known.last_sequence + 1;
      }
    }
    return 0;
  }
};

}  // namespace kappa::kafka
