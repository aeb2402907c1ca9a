#include "kafka/transactions/transaction_coordinator.h"

#include <algorithm>
#include <chrono>

#include "base/logging.h"
#include "kafka/groups/group_journal.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

// Where all groups' offsets are.
const TopicPartition& group_place() {
  static const TopicPartition kPlace{std::string(kGroupTopic), 0};
  return kPlace;
}

}  // namespace

TransactionCoordinator::TransactionCoordinator(env::Env& env, log::Log& log, net::Timers& timers,
                                               GroupCoordinator& groups,
                                               const TransactionOptions& options)
    : options_(options),
      groups_(groups),
      journal_(env, log, kTransactionTopic, {{"segment.bytes", "104857600"}}),
      markers_(env, log, groups),
      around_{env,
              log,
              timers,
              journal_,
              markers_,
              options_,
              [this](const GuardedTransaction& transaction) { remove(transaction); }} {}

StatusOr<std::unique_ptr<TransactionCoordinator>> TransactionCoordinator::open(
    env::Env& env, log::Log& log, net::Timers& timers, GroupCoordinator& groups,
    const TransactionOptions& options) {
  std::unique_ptr<TransactionCoordinator> coordinator(
      new TransactionCoordinator(env, log, timers, groups, options));
  RETURN_IF_ERROR(coordinator->load());
  coordinator->adopt_open_transactions();
  coordinator->begin();
  coordinator->schedule_expiry();
  return coordinator;
}

TransactionCoordinator::~TransactionCoordinator() {
  {
    absl::MutexLock lock(&mutex_);
    if (expiry_timer_ != 0) around_.timers.cancel(expiry_timer_);
  }
  for (auto& transaction : all()) transaction->close();
}

// --- the table

std::shared_ptr<GuardedTransaction> TransactionCoordinator::find(std::string_view id) {
  absl::MutexLock lock(&mutex_);
  auto it = transactions_.find(std::string(id));
  return it == transactions_.end() ? nullptr : it->second;
}

std::shared_ptr<GuardedTransaction> TransactionCoordinator::find_or_make(std::string_view id) {
  absl::MutexLock lock(&mutex_);
  auto& transaction = transactions_[std::string(id)];
  if (transaction == nullptr)
    transaction = std::make_shared<GuardedTransaction>(std::string(id), around_);
  return transaction;
}

std::vector<std::shared_ptr<GuardedTransaction>> TransactionCoordinator::all() {
  std::vector<std::shared_ptr<GuardedTransaction>> list;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, transaction] : transactions_) list.push_back(transaction);
  }
  std::sort(list.begin(), list.end(),
            [](const auto& a, const auto& b) { return a->id() < b->id(); });
  return list;
}

void TransactionCoordinator::remove(const GuardedTransaction& transaction) {
  absl::MutexLock lock(&mutex_);
  auto it = transactions_.find(transaction.id());
  if (it != transactions_.end() && it->second.get() == &transaction) transactions_.erase(it);
}

bool TransactionCoordinator::with_transaction(std::string_view id,
                                              const std::function<void(Transaction&)>& fn) {
  auto transaction = find(id);
  return transaction != nullptr && transaction->visit(fn);
}

void TransactionCoordinator::with_new_transaction(std::string_view id,
                                                  const std::function<void(Transaction&)>& fn) {
  journal_.prepare();
  // One that has just died is out of the table when its visit() returns false.
  while (!find_or_make(id)->visit(fn)) {
  }
}

// --- start

Status TransactionCoordinator::load() {
  struct LiveRecord {
    std::string value;
    int64_t offset = 0;
  };
  // The last record of each key, as compaction would leave them.
  absl::flat_hash_map<std::string, LiveRecord> live;
  auto take = [&live](const log::Record& record, std::optional<int64_t>) {
    std::string_view key = record.key.value_or(std::string_view());
    if (record.value) {
      live[std::string(key)] = {std::string(*record.value), record.offset};
    } else {
      live.erase(std::string(key));
    }
    return OkStatus();
  };
  RETURN_IF_ERROR(journal_.read(take));
  for (const auto& [bytes, record] : live) {
    auto key = parse_transaction_key(bytes);
    if (key && !key->is_known) continue;
    auto stored = parse_transaction(record.value);
    if (!key || !stored || stored->producer_id < 0) {
      return data_loss("{}: a record cannot be read, written by a newer version? offset={}",
                       kTransactionTopic, record.offset);
    }
    with_new_transaction(key->id, [&stored](Transaction& t) { t.restore(*std::move(stored)); });
  }
  if (!live.empty()) LOG_INFO("transactional ids read from the log: count={}", live.size());
  return OkStatus();
}

void TransactionCoordinator::adopt_open_transactions() {
  absl::flat_hash_map<int64_t, std::shared_ptr<GuardedTransaction>> by_producer;
  for (auto& transaction : all()) {
    transaction->visit([&](const Transaction& t) {
      by_producer[t.stored().producer_id] = transaction;
      if (t.stored().next_producer_id >= 0) by_producer[t.stored().next_producer_id] = transaction;
    });
  }
  std::vector<std::pair<TopicPartition, log::OpenTransaction>> found;
  for (const auto& topic : around_.log.topics()) {
    for (int32_t i = 0; i < topic.partition_count; ++i) {
      auto partition = around_.log.partition(topic.id, i);
      if (!partition.ok()) continue;
      for (const auto& open : (*partition)->open_transactions()) {
        found.push_back({{topic.name, i}, open});
      }
    }
  }
  // The newest first: where there is one, what is older was over.
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.producer_id, a.second.producer_epoch) >
           std::pair(b.second.producer_id, b.second.producer_epoch);
  });
  for (const auto& [place, open] : found) {
    auto owner = by_producer.find(open.producer_id);
    owner == by_producer.end() ? end_orphan(place, open, false)
                               : adopt(place, open, *owner->second);
  }
}

