// FindCoordinator: there are no consumer groups and no transactions yet, and this is where clients
// that want them learn it.

#include "kafka/broker/handlers.h"
#include "kafka/protocol/errors.h"

namespace kappa::kafka {
namespace {

constexpr const char* kMessage =
    "consumer groups and transactions are not supported yet; assign partitions instead";

}  // namespace

FindCoordinatorResponse handle(Broker&, const Call& call, const FindCoordinatorRequest& request) {
  FindCoordinatorResponse response;
  response.error_code = error::kCoordinatorNotAvailable;
  response.error_message = kMessage;
  response.node_id = -1;
  response.port = -1;
  if (call.version() < 4) return response;
  for (auto key : request.coordinator_keys) {
    response.coordinators.push_back({.key = std::string(key),
                                     .node_id = -1,
                                     .port = -1,
                                     .error_code = error::kCoordinatorNotAvailable,
                                     .error_message = kMessage});
  }
  return response;
}

}  // namespace kappa::kafka
