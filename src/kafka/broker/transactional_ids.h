#pragma once
// Whose producer is whose, for those who look at transactions from outside the protocol.

#include <cstdint>
#include <map>
#include <string>

#include "kafka/broker/broker.h"

namespace kappa::kafka {

// The transactional id of each producer that has one now. Producer ids are given out once, so
// there is one at most.
std::map<int64_t, std::string> transactional_ids(const Broker& broker);

}  // namespace kappa::kafka