void TransactionCoordinator::adopt(const TopicPartition& place, const log::OpenTransaction& open,
                                   GuardedTransaction& owner) {
  bool is_adopted = false, is_commit = false;
  owner.visit([&](Transaction& t) {
    is_adopted = t.adopt(place, {open.producer_id, open.producer_epoch});
    // Its marker was lost with a partition's unsynced end; the outcome was not.
    is_commit = t.is_last_commit() && open.producer_epoch + 1 == t.stored().producer_epoch;
  });
  if (!is_adopted) end_orphan(place, open, is_commit);
}

void TransactionCoordinator::end_orphan(const TopicPartition& place,
                                        const log::OpenTransaction& open, bool is_commit) {
  LOG_WARN(
      "a transaction that no transactional id has open is {}: topic={} partition={} "
      "producer_id={} epoch={} offset={}",
      is_commit ? "committed" : "aborted", place.topic, place.partition, open.producer_id,
      open.producer_epoch, open.first);
  TransactionDecision decision{.producer_id = open.producer_id,
                               .marker_epoch = open.producer_epoch,
                               .open_epoch_max = open.producer_epoch,
                               .is_commit = is_commit,
                               .places = {place},
                               .groups = {}};
  // What comes of it is seen at the next start. Offsets of groups are forgotten at once: nothing
  // refers to them any more.
  markers_.write(decision, [](const Status& status) {
    if (!status.ok()) LOG_WARN("its marker could not be written: {}", message_of(status));
  });
  markers_.finish(decision);
}

void TransactionCoordinator::begin() {
  for (auto& transaction : all()) transaction->visit([](Transaction& t) { t.begin(); });
}

void TransactionCoordinator::schedule_expiry() {
  absl::MutexLock lock(&mutex_);
  expiry_timer_ =
      around_.timers.run_after(std::chrono::milliseconds(options_.expiry_check_ms), [this] {
        expire_ids();
        schedule_expiry();
      });
}

// --- requests

void TransactionCoordinator::init(std::string_view id, int32_t timeout_ms,
                                  const ProducerClaim& claim, Identify answer) {
  if (id.empty()) return answer({.error = error::kInvalidRequest});
  if (timeout_ms <= 0 || timeout_ms > options_.timeout_max_ms) {
    return answer({.error = error::kInvalidTransactionTimeout});
  }
  with_new_transaction(id, [&](Transaction& t) { t.init(timeout_ms, claim, answer); });
}

void TransactionCoordinator::add(std::string_view id, const ProducerClaim& claim,
                                 const std::vector<TopicPartition>& places, Answer answer) {
  bool is_known = with_transaction(id, [&](Transaction& t) { t.add(claim, places, answer); });
  if (!is_known) answer(error::kInvalidProducerIdMapping);
}

void TransactionCoordinator::add_group(std::string_view id, const ProducerClaim& claim,
                                       std::string_view group_id, Answer answer) {
  bool is_known = with_transaction(id, [&](Transaction& t) {
    t.add(claim, {group_place()}, answer);
    t.add_group(group_id);
  });
  if (!is_known) answer(error::kInvalidProducerIdMapping);
}

void TransactionCoordinator::attach(std::string_view id, const ProducerClaim& claim,
                                    const TopicPartition& place, bool may_add,
                                    const Answer& write) {
  bool is_known =
      with_transaction(id, [&](Transaction& t) { write(t.attach(claim, place, may_add)); });
  if (!is_known) write(error::kInvalidProducerIdMapping);
}

void TransactionCoordinator::attach_group(std::string_view id, const ProducerClaim& claim,
                                          std::string_view group_id, bool may_add,
                                          const Answer& write) {
  // Not under the transaction's lock, which the log's thread takes.
  groups_.prepare();
  auto attach_it = [&](Transaction& t) {
    int16_t error = t.attach(claim, group_place(), may_add);
    if (error == error::kNone) t.add_group(group_id);
    write(error);
  };
  if (!with_transaction(id, attach_it)) write(error::kInvalidProducerIdMapping);
}

void TransactionCoordinator::end(std::string_view id, const ProducerClaim& claim, bool is_commit,
                                 bool bumps_epoch, Identify answer) {
  auto end_it = [&](Transaction& t) { t.end(claim, is_commit, bumps_epoch, answer); };
  if (!with_transaction(id, end_it)) answer({.error = error::kInvalidProducerIdMapping});
}

// --- looking

bool TransactionCoordinator::look_at(std::string_view id, const Visit& fn) {
  return with_transaction(id, [&fn](Transaction& t) { fn(t); });
}

void TransactionCoordinator::look_at_all(const Visit& fn) {
  for (auto& transaction : all()) transaction->visit([&fn](Transaction& t) { fn(t); });
}

void TransactionCoordinator::expire_ids() {
  for (auto& transaction : all()) transaction->visit([](Transaction& t) { t.expire(); });
}

}  // namespace kappa::kafka
