// ListTransactions: the transactional ids, filtered by state, producer, age and a pattern
// of RE2 that must match the whole id (KIP-1152).

#include <algorithm>
#include <optional>

#include "kafka/broker/handlers.h"
#include "kafka/groups/topic_pattern.h"
#include "kafka/protocol/errors.h"
#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {
namespace {

template <typename List, typename Value>
bool contains(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool is_wanted(const StoredTransaction& stored, const ListTransactionsRequest& request,
               int64_t now_ms) {
  if (!request.state_filters.empty() && !contains(request.state_filters, name_of(stored.state))) {
    return false;
  }
  if (!request.producer_id_filters.empty() &&
      !contains(request.producer_id_filters, stored.producer_id)) {
    return false;
  }
  const bool is_open = stored.start_ms >= 0;
  return request.duration_filter < 0 ||
         (is_open && now_ms - stored.start_ms > request.duration_filter);
}

}  // namespace

ListTransactionsResponse handle(Broker& broker, const Call&,
                                const ListTransactionsRequest& request) {
  ListTransactionsResponse response;
  for (std::string_view state : request.state_filters) {
    if (!contains(kTransactionStateNames, state)) {
      response.unknown_state_filters.emplace_back(state);
    }
  }
  std::optional<TopicPattern> pattern;
  if (request.transactional_id_pattern.value_or("") != "") {
    auto compiled = TopicPattern::compile(*request.transactional_id_pattern);
    if (!compiled.ok()) {
      response.error_code = error::kInvalidRegularExpression;
      return response;
    }
    pattern = *std::move(compiled);
  }
  const int64_t now_ms = broker.env().wall_ms();
  broker.transactions().look_at_all([&](const Transaction& transaction) {
    const StoredTransaction& stored = transaction.stored();
    if (!is_wanted(stored, request, now_ms)) return;
    if (pattern && !pattern->matches(transaction.id())) return;
    response.transaction_states.push_back(
        {.transactional_id = transaction.id(),
         .producer_id = stored.producer_id,
         .transaction_state = std::string(name_of(stored.state))});
  });
  return response;
}

}  // namespace kappa::kafka
