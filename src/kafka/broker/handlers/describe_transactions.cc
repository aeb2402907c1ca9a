// DescribeTransactions: what is known of some transactional ids.

#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {
namespace {

void describe(const Transaction& transaction, DescribeTransactionsResponse::Transaction& answer) {
  const StoredTransaction& stored = transaction.stored();
  answer.error_code = error::kNone;
  answer.transaction_state = std::string(name_of(stored.state));
  answer.transaction_timeout_ms = stored.timeout_ms;
  answer.transaction_start_time_ms = stored.start_ms;
  answer.producer_id = stored.producer_id;
  answer.producer_epoch = stored.producer_epoch;
  for (const auto& place : stored.places) {
    if (answer.topics.empty() || answer.topics.back().topic != place.topic) {
      answer.topics.push_back({.topic = place.topic, .partitions = {}});
    }
    answer.topics.back().partitions.push_back(place.partition);
  }
}

}  // namespace

DescribeTransactionsResponse handle(Broker& broker, const Call&,
                                    const DescribeTransactionsRequest& request) {
  DescribeTransactionsResponse response;
  for (std::string_view id : request.transactional_ids) {
    auto& answer = response.transaction_states.emplace_back();
    answer.transactional_id = std::string(id);
    answer.error_code = error::kTransactionalIdNotFound;
    answer.producer_id = answer.producer_epoch = -1;
    answer.transaction_start_time_ms = -1;
    broker.transactions().look_at(
        id, [&answer](const Transaction& transaction) { describe(transaction, answer); });
  }
  return response;
}

}  // namespace kappa::kafka
