#pragma once
// One look at everything that a Fetch request asks for: the response as it stands now.

#include <deque>
#include <memory>
#include <vector>

#include "kafka/broker/broker.h"
#include "kafka/protocol/messages/fetch.h"

namespace kappa::kafka {

struct FetchReading {
  FetchResponse response;  // its records are views, kept alive by `owners`, or one of `ranges`
  std::vector<std::shared_ptr<const void>> owners;
  std::deque<env::FileRange> ranges;
  size_t record_bytes = 0;
  size_t memory_bytes = 0;  // of the records
  bool has_error = false;
};

// Partitions are read in the order of the request. The first batch found is taken whatever its size
// (KIP-74), what follows while it fits into the limits of partition and request.
FetchReading read_all(const Broker& broker, const FetchRequest& request, int16_t version);

// The partitions of the request that exist, for watching.
std::vector<std::shared_ptr<log::Partition>> partitions_of(const Broker& broker,
                                                           const FetchRequest& request,
                                                           int16_t version);

}  // namespace kappa::kafka
