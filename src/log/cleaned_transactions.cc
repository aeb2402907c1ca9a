#include "log/cleaned_transactions.h"

namespace kappa::log {

bool CleanedTransactions::add_data(const BatchHeader& header) {
  if (!header.is_transactional()) return false;
  const bool is_aborted =
      states_ != nullptr && states_->is_aborted(header.producer_id, header.base);
  with_records_.insert(header.producer_id);
  return is_aborted;
}

bool CleanedTransactions::add_marker(const BatchHeader& header) {
  return with_records_.erase(header.producer_id) == 0;
}

}  // namespace kappa::log
