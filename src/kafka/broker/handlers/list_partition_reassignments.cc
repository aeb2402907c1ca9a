// ListPartitionReassignments: no partition is ever on its way to another broker.

#include "kafka/broker/handlers.h"

namespace kappa::kafka {

ListPartitionReassignmentsResponse handle(Broker&, const Call&,
                                          const ListPartitionReassignmentsRequest&) {
  return {};
}

}  // namespace kappa::kafka
