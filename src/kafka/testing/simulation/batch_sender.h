#pragma once
// An idempotent producer's way of sending: several batches under way, each with its sequence
// number; what was not acknowledged is sent again, in order, with the same numbers. Confined to its
// process.

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kafka/protocol/messages/produce.h"
#include "kafka/testing/simulation/process.h"
#include "kafka/transactions/transaction.h"

namespace kappa::kafka::simulation {

class BatchSender {
 public:
  static constexpr size_t kUnderWayMax = 5;

  BatchSender(Site& site, Client& client, int16_t version,
              std::optional<std::string> transactional_id = std::nullopt)
      : site_(site),
        client_(client),
        version_(version),
        transactional_id_(std::move(transactional_id)) {}

  // From now on it is this producer; sequences begin anew.
  void become(const ProducerClaim& claim);
  // Sends one batch of these records of the ledger. Less than kUnderWayMax are under way.
  void add(const TopicPartition& place, std::vector<size_t> records);
  // Waits until so many are under way at most. Gives the error that cannot be mended by sending
  // again; the batches that are left then stay under way.
  Task<int16_t> settle(size_t left);
  // The batches under way are not sent again: they are there, or not.
  void give_up() { under_way_.clear(); }
  bool is_settled() const { return under_way_.empty(); }

 private:
  struct Batch {
    TopicPartition place;
    std::vector<size_t> records;
    std::string bytes;
    ReplyPtr<ProduceApi> reply;
  };

  // Sends it, or leaves it for later, when it might come before an earlier one: a partition that
  // does not know the producer takes any sequence.
  void send_in_order(Batch& batch);
  ReplyPtr<ProduceApi> send(const Batch& batch);
  // False: the batch is to be sent again.
  bool take_answer(const Batch& batch, const ProduceResponse& response);
  bool may_try_again(const Batch& batch, int16_t error) const;
  Task<> send_again();
  // Once more, though it was acknowledged, as if the answer had been lost.
  Task<> repeat(const Batch& batch);

  Site& site_;
  Client& client_;
  const int16_t version_;
  const std::optional<std::string> transactional_id_;
  ProducerClaim claim_;
  std::map<TopicPartition, int32_t> next_sequence_;
  std::set<TopicPartition> known_in_;  // has acknowledged a batch of this producer
  std::deque<Batch> under_way_;
};

}  // namespace kappa::kafka::simulation
