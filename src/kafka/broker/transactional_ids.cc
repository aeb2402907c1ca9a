#include "kafka/broker/transactional_ids.h"

#include "kafka/transactions/transaction_coordinator.h"

namespace kappa::kafka {

std::map<int64_t, std::string> transactional_ids(const Broker& broker) {
  std::map<int64_t, std::string> ids;
  broker.transactions().look_at_all([&](const Transaction& transaction) {
    ids[transaction.stored().producer_id] = transaction.id();
  });
  return ids;
}

}  // namespace kappa::kafka
